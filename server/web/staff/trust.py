"""``/trust``: the certificate of the hall's authority, for everybody and before anybody signs in.

The same page by plain HTTP on the HTTPS port is ``server/web/shared/plain_http.py``.
"""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from config.words import LANGUAGES, words
from server.web.shared.context import current_context
from server.web.shared.identity import request_language
from server.web.shared.trust_page import CA_FILE_NAME, CA_MEDIA_TYPE, CA_PATH, TRUST_PATH, trust_page

pages = Blueprint("trust", __name__)


@pages.get(TRUST_PATH)
def page() -> AnyResponse:
    """Show how browsers learn to trust the authority."""
    network = current_context().network
    language = request.args.get("lang")
    text = words(language if language in LANGUAGES else request_language())
    shown = None if network is None else trust_page(network, text)
    return redirect("/") if shown is None else Response(shown, headers={"Cache-Control": "no-store"})


@pages.get(CA_PATH)
def certificate() -> AnyResponse:
    """Return the authority's certificate."""
    network = current_context().network
    certificates = None if network is None else network.certificates
    if certificates is None or certificates.authority_pem is None:
        return redirect("/")
    response = Response(certificates.authority_pem, mimetype=CA_MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{CA_FILE_NAME}"'
    return response
