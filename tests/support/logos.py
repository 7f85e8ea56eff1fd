"""Pictures that people send as the logo."""

import io

from PIL import Image

from server.processes.logo_drawing import draw_logo

EMBLEM = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 120"><title>Bi\xe1\xbb\x83u tr\xc6\xb0ng</title>
<style>.disc{fill:#b3141a}</style><circle class="disc" cx="60" cy="60" r="56"/>
<polygon fill="#ffd400" points="60,16 71,48 105,48 78,68 88,100 60,80 32,100 42,68 15,48 49,48"/>
<rect fill="#1f3573" x="135" y="22" width="150" height="14" rx="4"/></svg>"""
"""An SVG of shapes alone."""


def png_file(size: tuple[int, int], colour: str = "#1f3573", mode: str = "RGB") -> bytes:
    """Return a PNG of one colour."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


def small_logo() -> bytes:
    """Return the logo of the emblem, as our own program draws it."""
    return draw_logo(EMBLEM, "Phường").png
