"""Floor 2: what it means. Pure functions over frames and numbers: no I/O, no clock, no logging."""
