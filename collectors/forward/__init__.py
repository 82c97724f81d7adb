"""The edge collector's way to a central server: its spool, read in order, posted until the central has all of it."""
