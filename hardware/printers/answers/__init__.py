"""What comes back from a printer: told apart, given its meaning, and doubted."""
