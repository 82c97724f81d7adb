"""Where readings and books are kept: spool, lake, ledger, state. The only folder that knows an engine."""
