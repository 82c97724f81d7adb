"""The demo company: simulated readings and jobs through the real path."""
