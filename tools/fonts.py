"""Make the screens' fonts: Noto Sans, cut down to the letters of Vietnam's languages.

Signs that notices use and Noto Sans lacks are taken from its sister fonts. Run ``python -m tools.fonts`` after
installing Debian's ``fonts-noto-core``. Writes two static files, the list of their characters and the licence into
``hardware/screens/fonts``; the same input gives the same bytes.
"""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.pens.recordingPen import DecomposingRecordingPen  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from config.letters import CHARACTER_LIST

SOURCE_FOLDER = Path("/usr/share/fonts/truetype/noto")
LICENCE_FILE = Path("/usr/share/doc/fonts-noto-core/copyright")
TARGET_FOLDER = Path(__file__).parent.parent / "hardware" / "screens" / "fonts"
FONT_FILES = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
CHARACTER_RANGES = (
    (0x20, 0x7E),  # Latin
    (0xA0, 0x17F),  # Western and Central European, đ, ĕ ĭ ŏ ŭ of Ê Đê and M'Nông
    (0x1A0, 0x1B0),  # Ơ, Ư
    (0x180, 0x180),  # ƀ
    (0x243, 0x243),  # Ƀ
    (0x1CD, 0x1DC),
    (0x2BC, 0x2BC),  # the modifier apostrophe of M'Nông
    (0x300, 0x304),  # combining marks: grave, acute, circumflex, tilde, macron
    (0x306, 0x309),  # breve, dot, diaeresis, hook
    (0x30C, 0x30C),
    (0x31B, 0x31B),
    (0x323, 0x323),
    (0x1EA0, 0x1EF9),  # Vietnamese
    (0x2010, 0x2015),  # hyphens and dashes
    (0x2018, 0x201E),  # quotation marks
    (0x2022, 0x2022),
    (0x2026, 0x2026),
    (0x202F, 0x202F),
    (0x20AB, 0x20AB),  # ₫
    (0x2032, 0x2033),
    (0xD7, 0xD7),
    (0x2030, 0x2030),  # ‰
    (0x20AC, 0x20AC),  # €
    (0x2116, 0x2116),  # №
    (0x2122, 0x2122),  # ™
)
SYMBOLS: Mapping[str, str] = {
    "NotoSansSymbols-{weight}.ttf": "←↑→↓",
    "NotoSansSymbols2-Regular.ttf": "■▶●☎☐☑✓",
    "NotoSansMath-Regular.ttf": "−≠≤≥",
}
"""What comes from which sister font; all have 1,000 units to the em, as Noto Sans has."""


def main() -> None:
    codes = sorted({code for first, last in CHARACTER_RANGES for code in range(first, last + 1)})
    TARGET_FOLDER.mkdir(parents=True, exist_ok=True)
    for font_file in FONT_FILES:
        options = subset.Options(layout_features=["*"], notdef_outline=True, recalc_timestamp=False, hinting=True)
        font = subset.load_font(str(SOURCE_FOLDER / font_file), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        for sister, symbols in SYMBOLS.items():
            weight = font_file.removeprefix("NotoSans-").removesuffix(".ttf")
            _add_symbols(font, TTFont(SOURCE_FOLDER / sister.format(weight=weight)), symbols)
        subset.save_font(font, str(TARGET_FOLDER / font_file), options)
    included = codes + [ord(symbol) for symbols in SYMBOLS.values() for symbol in symbols]
    CHARACTER_LIST.write_text("".join(map(chr, sorted(set(included) & set(font.getBestCmap())))), encoding="utf-8")
    (TARGET_FOLDER / "OFL.txt").write_text(_licence(LICENCE_FILE.read_text(encoding="utf-8")), encoding="utf-8")


def _add_symbols(font: Any, sister: Any, symbols: str) -> None:
    """Copy the outlines and widths of ``symbols``.

    Their instructions are left out: those of another font would not fit.
    """
    names, outlines = sister.getBestCmap(), sister.getGlyphSet()
    for symbol in symbols:
        recording, pen = DecomposingRecordingPen(outlines), TTGlyphPen(None)
        outlines[names[ord(symbol)]].draw(recording)
        recording.replay(pen)
        name = f"uni{ord(symbol):04X}"
        font.setGlyphOrder([*font.getGlyphOrder(), name])
        font["glyf"].glyphs[name] = glyph = pen.glyph()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"].metrics[name] = (sister["hmtx"].metrics[names[ord(symbol)]][0], glyph.xMin)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(symbol)] = name


def _licence(copyright_file: str) -> str:
    """The font's notice and licence text out of Debian's machine-readable copyright file."""
    body = copyright_file.split("License: OFL-1.1\n PREAMBLE", 1)[1].split("\nLicense:", 1)[0]
    lines = ("PREAMBLE" + body).rstrip().splitlines()
    text = "\n".join("" if line.strip() == "." else line.removeprefix(" ") for line in lines)
    notice = textwrap.dedent(
        """\
        Noto Sans Regular and Bold, cut down to the letters of Vietnam's languages, with some signs of Noto Sans
        Symbols, Noto Sans Symbols 2 and Noto Sans Math.
        Copyright 2010, 2012-2020 Google Inc.; 2015-2020 Google LLC.
        https://github.com/googlefonts/noto-fonts

        This Font Software is licensed under the SIL Open Font License, Version 1.1.
        https://openfontlicense.org

        SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007

        """
    )
    return notice + text.rstrip() + "\n"


if __name__ == "__main__":
    main()
