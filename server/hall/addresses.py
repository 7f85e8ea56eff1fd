"""One machine's file for a running hall: its folder, its clock file and, when asked for, ports of its own.

The hall writes the settings that are really used into its state folder and gives that file to its children,
so that what runs can be read, and several halls fit on one machine.
"""

import fcntl
import json
import logging
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.address import split
from config.load import ConfigError
from config.settings import Settings

log = logging.getLogger("hall")

LOOPBACK = "127.0.0.1"
_NONE_KEPT: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """An address somebody in the hall listens on."""

    setting: str
    address: str


def places(settings: Settings) -> Iterator[Place]:
    """Every address that this machine's programs will listen on."""
    if settings.server is not None:
        yield Place("server.listen", settings.server.listen)
        yield Place("server.visitors", settings.server.visitors)
    if settings.broker.kind != "external":
        yield Place("broker.listen", settings.broker.listen)
    for name in ("kiosk", "counter", "display", "simulated"):
        control = getattr(getattr(settings, name), "control", None)
        if control is not None:
            yield Place(f"{name}.control", control)
    if settings.simulated is not None and settings.simulated.printer is not None:
        yield Place("simulated.printer.listen", settings.simulated.printer.listen)
    if settings.hall is not None:
        yield Place("hall.listen", settings.hall.listen)


def own_folder(state: Path, held: ExitStack) -> None:
    """Make ``state`` and keep it for this hall until ``held`` closes or the process dies.

    A second hall in it would move the devices, the clock and the settings away from under the first.
    Raises :class:`ConfigError`.
    """
    state.mkdir(parents=True, exist_ok=True)
    lock = held.enter_context((state / "hall.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ConfigError(
            [f"machine.state = {state}: another hall runs in this folder; stop it, or name another one with --state"]
        ) from error


def reserve(wanted: Iterable[Place], held: ExitStack, kept: Mapping[str, int] = _NONE_KEPT) -> dict[str, str]:
    """A free loopback address for each, old -> new, kept from strangers until ``held`` closes.

    ``kept``: setting -> port of the run before, taken again where it is still free.

    The sockets stay bound without listening. With ``SO_REUSEADDR`` on both sides, which every server here
    sets, Linux lets our own child bind and listen beside them, but gives the port to nobody who asks for
    "any": not to another hall, and not to an outgoing connection, before the child is up or while it restarts.
    """
    moved: dict[str, str] = {}
    for place in sorted(wanted, key=lambda place: place.setting not in kept):
        keep = held.enter_context(socket.socket())
        keep.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(keep, place, kept.get(place.setting))
        moved[place.address] = f"{LOOPBACK}:{keep.getsockname()[1]}"
    return moved


def _bind(keep: socket.socket, place: Place, port: int | None) -> None:
    if port is not None:
        try:
            keep.bind((LOOPBACK, port))
            return
        except OSError as error:
            log.warning("%s: port %d of the run before: %s; another one is used", place.setting, port, error.strerror)
    keep.bind((LOOPBACK, 0))


def refuse_taken(wanted: Iterator[Place]) -> None:
    """Raises :class:`ConfigError` naming every address that somebody else already listens on."""
    mistakes = []
    for place in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(split(place.address))
                probe.listen()
            except OSError as error:
                mistakes.append(
                    f"{place.setting} = {place.address}: {error.strerror}; is another hall running? "
                    "Stop it, or start this one with --ports auto and a --state of its own"
                )
    if mistakes:
        raise ConfigError(mistakes)


def settle(settings: Settings, *, home: Path, state: Path, moved: Mapping[str, str], token: str) -> Settings:
    """The settings a running hall uses: absolute paths, everything of its own under ``state``, ports ``moved``.

    ``token`` is what callers of its control ports carry.

    ``home`` is the folder of the file the settings came from.
    """
    raw = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    raw["machine"] |= {"state": str(state), "pace": str(settings.machine.pace or state / "pace.json")}
    raw["machine"]["control_token"] = token
    raw = _replace(raw, _terminals(settings, state) | dict(moved))
    if settings.display is not None and settings.display.pack is not None:
        raw["display"]["pack"] = str(home / settings.display.pack)
    return Settings.model_validate(raw)


def _terminals(settings: Settings, state: Path) -> dict[str, str]:
    """Where pseudo-terminals appear: one hall's never in another's way, so under its state folder."""
    twins = settings.simulated
    desks = twins.desks if twins is not None else ()
    paths = [path for desk in desks for path in (desk.sign, desk.keypad, desk.scanner, desk.pad)]
    if twins is not None and twins.printer is not None:
        paths.append(twins.printer.path)
    old = [str(path) for path in paths if path is not None]
    return {path: str(state / "devices" / Path(path).name) for path in old}


def _replace(value: Any, moved: Mapping[str, str]) -> Any:
    """``value`` with each old address or path replaced, also inside longer texts such as URLs."""
    if not moved:
        return value
    old = re.compile("|".join(rf"(?<![\w.]){re.escape(one)}(?!\d)" for one in sorted(moved, key=len, reverse=True)))

    def walk(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {name: walk(one) for name, one in inner.items()}
        if isinstance(inner, list):
            return [walk(one) for one in inner]
        return old.sub(lambda found: moved[found[0]], inner) if isinstance(inner, str) else inner

    return walk(value)


def write(settings: Settings, path: Path) -> None:
    """Write ``settings`` as a TOML file that reads back equal; only this user may read the token in it."""
    raw = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    head = "# What this running hall uses; written at its start, read by its children. Editing it changes nothing.\n"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(head + "".join(_tables(raw, "")))


def _tables(table: Mapping[str, Any], name: str) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    if name and plain:
        yield f"\n[{name}]\n"
    for key, value in plain.items():
        yield f"{key} = {_value(value)}\n"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from (
                _tables(value, f"{name}.{key}".lstrip(".")) if value else (f"\n[{name}.{key}]\n".replace("[.", "["),)
            )


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _value(value: Any) -> str:
    """A value in line; a list of tables becomes a list of in-line tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # strings, numbers and booleans are written alike in TOML
