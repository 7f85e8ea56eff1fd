"""Voice packs on the disk: the hall's own first, then the one that ships."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from server.wire.voice import VoicePack

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "voice"
MANIFEST = "manifest.json"


class PackError(Exception):
    """The folder is no voice pack, with a sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A pack with its sounds as PCM; the manifest names only clips that could be decoded."""

    pack: VoicePack
    sounds: dict[str, bytes] = field(repr=False)


def open_pack(folder: Path, decode: Callable[[Path], bytes]) -> Voice:
    """The pack in ``folder``. ``decode`` makes PCM of a file and raises ``ValueError`` where it cannot.

    A clip that is missing or broken is logged and left out. Raises ``PackError``.
    """
    try:
        pack = VoicePack.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise PackError(f"{folder}: no {MANIFEST} ({error.strerror})") from error
    except ValidationError as error:
        raise PackError(f"{folder / MANIFEST}: {error.error_count()} mistakes; {error.errors()[0]['msg']}") from error
    sounds: dict[str, bytes] = {}
    for name, clip in pack.clips.items():
        try:
            sounds[name] = decode(folder / clip.file)
        except ValueError as error:
            log.warning("voice pack %s: clip %s is left out: %s", folder, name, error)
    kept = {name: clip for name, clip in pack.clips.items() if name in sounds}
    return Voice(pack.model_copy(update={"clips": kept}), sounds)


def first_of(folders: Sequence[Path], decode: Callable[[Path], bytes]) -> Voice | None:
    """The first folder that is a pack; every one that is not is told."""
    for folder in folders:
        try:
            return open_pack(folder, decode)
        except PackError as error:
            log.warning("%s; taking the next voice pack", error)
    log.warning("no voice pack: calls are shown and not spoken")
    return None
