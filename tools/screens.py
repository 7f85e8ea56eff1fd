"""Makes a picture of every screen, page and slip in ``var/screens``, and the README's few in ``docs/pictures``.

Each part draws its own with its real code (``tools/pictures/*.py``); look at them all after changing one.
"""

import importlib
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
ALL = ROOT / "var" / "screens"
README = ROOT / "docs" / "pictures"
PARTS = ("kiosk", "display", "slip", "sign", "web", "hall")
WIDTH_PX = 720


def main() -> int:
    """Draw the parts named on the command line, or all; prints what was made."""
    ALL.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for part in sys.argv[1:] or PARTS:
        made += importlib.import_module(f"tools.pictures.{part}").make(ALL)
    for path in made:
        print(path.relative_to(ROOT))
    _for_readme({path.name: path for path in made})
    missing = [name for name in sorted(_wanted()) if not (README / name).exists()]
    if missing:
        print(f"the README shows pictures that nobody makes: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def _wanted() -> set[str]:
    return {line.split("docs/pictures/")[1].split(".png")[0] + ".png" for line in _image_lines()}


def _for_readme(made: dict[str, Path]) -> None:
    """The pictures that the README shows, smaller and with few colours, so that the repository stays light."""
    README.mkdir(exist_ok=True)
    for name in sorted(_wanted() & made.keys()):
        with Image.open(made[name]) as picture:
            small = picture.convert("RGB")
            if small.width > WIDTH_PX:
                small = small.resize((WIDTH_PX, round(small.height * WIDTH_PX / small.width)), Image.Resampling.LANCZOS)
            small.quantize(64, dither=Image.Dither.NONE).save(README / name, optimize=True)


def _image_lines() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [part for part in text.replace("(", "\n").replace('"', "\n").splitlines() if "docs/pictures/" in part]


if __name__ == "__main__":
    raise SystemExit(main())
