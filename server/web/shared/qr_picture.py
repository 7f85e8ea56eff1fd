"""QR codes as pictures of a page."""

import segno


def qr_picture(url: str) -> str:
    """Return a QR code as an SVG picture for a page."""
    picture: str = segno.make(url, micro=False, error="m").svg_inline(scale=5, border=4, light="#fff")
    return picture
