"""Files of a report: they lay out what its content says, and never calculate."""
