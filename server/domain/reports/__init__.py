"""The figures of a day, computed from plain rows."""
