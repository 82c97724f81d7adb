"""Floor 0: what the site is. Vocabulary, units, factors, site and inventory files. Never the network."""
