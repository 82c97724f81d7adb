"""What reports look like, and what frameworks and the EU's scheme ask for."""
