"""The settings of the demonstration's hall as a live one, with people."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from support.people import create_people, people_of
from support.server_process import ROOT

DEMO = ROOT / "config" / "demo"


def write_live_hall(folder: Path, state: Path) -> tuple[Path, Mapping[str, str]]:
    """Write the settings of a live hall into ``folder``, and create its people in ``state``.

    Return the file, and the token of each person's session by the person's id.
    """
    settings = tomllib.loads((DEMO / "hall.toml").read_text(encoding="utf-8"))
    settings["server"] |= {"mode": "live", "office": str(DEMO / "office.toml")}
    config = folder / "live.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    office = tomllib.loads((DEMO / "office.toml").read_text(encoding="utf-8"))
    return config, create_people(state, people_of(office))
