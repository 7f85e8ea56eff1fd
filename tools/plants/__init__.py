"""Small faults that somebody could make, and a run that says which of them the quick tests notice."""
