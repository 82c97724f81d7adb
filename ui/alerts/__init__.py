"""Alerts: what the rules see, what becomes of it, and messages out."""
