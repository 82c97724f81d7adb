"""Rows of points: the CSV, its changes by date, templates, other makers' inventories."""
