"""``/display``: the hall's screen and voice in a browser."""
