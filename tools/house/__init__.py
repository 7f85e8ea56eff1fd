"""Checks of layout and plain English, and the table of CONTRIBUTING."""
