"""What comes from outside is checked here before anybody reads it."""
