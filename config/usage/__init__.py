"""Bought compute: which rows of a bill are which point, and what turns usage into energy."""
