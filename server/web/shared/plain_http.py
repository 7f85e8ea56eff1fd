"""Answer plain HTTP on the HTTPS port: a redirect, or ``/trust``.

No application sees such a request: nothing that it carries is used.
"""

import re
from urllib.parse import urlsplit

from config.words import words
from server.network.hall_network import HallNetwork
from server.network.names import url_host
from server.web.shared.guard import SECURITY_HEADERS, is_own_host
from server.web.shared.serving.busy import request_language
from server.web.shared.serving.framing import READING_METHODS, closing_response, header_values, request_line
from server.web.shared.serving.framing import without_body as head_of
from server.web.shared.trust_page import CA_FILE_NAME, CA_MEDIA_TYPE, CA_PATH, TRUST_PATH, trust_page

PATH = re.compile(rb"/[!-~]{0,2000}")
"""A path that can stand in a header."""


class PlainHttp:
    """Answers plain HTTP on the HTTPS port of ``network``."""

    def __init__(self, network: HallNetwork) -> None:
        self._network = network

    def answer(self, request: bytes) -> bytes:
        """Return the response to a request. It runs in the receiving thread, so it does little."""
        line = request_line(request)
        response = self._answer_reader(line.path, request) if line.method in READING_METHODS else _refusal()
        return head_of(response) if line.method == b"HEAD" else response

    def _answer_reader(self, path: bytes, request: bytes) -> bytes:
        host = _host(request)
        if not PATH.fullmatch(path) or not is_own_host(self._network, host, None):
            return _refusal()
        certificates = self._network.certificates
        plain_path = path.partition(b"?")[0].decode("ascii")
        if plain_path == CA_PATH and certificates is not None and certificates.authority_pem is not None:
            disposition = f'attachment; filename="{CA_FILE_NAME}"'
            return _response("200 OK", certificates.authority_pem, CA_MEDIA_TYPE, {"Content-Disposition": disposition})
        if plain_path == TRUST_PATH:
            page = trust_page(self._network, words(request_language(request)))
            if page is not None:
                return _response("200 OK", page.encode(), "text/html; charset=utf-8")
        location = f"https://{url_host(host)}:{self._network.https_port}{path.decode('ascii')}"
        return _response("307 Temporary Redirect", b"", "text/plain", {"Location": location})


def _host(request: bytes) -> str:
    """Return the host that a request names, without its port; empty without a readable one."""
    values = header_values(request, b"host")
    try:
        return urlsplit(f"//{values[0].decode('ascii')}").hostname or "" if len(values) == 1 else ""
    except ValueError:  # also UnicodeDecodeError
        return ""


def _refusal() -> bytes:
    return _response("403 Forbidden", b"This port speaks HTTPS.\n", "text/plain; charset=utf-8")


def _response(status: str, body: bytes, media_type: str, fields: dict[str, str] | None = None) -> bytes:
    headers = {"Content-Type": media_type, "Cache-Control": "no-store", **SECURITY_HEADERS, **(fields or {})}
    return closing_response(status, headers, body)
