"""The addresses that a hall's programs listen on, and free ports for them."""

import logging
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType

from config.address import split_address
from config.load import ConfigError
from config.settings import Settings

log = logging.getLogger("hall")

LOOPBACK = "127.0.0.1"
_NO_PORTS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A setting with an address to listen on, such as ``server.listen``."""

    setting: str
    address: str


def listen_addresses(settings: Settings) -> Iterator[ListenAddress]:
    """Yield every address that this machine's programs will listen on."""
    if settings.server is not None:
        yield ListenAddress("server.listen", settings.server.listen)
        yield ListenAddress("server.visitors", settings.server.visitors)
        if settings.server.is_beyond_loopback:
            yield ListenAddress("server.local", settings.server.local)
    if settings.broker.kind != "external":
        yield ListenAddress("broker.listen", settings.broker.listen)
        if settings.broker.network is not None:
            yield ListenAddress("broker.network", settings.broker.network)
    for name in ("kiosk", "counter", "display", "simulated"):
        control = getattr(getattr(settings, name), "control", None)
        if control is not None:
            yield ListenAddress(f"{name}.control", control)
    if settings.simulated is not None and settings.simulated.printer is not None:
        yield ListenAddress("simulated.printer.listen", settings.simulated.printer.listen)
    if settings.hall is not None:
        yield ListenAddress("hall.listen", settings.hall.listen)


def reserve(
    addresses: Iterable[ListenAddress], resources: ExitStack, previous_ports: Mapping[str, int] = _NO_PORTS
) -> dict[str, str]:
    """Return a free loopback address for each address (old -> new), reserved until ``resources`` closes.

    ``previous_ports``: setting -> port of the previous run, used again if it is still free.

    The sockets are bound but do not listen. With ``SO_REUSEADDR`` on both sides, which every server here sets, Linux
    lets our child bind and listen on the same port. But Linux does not assign the port to a program that requests any
    free port: not to another hall, and not to an outgoing connection, before the child listens or while it restarts.
    """
    new_addresses: dict[str, str] = {}
    for listen_address in sorted(addresses, key=lambda address: address.setting not in previous_ports):
        bound_socket = resources.enter_context(socket.socket())
        bound_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(bound_socket, listen_address, previous_ports.get(listen_address.setting))
        new_addresses[listen_address.address] = f"{LOOPBACK}:{bound_socket.getsockname()[1]}"
    return new_addresses


def _bind(new_socket: socket.socket, listen_address: ListenAddress, port: int | None) -> None:
    """Bind a socket to the port of the previous run, or to any free port."""
    if port is not None:
        try:
            new_socket.bind((LOOPBACK, port))
            return
        except OSError as error:
            log.warning(
                "%s: port %d of the previous run: %s; another one is used", listen_address.setting, port, error.strerror
            )
    new_socket.bind((LOOPBACK, 0))


def refuse_taken(addresses: Iterator[ListenAddress]) -> None:
    """Raise :class:`ConfigError` naming every address that another program already listens on."""
    mistakes = []
    for listen_address in addresses:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(split_address(listen_address.address))
                probe.listen()
            except OSError as error:
                mistakes.append(
                    f"{listen_address.setting} = {listen_address.address}: {error.strerror}; is another hall running? "
                    "Stop it, or start this one with --ports auto and a --state of its own"
                )
    if mistakes:
        raise ConfigError(mistakes)
