"""Whose energy it is: clusters with their nodes, and models that are served."""
