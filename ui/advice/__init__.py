"""When to run what can wait, and which green supply fits a site."""
