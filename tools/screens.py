"""Draw every screen, page and slip into ``var/screens``, those of the documents into ``docs/pictures``.

``python -m tools.screens [--check] [PART…]``. Each part draws its own with its real code (``tools/pictures/*.py``), the
same each time; look at them all after changing one. ``--check`` changes nothing in ``docs/pictures``: it reports the
stored pictures that would now be stored otherwise.
"""

import argparse
import importlib
import io
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parent.parent
DRAWN_FOLDER = ROOT / "var" / "screens"
STORED_FOLDER = ROOT / "docs" / "pictures"
PARTS = ("kiosk", "display", "slip", "sign", "web", "access", "hall")
LANDSCAPE_WIDTH_PX, PORTRAIT_WIDTH_PX = 720, 400
MAX_INVISIBLE_STEPS = 12  # steps of 255 in one colour of one pixel


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the named parts, or all. Return 1 if a document's picture is wrong or missing."""
    parser = argparse.ArgumentParser(prog="tools.screens")
    parser.add_argument("--check", action="store_true", help="only report which stored pictures would change")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    args = parser.parse_args(arguments)
    DRAWN_FOLDER.mkdir(parents=True, exist_ok=True)
    drawn_paths: list[Path] = []
    for part in args.parts or PARTS:
        drawn_paths += importlib.import_module(f"tools.pictures.{part}").make(DRAWN_FOLDER)
    for path in drawn_paths:
        print(path.relative_to(ROOT))
    wanted = pictures_shown_by((ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))))
    pictures = {path.name: stored_form(path) for path in drawn_paths if path.name in wanted}
    wrong = describe_differences(pictures, STORED_FOLDER) if args.check else store(pictures, STORED_FOLDER, wanted)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def pictures_shown_by(pages: Iterable[Path]) -> set[str]:
    """Return the names of the pictures that ``pages`` show."""
    return {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text(encoding="utf-8"))}


def stored_form(path: Path) -> bytes:
    """Return a picture as a smaller PNG of few colours. The repository stays light."""
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    width_px = LANDSCAPE_WIDTH_PX if small.width > small.height else PORTRAIT_WIDTH_PX
    if small.width > width_px:
        small = small.resize((width_px, round(small.height * width_px / small.width)), Image.Resampling.LANCZOS)
    # By coverage, so that the little red of a fault has a colour of its own; rounds of k-means mend the others.
    reduced = small.quantize(64, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    file = io.BytesIO()
    reduced.save(file, "PNG", optimize=True)
    return file.getvalue()


def is_similar(path: Path, png: bytes) -> bool:
    """Return whether a stored picture looks like ``png``.

    Chromium may shade a round corner by a step more, which no eye sees.
    """
    if not path.exists():
        return False
    if path.read_bytes() == png:
        return True
    with Image.open(path) as old, Image.open(io.BytesIO(png)) as new:
        if old.size != new.size:
            return False
        steps = ImageChops.difference(old.convert("RGB"), new.convert("RGB"))
    return steps.point(lambda step: 255 * (step > MAX_INVISIBLE_STEPS)).getbbox() is None


def describe_differences(pictures: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return a sentence for each picture that ``folder`` has not, or has otherwise."""
    sentences = []
    for name, png in sorted(pictures.items()):
        path = folder / name
        if not path.exists():
            sentences.append(f"{name} is not stored")
        elif not is_similar(path, png):
            sentences.append(f"{name} is stored otherwise than it is drawn")
    return sentences


def store(pictures: Mapping[str, bytes], folder: Path, wanted: set[str]) -> list[str]:
    """Write ``pictures`` and remove those that no page shows.

    Returns a sentence for each wanted one that nobody makes.
    """
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        if not is_similar(folder / name, png):
            (folder / name).write_bytes(png)
    for path in folder.glob("*.png"):
        if path.name not in wanted:
            path.unlink()
    return [f"the documents show {name}, which nobody makes" for name in sorted(wanted) if not (folder / name).exists()]


if __name__ == "__main__":
    raise SystemExit(main())
