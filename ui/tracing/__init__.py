"""What stands behind a figure: formula, points, rows, readings, records and factors."""
