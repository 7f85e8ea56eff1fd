"""Make the web pages' fonts: Noto Sans as WOFF2, without the letters of minority languages.

Run ``python -m tools.web_fonts`` after ``python -m tools.fonts``. Writes two files and the licence into
``server/web/static/staff/fonts``; the same input gives the same bytes.
"""

import shutil
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]

from config.letters import drawable_characters
from tools import fonts

TARGET_FOLDER = Path(__file__).parent.parent / "server" / "web" / "static" / "staff" / "fonts"
SKIPPED_CODES = range(0x300, 0x324)  # combining marks: our texts are composed (NFC)
OPENTYPE_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "pnum"]


def main() -> None:
    codes = sorted(set(map(ord, drawable_characters())) - set(SKIPPED_CODES))
    TARGET_FOLDER.mkdir(parents=True, exist_ok=True)
    for font_file in fonts.FONT_FILES:
        options = subset.Options(
            flavor="woff2",
            layout_features=OPENTYPE_FEATURES,
            notdef_outline=True,
            recalc_timestamp=False,
            hinting=False,
        )
        font = subset.load_font(str(fonts.TARGET_FOLDER / font_file), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        subset.save_font(font, str((TARGET_FOLDER / font_file).with_suffix(".woff2")), options)
    shutil.copyfile(fonts.TARGET_FOLDER / "OFL.txt", TARGET_FOLDER / "OFL.txt")


if __name__ == "__main__":
    main()
