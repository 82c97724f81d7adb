"""Card titles: what the figures themselves say."""
