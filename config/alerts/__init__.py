"""When somebody is told, and where: `[alerting]` and `[[alerts]]`."""
