"""The page ``/trust``: the authority's certificate, and how browsers trust it.

It is reachable before trust exists, by plain HTTP on the staff's port. Somebody on the network could change it there,
so it asks to compare the fingerprint with the one on the box itself.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from config.words import LANGUAGES, Words
from server.network.hall_network import HallNetwork
from server.network.names import url_host

TRUST_PATH, CA_PATH = "/trust", "/trust/ca.crt"
CA_MEDIA_TYPE = "application/x-x509-ca-cert"
CA_FILE_NAME = "luot-ca.crt"


def trust_page(network: HallNetwork, words: Words) -> str | None:
    """Return the page; None with an organisation's own certificate, which needs no page."""
    certificates = network.certificates
    if certificates is None or certificates.authority_fingerprint is None:
        return None
    names = [*network.names.names, *map(url_host, network.names.addresses)]
    return _TEMPLATES.get_template("trust.html").render(
        words=words,
        languages=LANGUAGES,
        fingerprint=fingerprint_lines(certificates.authority_fingerprint),
        ca_path=CA_PATH,
        addresses=[f"https://{name}:{network.https_port}/" for name in names],
    )


def fingerprint_lines(fingerprint: str) -> list[str]:
    """Return a fingerprint in four lines of eight bytes, which people can compare."""
    pairs = fingerprint.split(":")
    return [" ".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8)]


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True, trim_blocks=True
)
