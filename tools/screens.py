"""Make a picture of every screen, page and slip in ``var/screens``, and those of the documents in ``docs/pictures``.

``python -m tools.screens [--check] [PART…]``. Each part draws its own with its real code (``tools/pictures/*.py``), the
same each time; look at them all after changing one. ``--check`` changes nothing in ``docs/pictures``: it reports
what is stored there and would be stored otherwise now.
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
ALL = ROOT / "var" / "screens"
SHOWN = ROOT / "docs" / "pictures"
PARTS = ("kiosk", "display", "slip", "sign", "web", "hall")
WIDE_PX, TALL_PX = 720, 400
UNSEEN = 12  # steps of 255 in one colour of one pixel


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the parts that are named, or all, and print what was made; 1 if a document's picture is wrong or missing."""
    asked = argparse.ArgumentParser(prog="tools.screens")
    asked.add_argument("--check", action="store_true", help="only report which stored pictures would change")
    asked.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    args = asked.parse_args(arguments)
    ALL.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for part in args.parts or PARTS:
        made += importlib.import_module(f"tools.pictures.{part}").make(ALL)
    for path in made:
        print(path.relative_to(ROOT))
    wanted = wanted_by((ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))))
    pictures = {path.name: stored_form(path) for path in made if path.name in wanted}
    wrong = differing(pictures, SHOWN) if args.check else store(pictures, SHOWN, wanted)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def wanted_by(pages: Iterable[Path]) -> set[str]:
    """Return the names of the pictures that ``pages`` show."""
    return {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text(encoding="utf-8"))}


def stored_form(path: Path) -> bytes:
    """Return a picture as a smaller PNG of few colours, so that the repository stays light."""
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    width_px = WIDE_PX if small.width > small.height else TALL_PX
    if small.width > width_px:
        small = small.resize((width_px, round(small.height * width_px / small.width)), Image.Resampling.LANCZOS)
    # By coverage, so that the little red of a fault has a colour of its own; rounds of k-means mend the others.
    few = small.quantize(64, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def looks_like(path: Path, png: bytes) -> bool:
    """Return whether no eye tells a stored picture from ``png``: Chromium may shade a round corner by a step more."""
    if not path.exists():
        return False
    if path.read_bytes() == png:
        return True
    with Image.open(path) as old, Image.open(io.BytesIO(png)) as new:
        if old.size != new.size:
            return False
        steps = ImageChops.difference(old.convert("RGB"), new.convert("RGB"))
    return steps.point(lambda step: 255 * (step > UNSEEN)).getbbox() is None


def differing(pictures: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return a sentence for each picture that ``folder`` has not, or has otherwise."""
    found = []
    for name, png in sorted(pictures.items()):
        path = folder / name
        if not path.exists():
            found.append(f"{name} is not stored")
        elif not looks_like(path, png):
            found.append(f"{name} is stored otherwise than it is drawn")
    return found


def store(pictures: Mapping[str, bytes], folder: Path, wanted: set[str]) -> list[str]:
    """Write ``pictures``, remove what no page shows; return a sentence for each wanted one that nobody makes."""
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        if not looks_like(folder / name, png):
            (folder / name).write_bytes(png)
    for path in folder.glob("*.png"):
        if path.name not in wanted:
            path.unlink()
    return [f"the documents show {name}, which nobody makes" for name in sorted(wanted) if not (folder / name).exists()]


if __name__ == "__main__":
    raise SystemExit(main())
