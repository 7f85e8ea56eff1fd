"""Load voice packs from the disk: the hall's own first, then the shipped one."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from server.wire.voice import VoicePack

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "voice"
MANIFEST = "manifest.json"


class PackError(Exception):
    """The folder is not a valid voice pack; the message has the reason."""


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack with its sounds as PCM, by the names of clips.

    The manifest ``pack`` names only clips that could be decoded.
    """

    pack: VoicePack
    sounds: dict[str, bytes] = field(repr=False)


def load_pack(folder: Path, decode: Callable[[Path], bytes]) -> LoadedPack:
    """Return the pack in ``folder``. ``decode`` converts a file to PCM, or raises ``ValueError``.

    A clip that is missing or broken is logged and left out. Raises ``PackError``.
    """
    pack = _manifest(folder)
    sounds: dict[str, bytes] = {}
    for name, clip in pack.clips.items():
        try:
            sounds[name] = decode(folder / clip.file)
        except ValueError as error:
            log.warning("voice pack %s: clip %s is left out: %s", folder, name, error)
    clips = {name: clip for name, clip in pack.clips.items() if name in sounds}
    return LoadedPack(pack.model_copy(update={"clips": clips}), sounds)


@dataclass(frozen=True, slots=True)
class PackFolder:
    """A pack whose files a browser plays. The manifest ``pack`` names only clips whose files exist."""

    folder: Path
    pack: VoicePack


def find_packs(languages: Iterable[str], own: Path | None) -> Mapping[str, PackFolder]:
    """Return the shipped packs by language; the hall's own pack replaces that of its language."""
    folders = [SHIPPED / language for language in languages] + ([own] if own is not None else [])
    packs: dict[str, PackFolder] = {}
    for folder in folders:
        try:
            pack = _manifest(folder)
        except PackError as error:
            log.warning("%s; browsers take the shipped voice pack", error)
            continue
        clips = {name: clip for name, clip in pack.clips.items() if (folder / clip.file).is_file()}
        for name in pack.clips.keys() - clips.keys():
            log.warning("voice pack %s: clip %s is left out: it has no file", folder, name)
        packs[pack.language] = PackFolder(folder, pack.model_copy(update={"clips": clips}))
    return packs


def _manifest(folder: Path) -> VoicePack:
    """Return the manifest of the pack in ``folder``. Raises ``PackError``."""
    try:
        return VoicePack.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise PackError(f"{folder}: no {MANIFEST} ({error.strerror})") from error
    except ValidationError as error:
        raise PackError(f"{folder / MANIFEST}: {error.error_count()} mistakes; {error.errors()[0]['msg']}") from error


def load_first_pack(folders: Sequence[Path], decode: Callable[[Path], bytes]) -> LoadedPack | None:
    """Return the first valid voice pack; log the invalid ones."""
    for folder in folders:
        try:
            return load_pack(folder, decode)
        except PackError as error:
            log.warning("%s; taking the next voice pack", error)
    log.warning("no voice pack: calls are shown and not spoken")
    return None
