"""How a file is read, and how a mistake in it is said."""
