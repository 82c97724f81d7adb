"""Programs that keep running: the collector, the server of pages and API, and who minds them."""
