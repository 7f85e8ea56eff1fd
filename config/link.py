"""Tells stations of the hall's box from devices on the network."""

from urllib.parse import urlsplit

from config.address import is_loopback
from config.settings import Settings


def needs_enrolment(settings: Settings) -> bool:
    """Return whether the station is a device on the network.

    Beside a server, and with a ``[link]`` to a server on this machine, it is a program of the hall's box.
    """
    if settings.server is not None or settings.link.token_file is not None:
        return False
    if "link" not in settings.model_fields_set:
        return True
    link = urlsplit(settings.link.server)
    return link.scheme == "https" or not is_loopback(link.hostname or "")
