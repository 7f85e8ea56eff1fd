"""A station's client trusts the hall's authority only, and knows each fault of a certificate."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from server.network.tls import server_context
from server.web.shared.serving.handshaking import TlsListener
from server.web.shared.serving.http_server import serving
from server.wire.client import ServerClient, ServerUnreachable, ServerUntrusted, TrustProblem, trusting
from server.wire.messages import Read
from support.certificates import credential
from support.server_process import free_ports

REDIRECT = b"HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
AUTHORITY = credential("Hall CA", days=9000, start=datetime.now(UTC) - timedelta(days=400))

Serve = Callable[..., str]


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "ca.crt"
    path.write_text(AUTHORITY.pem().partition("-----END PRIVATE KEY-----\n")[2])
    return path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve with a certificate for ``name``; return the server's address."""
    with ExitStack() as running:

        def start(name: str = "localhost", *, days: int = 90, start_days: int = -1, authority: str = "") -> str:
            issuer = credential(authority) if authority else AUTHORITY
            start = datetime.now(UTC) + timedelta(days=start_days)
            pem = tmp_path / "server.pem"
            pem.write_text(credential(name, issuer, days=days, start=start).pem())
            app, (port,) = Flask("hall"), free_ports(1)
            app.add_url_rule("/api/v1/x", view_func=dict)
            context = server_context(pem)
            listener = TlsListener(lambda: context, lambda _: REDIRECT)
            running.enter_context(serving("hall", f"127.0.0.1:{port}", app, 1, lambda: 0.0, tls=listener))
            return f"https://localhost:{port}"

        yield start


def ask(address: str, ca: Path | None) -> Read:
    tls = None if ca is None else trusting(ca.read_text())
    with closing(ServerClient(address, 30.0, tls=tls)) as client:
        return client.request("GET", "/x", None, Read)


def test_a_certificate_of_the_halls_authority_is_accepted(serve: Serve, ca: Path) -> None:
    assert ask(serve(), ca) == Read()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"days": 10, "start_days": -30}, TrustProblem.EXPIRED),
        ({"start_days": 5}, TrustProblem.NOT_YET_VALID),
        ({"name": "other.local"}, TrustProblem.OTHER_NAME),
        ({"authority": "Another CA"}, TrustProblem.OTHER_AUTHORITY),
    ],
)
def test_each_fault_of_a_certificate_is_known(
    serve: Serve, ca: Path, options: dict[str, object], problem: TrustProblem
) -> None:
    with pytest.raises(ServerUntrusted) as refused:
        ask(serve(**options), ca)
    assert refused.value.problem is problem


def test_without_the_halls_authority_nothing_is_trusted(serve: Serve) -> None:
    with pytest.raises(ServerUntrusted):
        ask(serve(), None)


def test_a_plain_address_of_an_https_server_gives_no_answer(serve: Serve, ca: Path) -> None:
    with pytest.raises(ServerUnreachable, match="307"):
        ask(serve().replace("https://", "http://"), ca)
