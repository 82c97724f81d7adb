"""Publishers of the grid's carbon intensity, one module each; what they share is in `service`."""
