"""From nothing to a site file, and what it says in words."""
