"""The HTTP doors: ingest, health, metrics and reading routes, served beside the pages (`ui.serving.serve`)."""
