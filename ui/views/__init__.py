"""Pages: one question each; they lay out what the service returns and calculate nothing that is a figure."""
