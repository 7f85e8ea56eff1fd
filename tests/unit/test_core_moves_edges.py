"""The moves at their edges: who may not, until when, and what is kept."""
