"""The page of the network: addresses, certificate, and a QR code to try."""

from flask import Blueprint, render_template

from server.network.names import url_host
from server.web.shared.context import current_context
from server.web.shared.formatting import Formatter
from server.web.shared.identity import request_translations
from server.web.shared.network_texts import FAULTS, problem_texts
from server.web.shared.qr_picture import qr_picture
from server.web.shared.trust_page import TRUST_PATH, fingerprint_lines
from server.web.staff.admin.layout import admin_values, required_access

pages = Blueprint("network", __name__, url_prefix="/admin/network")


@pages.get("")
def page() -> str:
    """Show how this server is reached."""
    required_access()
    context = current_context()
    words, network, url = request_translations(), context.network, context.visitor_url()
    certificates = None if network is None else network.certificates
    problems = () if network is None else network.problems.all()
    fingerprint = None if certificates is None else certificates.authority_fingerprint
    hosts = () if network is None else (*network.names.names, *map(url_host, network.names.addresses))
    formatter = Formatter(words, context.pictures.office.zone)
    return render_template(
        "staff/admin/network.html",
        **admin_values("network"),
        is_open=certificates is not None,
        staff_urls=[f"https://{host}:{network.https_port}/" for host in hosts] if network is not None else [],
        end_day=None if certificates is None else certificates.end.date().isoformat(),
        ends_soon=network is not None and network.tls is not None and network.tls.ends_soon,
        problems=[
            (FAULTS[problem.fault](words), problem_texts(problem, formatter), problem.text) for problem in problems
        ],
        is_own=fingerprint is None,
        fingerprint=None if fingerprint is None else fingerprint_lines(fingerprint),
        trust_path=TRUST_PATH,
        visitor_url=url,
        visitor_code=qr_picture(url) if url else None,
    )
