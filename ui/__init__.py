"""Floor 3: every door. Pages, command line, exports, messages; `service` composes the jobs."""
