"""Read a printed slip with other programs: zbarimg its code, tesseract its text.

Before tesseract the picture is prepared without knowledge of its text: ornaments (rules, dashes, bullets), the code and
the large number are removed, white on black becomes black on white, and the 203 dots an inch are enlarged.
"""

import io
import os
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps

from hardware.slips.slip import Bullets, Inverse, Pair, Qr, Slip, Text

SCALE = 2
BLUR = 1.0
NUMBER_DOTS = 85
"""Higher than any line of text, lower than any number."""
FINDER_DOTS = (24, 80)
TESSERACT_S = 60


@dataclass(frozen=True, slots=True)
class Blob:
    """Black dots that touch: their box and their number."""

    left: int
    top: int
    right: int
    bottom: int
    dots: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom


def read_code(png: bytes) -> list[str]:
    """Return the texts of the QR codes that zbarimg reads."""
    output = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "--set", "disable", "--set", "qrcode.enable", "png:-"],
        input=png,
        capture_output=True,
        check=False,
        timeout=TESSERACT_S,
    )
    return output.stdout.decode().splitlines()


def read_text(png: bytes, languages: str = "vie") -> str:
    """Return the text that tesseract reads, without number and code, with single spaces."""
    with Image.open(io.BytesIO(png)) as picture:
        plain = only_text(picture.convert("L"))
    large = plain.resize((plain.width * SCALE, plain.height * SCALE), Image.Resampling.BICUBIC)
    large = ImageOps.expand(large.filter(ImageFilter.GaussianBlur(BLUR)), 30, 255)
    png_for_tesseract = io.BytesIO()
    large.save(png_for_tesseract, "PNG", dpi=(203 * SCALE, 203 * SCALE), compress_level=1)
    output = subprocess.run(
        ["tesseract", "-", "-", "-l", languages, "--psm", "6"],
        input=png_for_tesseract.getvalue(),
        capture_output=True,
        check=True,
        timeout=TESSERACT_S,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return single_spaced(output.stdout.decode())


def expected_text(slip: Slip) -> str:
    """Return the texts of the slip in the form of ``read_text``."""
    return single_spaced(" ".join(_lines(slip)))


def _lines(slip: Slip) -> Iterator[str]:
    for element in slip.elements:
        match element:
            case Text() | Inverse():
                yield element.text
            case Pair():
                yield f"{element.label} {element.value}"
            case Qr():
                yield from element.caption
            case Bullets():
                yield from element.items


def single_spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def distance(text: str, other: str) -> int:
    """Return the Levenshtein distance: characters to insert, delete or replace."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(text, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def error_rate(wanted: str, read: str) -> float:
    """Return the number of wrong characters per printed character."""
    return distance(wanted, read) / max(1, len(wanted))


# --- preparing the picture ------------------------------------------------------------------------------


def only_text(picture: Image.Image) -> Image.Image:
    """Return the picture with only its text, black on white."""
    dark = picture.point(lambda level: 0 if level < 128 else 255)
    blobs = blobs_of(dark)
    for blob in blobs:
        if blob.width > 100 and 30 <= blob.height <= 130 and blob.dots > 0.5 * blob.width * blob.height:
            dark.paste(ImageOps.invert(dark.crop(blob.box)), blob.box)
    for box in [*_ornaments(blobs, dark.width), *_numbers(blobs), *_codes(blobs)]:
        dark.paste(255, box)
    return dark


def _ornaments(blobs: Sequence[Blob], width: int) -> Iterator[tuple[int, int, int, int]]:
    rows: dict[tuple[int, int], int] = {}
    for blob in blobs:
        rows[blob.top, blob.bottom] = rows.get((blob.top, blob.bottom), 0) + 1
    for blob in blobs:
        rule = blob.width > width / 2 and blob.height <= 4
        dash = blob.height <= 3 and blob.width <= 8 and rows[blob.top, blob.bottom] > 20
        bullet = blob.width == blob.height and 7 <= blob.width <= 14 and blob.dots == blob.width * blob.height
        if rule or dash or bullet:
            yield blob.box


def _numbers(blobs: Sequence[Blob]) -> Iterator[tuple[int, int, int, int]]:
    return (blob.box for blob in blobs if blob.height > NUMBER_DOTS and blob.dots < 0.75 * blob.width * blob.height)


def _codes(blobs: Sequence[Blob]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the box of a QR code, found by its three finder patterns."""
    low, high = FINDER_DOTS
    solid = {
        (blob.left + blob.right, blob.top + blob.bottom) for blob in blobs if blob.dots == blob.width * blob.height
    }
    rings = [
        blob
        for blob in blobs
        if blob.width == blob.height and low <= blob.width <= high and abs(blob.dots / blob.width**2 - 24 / 49) < 0.01
        if (blob.left + blob.right, blob.top + blob.bottom) in solid
    ]
    if len(rings) >= 3:
        yield (
            min(ring.left for ring in rings),
            min(ring.top for ring in rings),
            max(ring.right for ring in rings),
            max(ring.bottom for ring in rings),
        )


def blobs_of(picture: Image.Image) -> list[Blob]:
    """Return the blobs of the picture; dots that touch at their corners belong together."""
    width, data = picture.width, picture.tobytes()
    parent: list[int] = []
    extents: list[list[int]] = []  # left, top, right, bottom, dots
    above: list[tuple[int, int, int]] = []

    def root(label: int) -> int:
        while parent[label] != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for y in range(picture.height):
        row = data[y * width : (y + 1) * width]
        runs: list[tuple[int, int, int]] = []
        for start, end in _runs(row):
            label = len(parent)
            parent.append(label)
            extents.append([start, y, end, y + 1, end - start])
            for left, right, other in above:
                if left <= end and start <= right:
                    mine, theirs = root(label), root(other)
                    if mine != theirs:
                        parent[mine] = theirs
                        a, b = extents[theirs], extents[mine]
                        extents[theirs] = [
                            min(a[0], b[0]),
                            min(a[1], b[1]),
                            max(a[2], b[2]),
                            max(a[3], b[3]),
                            a[4] + b[4],
                        ]
            runs.append((start, end, label))
        above = runs
    return [Blob(*extents[label]) for label in range(len(parent)) if parent[label] == label]


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    at = row.find(0)
    while at >= 0:
        end = row.find(255, at)
        end = len(row) if end < 0 else end
        yield at, end
        at = row.find(0, end)
