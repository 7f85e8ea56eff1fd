"""Make the web pages' fonts: the screens' Noto Sans as WOFF2, without the letters of minority languages.

Run ``python -m tools.web_fonts`` after ``python -m tools.fonts``. Writes two files and the licence into
``server/web/static/staff/fonts``; the same input gives the same bytes.
"""

import shutil
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]

from hardware.letters import known
from tools import fonts

TARGET = Path(__file__).parent.parent / "server" / "web" / "static" / "staff" / "fonts"
SKIPPED = range(0x300, 0x324)  # combining marks: our texts are composed (NFC)
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "pnum"]


def main() -> None:
    letters = sorted(set(map(ord, known())) - set(SKIPPED))
    TARGET.mkdir(parents=True, exist_ok=True)
    for face in fonts.FACES:
        options = subset.Options(
            flavor="woff2", layout_features=FEATURES, notdef_outline=True, recalc_timestamp=False, hinting=False
        )
        font = subset.load_font(str(fonts.TARGET / face), options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=letters)
        cut.subset(font)
        subset.save_font(font, str((TARGET / face).with_suffix(".woff2")), options)
    shutil.copyfile(fonts.TARGET / "OFL.txt", TARGET / "OFL.txt")


if __name__ == "__main__":
    main()
