"""What a person enters because no meter reads it."""
