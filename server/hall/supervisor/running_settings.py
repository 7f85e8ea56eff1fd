"""The settings that a running hall uses, in a file of its state folder.

Its children read that file, so that several halls can run on one machine.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from config.load import ConfigError
from config.settings import Settings


def lock_folder(state: Path, resources: ExitStack) -> None:
    """Create ``state`` and lock it for this hall until ``resources`` closes or the process dies.

    A second hall in the same folder would replace the devices, the clock and the settings of the first.
    Raises :class:`ConfigError`.
    """
    state.mkdir(parents=True, exist_ok=True)
    lock = resources.enter_context((state / "hall.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ConfigError(
            [f"machine.state = {state}: another hall runs in this folder; stop it, or name another one with --state"]
        ) from error


def settings_of_this_run(
    settings: Settings, *, home: Path, state: Path, new_addresses: Mapping[str, str], token: str
) -> Settings:
    """Return the settings of a running hall, with absolute paths and the addresses of ``new_addresses``.

    Its own files are below ``state``. ``token``: callers of its control ports must send it; ``home``: the folder of the
    file with ``settings``.
    """
    raw = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    raw["machine"] |= {"state": str(state), "pace": str(settings.machine.pace or state / "pace.json")}
    raw["machine"]["control_token"] = token
    raw = _replace(raw, _new_terminal_paths(settings, state) | dict(new_addresses))
    if settings.display is not None and settings.display.pack is not None:
        raw["display"]["pack"] = str(home / settings.display.pack)
    return Settings.model_validate(raw)


def _new_terminal_paths(settings: Settings, state: Path) -> dict[str, str]:
    """Return old -> new path of each device's pseudo-terminal; the new ones are below ``state``."""
    simulated = settings.simulated
    desks = simulated.desks if simulated is not None else ()
    paths = [path for desk in desks for path in (desk.sign, desk.keypad, desk.scanner, desk.pad)]
    if simulated is not None and simulated.printer is not None:
        paths.append(simulated.printer.path)
    old_paths = [str(path) for path in paths if path is not None]
    return {path: str(state / "devices" / Path(path).name) for path in old_paths}


def _replace(value: Any, replacements: Mapping[str, str]) -> Any:
    """Replace each old address or path in ``value``, also inside longer texts such as URLs."""
    if not replacements:
        return value
    longest_first = sorted(replacements, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(old)}(?!\d)" for old in longest_first))

    def replaced(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {name: replaced(element) for name, element in inner.items()}
        if isinstance(inner, list):
            return [replaced(element) for element in inner]
        return pattern.sub(lambda match: replacements[match[0]], inner) if isinstance(inner, str) else inner

    return replaced(value)


def write_settings(settings: Settings, path: Path) -> None:
    """Write ``settings`` as TOML that reads back equal. Only this user may read the token."""
    raw = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    heading = "# What this running hall uses; written at its start, read by its children. Editing it changes nothing.\n"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(heading + "".join(_toml_tables(raw, "")))


def _toml_tables(table: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield a table and the tables in it as TOML.

    ``name``: its dotted name, "" for the whole file.
    """
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if name and plain:
        yield f"\n[{name}]\n"
    for key, value in plain.items():
        yield f"{key} = {_toml_value(value)}\n"
    for key, value in table.items():
        if isinstance(value, dict):
            full_name = f"{name}.{key}".lstrip(".")
            yield from _toml_tables(value, full_name) if value else (f"\n[{full_name}]\n",)


def _toml_value(value: Any) -> str:
    """Return a value as inline TOML, also a list of tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(element) for element in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # strings, numbers and booleans are written alike in TOML
