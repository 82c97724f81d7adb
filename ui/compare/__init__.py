"""Ways to get compute, side by side."""
