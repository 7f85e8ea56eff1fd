"""Makes a picture of every screen, page and slip in ``var/screens``; those of the documents go, smaller, to
``docs/pictures``.

Each part draws its own with its real code (``tools/pictures/*.py``); look at them all after changing one.
"""

import importlib
import re
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
ALL = ROOT / "var" / "screens"
SHOWN = ROOT / "docs" / "pictures"
PARTS = ("kiosk", "display", "slip", "sign", "web", "hall")
WIDE_PX, TALL_PX = 720, 400


def main() -> int:
    """Draw the parts named on the command line, or all; prints what was made."""
    ALL.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for part in sys.argv[1:] or PARTS:
        made += importlib.import_module(f"tools.pictures.{part}").make(ALL)
    for path in made:
        print(path.relative_to(ROOT))
    _for_documents({path.name: path for path in made})
    missing = [name for name in sorted(_wanted()) if not (SHOWN / name).exists()]
    if missing:
        print(f"the documents show pictures that nobody makes: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def _wanted() -> set[str]:
    """The pictures that the documents show."""
    pages = (ROOT / "README.md", ROOT / "docs" / "SCREENS.md", ROOT / "docs" / "SLIP.md", ROOT / "docs" / "SIGNS.md")
    return {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text(encoding="utf-8"))}


def _for_documents(made: dict[str, Path]) -> None:
    """The pictures that the documents show, smaller and with few colours, so that the repository stays light."""
    SHOWN.mkdir(exist_ok=True)
    for name in sorted(_wanted() & made.keys()):
        with Image.open(made[name]) as picture:
            small = picture.convert("RGB")
            width_px = WIDE_PX if small.width > small.height else TALL_PX
            if small.width > width_px:
                small = small.resize((width_px, round(small.height * width_px / small.width)), Image.Resampling.LANCZOS)
            # By coverage, so that the little red of a fault has a colour of its own; rounds of k-means mend the others.
            few = small.quantize(64, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
            few.save(SHOWN / name, optimize=True)


if __name__ == "__main__":
    raise SystemExit(main())
