"""QR codes as pictures of a page, and the addresses in them."""

from urllib.parse import urlsplit

import segno

from config.address import is_loopback

_VISITOR_PATH = "/v/"


def qr_picture(url: str, *, module_px: int = 5) -> str:
    """Return a QR code as an SVG picture for a page."""
    picture: str = segno.make(url, micro=False, error="m").svg_inline(scale=module_px, border=4, light="#fff")
    return picture


def address_for_phones(visitor_url: str) -> str:
    """Return the visitors' address; empty when no phone reaches it, as in a demonstration."""
    return "" if is_loopback(urlsplit(visitor_url).hostname or "localhost") else visitor_url


def visitor_page_address(visitor_url: str, visitor_token: str | None) -> str:
    """Return the address of a visitor's own page. It is empty when no phone reaches it."""
    address = address_for_phones(visitor_url)
    return f"{address.rstrip('/')}{_VISITOR_PATH}{visitor_token}" if address and visitor_token else ""
