"""Texts and voice of the hall's screen, for the TV station and the browser display."""
