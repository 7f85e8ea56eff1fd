"""Serial ports that outlive their cables: one thread for each, and everybody who talks or listens on it."""
