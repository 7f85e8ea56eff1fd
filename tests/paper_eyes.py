"""Eyes other than ours on a printed slip: zbarimg reads the code, tesseract the Vietnamese, and wrong characters count.

What is done to a picture before tesseract sees it is what a person's eye does too, and it knows no text: ornaments
(rules, dashes, bullets), the code and the large number are looked past, white on black is read as black on white, and
the 203 dots an inch of the paper are enlarged.
"""

import io
import os
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps

from hardware.slip import Bullets, Inverse, Pair, Qr, Slip, Text

SCALE = 2
BLUR = 1.0
NUMBER_DOTS = 85
"""Higher than any line of text, lower than any number."""
FINDER_DOTS = (24, 80)
TESSERACT_S = 60


@dataclass(frozen=True, slots=True)
class Blob:
    """Dots that touch: where, and how many are black."""

    left: int
    top: int
    right: int
    bottom: int
    dots: int

    @property
    def wide(self) -> int:
        return self.right - self.left

    @property
    def high(self) -> int:
        return self.bottom - self.top

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom


def read_code(png: bytes) -> list[str]:
    """What zbarimg reads from the picture as it is."""
    found = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "--set", "disable", "--set", "qrcode.enable", "png:-"],
        input=png,
        capture_output=True,
        check=False,
        timeout=TESSERACT_S,
    )
    return found.stdout.decode().splitlines()


def read_text(png: bytes, languages: str = "vie") -> str:
    """What tesseract reads in these languages, outside the number and the code; white space as single spaces."""
    with Image.open(io.BytesIO(png)) as picture:
        plain = looked_past(picture.convert("L"))
    large = plain.resize((plain.width * SCALE, plain.height * SCALE), Image.Resampling.BICUBIC)
    large = ImageOps.expand(large.filter(ImageFilter.GaussianBlur(BLUR)), 30, 255)
    held = io.BytesIO()
    large.save(held, "PNG", dpi=(203 * SCALE, 203 * SCALE), compress_level=1)
    said = subprocess.run(
        ["tesseract", "-", "-", "-l", languages, "--psm", "6"],
        input=held.getvalue(),
        capture_output=True,
        check=True,
        timeout=TESSERACT_S,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return squeezed(said.stdout.decode())


def should_read(slip: Slip) -> str:
    """The texts that the slip was made from, as the eyes should read them."""
    return squeezed(" ".join(_lines(slip)))


def _lines(slip: Slip) -> Iterator[str]:
    for one in slip.elements:
        match one:
            case Text() | Inverse():
                yield one.text
            case Pair():
                yield f"{one.label} {one.value}"
            case Qr():
                yield from one.beside
            case Bullets():
                yield from one.items


def squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def distance(one: str, other: str) -> int:
    """Characters to insert, delete or replace to make the one from the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def wrong_share(wanted: str, read: str) -> float:
    """Wrong characters for each that was printed."""
    return distance(wanted, read) / max(1, len(wanted))


# --- what the eye looks past ----------------------------------------------------------------------------


def looked_past(picture: Image.Image) -> Image.Image:
    """The picture with nothing but text on it, black on white."""
    dark = picture.point(lambda level: 0 if level < 128 else 255)
    blobs = blobs_of(dark)
    for blob in blobs:
        if blob.wide > 100 and 30 <= blob.high <= 130 and blob.dots > 0.5 * blob.wide * blob.high:
            dark.paste(ImageOps.invert(dark.crop(blob.box)), blob.box)
    for box in [*_ornaments(blobs, dark.width), *_numbers(blobs), *_codes(blobs)]:
        dark.paste(255, box)
    return dark


def _ornaments(blobs: Sequence[Blob], width: int) -> Iterator[tuple[int, int, int, int]]:
    rows: dict[tuple[int, int], int] = {}
    for blob in blobs:
        rows[blob.top, blob.bottom] = rows.get((blob.top, blob.bottom), 0) + 1
    for blob in blobs:
        rule = blob.wide > width / 2 and blob.high <= 4
        dash = blob.high <= 3 and blob.wide <= 8 and rows[blob.top, blob.bottom] > 20
        bullet = blob.wide == blob.high and 7 <= blob.wide <= 14 and blob.dots == blob.wide * blob.high
        if rule or dash or bullet:
            yield blob.box


def _numbers(blobs: Sequence[Blob]) -> Iterator[tuple[int, int, int, int]]:
    return (blob.box for blob in blobs if blob.high > NUMBER_DOTS and blob.dots < 0.75 * blob.wide * blob.high)


def _codes(blobs: Sequence[Blob]) -> Iterator[tuple[int, int, int, int]]:
    """A QR code is told by the square rings in three of its corners, each around a square of its own."""
    low, high = FINDER_DOTS
    solid = {(one.left + one.right, one.top + one.bottom) for one in blobs if one.dots == one.wide * one.high}
    rings = [
        blob
        for blob in blobs
        if blob.wide == blob.high and low <= blob.wide <= high and abs(blob.dots / blob.wide**2 - 24 / 49) < 0.01
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
    """Black dots that touch, also at their corners, as one blob each."""
    width, data = picture.width, picture.tobytes()
    parent: list[int] = []
    found: list[list[int]] = []  # left, top, right, bottom, dots
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
            found.append([start, y, end, y + 1, end - start])
            for left, right, other in above:
                if left <= end and start <= right:
                    mine, theirs = root(label), root(other)
                    if mine != theirs:
                        parent[mine] = theirs
                        a, b = found[theirs], found[mine]
                        found[theirs] = [
                            min(a[0], b[0]),
                            min(a[1], b[1]),
                            max(a[2], b[2]),
                            max(a[3], b[3]),
                            a[4] + b[4],
                        ]
            runs.append((start, end, label))
        above = runs
    return [Blob(*found[label]) for label in range(len(parent)) if parent[label] == label]


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    at = row.find(0)
    while at >= 0:
        end = row.find(255, at)
        end = len(row) if end < 0 else end
        yield at, end
        at = row.find(0, end)
