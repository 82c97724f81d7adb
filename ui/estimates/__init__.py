"""Estimates of what a meter missed: proposed, approved, withdrawn."""
