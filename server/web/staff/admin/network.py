"""The page of the network: addresses, certificate, and a QR code to try."""

from datetime import UTC

import segno
from flask import Blueprint, render_template

from server.network.names import url_host
from server.web.shared.context import current_context
from server.web.shared.trust_page import TRUST_PATH, fingerprint_lines
from server.web.staff.admin.layout import admin_values, required_access

pages = Blueprint("network", __name__, url_prefix="/admin/network")

END_SOON_DAYS = 20
"""A certificate that ends within so many days was not renewed in time."""
DAY_MS = 86_400_000


@pages.get("")
def page() -> str:
    """Show how this server is reached."""
    required_access()
    context = current_context()
    network, now_ms, url = context.network, context.now().wall_ms, context.visitor_url()
    certificates = None if network is None else network.certificates
    end_ms = None if certificates is None else round(certificates.end.astimezone(UTC).timestamp() * 1000)
    fingerprint = None if certificates is None else certificates.authority_fingerprint
    hosts = () if network is None else (*network.names.names, *map(url_host, network.names.addresses))
    return render_template(
        "staff/admin/network.html",
        **admin_values("network"),
        is_open=certificates is not None,
        staff_urls=[f"https://{host}:{network.https_port}/" for host in hosts] if network is not None else [],
        end_day=None if certificates is None else certificates.end.date().isoformat(),
        ends_soon=end_ms is not None and end_ms - now_ms < END_SOON_DAYS * DAY_MS,
        is_own=fingerprint is None,
        fingerprint=None if fingerprint is None else fingerprint_lines(fingerprint),
        trust_path=TRUST_PATH,
        visitor_url=url,
        visitor_code=qr_picture(url) if url else None,
    )


def qr_picture(url: str) -> str:
    """Return a QR code as an SVG picture for a page."""
    picture: str = segno.make(url, micro=False, error="m").svg_inline(scale=5, border=4, light="#fff")
    return picture
