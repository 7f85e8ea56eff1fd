"""The QR symbol on a printed slip, read from its dots as a scanner would: straight, clean and whole, so neither
perspective nor errors are reckoned with."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, groupby, product, zip_longest
from typing import Any

from segno import consts

Modules = list[list[bool]]

FINDER = 7
_FORMAT_MASK = 0x5412
_LEVELS = ("M", "L", "H", "Q")  # by the two bits of the format
# The eight masks of the standard: whether the module in row i, column j is turned.
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, _j: i % 2 == 0,
    lambda _i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
# mode -> bits of its count, for versions up to 9, 26 and 40
_NUMERIC, _ALPHANUMERIC, _BYTE = 1, 2, 4
_COUNT_BITS = {_NUMERIC: (10, 12, 14), _ALPHANUMERIC: (9, 11, 13), _BYTE: (8, 16, 16)}
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def text_in(rows: Sequence[bytes]) -> str | None:
    """What the first symbol in ``rows`` of dots (a set bit is black) says; None when there is none."""
    dots = [[bool(byte >> (7 - bit) & 1) for byte in row for bit in range(8)] for row in rows]
    for modules in _symbols(dots):
        text = _decoded(modules)
        if text is not None:
            return text
    return None


def _symbols(dots: Modules) -> Iterator[Modules]:
    """Every square that has the look of a symbol: two finders in a row, at a distance that a version has."""
    seen: set[tuple[int, int, int]] = set()
    for y, row in enumerate(dots):
        found = list(_finders(row))
        for (x, module), (right, other) in combinations(found, 2):
            side = (right - x) // module + FINDER
            top = y - 2 * module
            fits = module == other and (right - x) % module == 0 and side % 4 == 1 and 21 <= side <= 177
            place = (x, top, module)
            if not fits or place in seen or top < 0 or top + side * module > len(dots):
                continue
            seen.add(place)
            middle = module // 2
            yield [[dots[top + middle + module * i][x + middle + module * j] for j in range(side)] for i in range(side)]


def _finders(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """(first dot, dots a module) of each run black 1, white 1, black 3, white 1, black 1."""
    runs = [(black, len(list(group))) for black, group in groupby(row)]
    starts = [0]
    for _, length in runs:
        starts.append(starts[-1] + length)
    for at in range(len(runs) - 4):
        module = runs[at][1]
        if runs[at][0] and [length for _, length in runs[at : at + 5]] == [module, module, 3 * module, module, module]:
            yield starts[at], module


def _is_finder(modules: Modules, top: int, left: int) -> bool:
    return all(
        modules[top + i][left + j] == (max(abs(i - 3), abs(j - 3)) != 2) for i in range(FINDER) for j in range(FINDER)
    )


def _decoded(modules: Modules) -> str | None:
    side = len(modules)
    version = (side - 17) // 4
    level, mask = _format(modules)
    free = _free(version)
    turned = _MASKS[mask]
    bits = [modules[i][j] ^ turned(i, j) for i, j in _path(side) if free[i][j]]
    words = [_number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    data = _joined(words, version, level)
    try:
        return _text([bool(word >> (7 - bit) & 1) for word in data for bit in range(8)], version)
    except (IndexError, UnicodeDecodeError):
        return None  # a look-alike


def _format(modules: Modules) -> tuple[str, int]:
    """Level and mask, from around the first finder."""
    places = [(8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)] + [(i, 8) for i in (7, 5, 4, 3, 2, 1, 0)]
    word = _number([modules[i][j] for i, j in places]) ^ _FORMAT_MASK
    return _LEVELS[word >> 13], word >> 10 & 7


@lru_cache(maxsize=8)
def _free(version: int) -> tuple[tuple[bool, ...], ...]:
    """Which modules hold data: not the finders with what surrounds them, timing, alignment and version."""
    side = 17 + 4 * version
    free = [[True] * side for _ in range(side)]

    def take(rows: range, columns: range) -> None:
        for i in rows:
            free[i][columns.start : columns.stop] = [False] * len(columns)

    far, near = range(side - 8, side), range(9)
    for rows, columns in (
        (near, near),
        (near, far),
        (far, near),
        (range(6, 7), range(side)),
        (range(side), range(6, 7)),
    ):
        take(rows, columns)
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    for i, j in product(centres, centres):
        if (i, j) not in ((6, 6), (6, side - 7), (side - 7, 6)):
            take(range(i - 2, i + 3), range(j - 2, j + 3))
    if version >= 7:
        take(range(6), range(side - 11, side - 8))
        take(range(side - 11, side - 8), range(6))
    return tuple(map(tuple, free))


def _path(side: int) -> Iterator[tuple[int, int]]:
    """The modules in the order of the data: pairs of columns from the right, up and down, past the timing column."""
    up = True
    for right in (*range(side - 1, 6, -2), 5, 3, 1):
        for i in range(side - 1, -1, -1) if up else range(side):
            yield i, right
            yield i, right - 1
        up = not up


def _joined(words: Sequence[int], version: int, level: str) -> list[int]:
    """The data words of all blocks one after the other; in the symbol they are interleaved."""
    table: Any = consts.ECC
    kinds = table[version][_LEVELS.index(level)]
    lengths = [kind.num_data for kind in kinds for _ in range(kind.num_blocks)]
    blocks: list[list[int]] = [[] for _ in lengths]
    rounds = zip_longest(*(range(length) for length in lengths))
    order = [block for one in rounds for block, place in enumerate(one) if place is not None]
    for block, word in zip(order, words, strict=False):
        blocks[block].append(word)
    return [word for block in blocks for word in block]


def _text(bits: Sequence[bool], version: int) -> str | None:
    """The text of the segments; None for a mode that no ticket uses."""
    out = bytearray()
    at = 0

    def take(count: int) -> int:
        nonlocal at
        if at + count > len(bits):
            raise IndexError(count)
        at += count
        return _number(bits[at - count : at])

    while at + 4 <= len(bits) and (mode := take(4)):
        if mode not in _COUNT_BITS:
            return None
        count = take(_COUNT_BITS[mode][(version > 9) + (version > 26)])
        if mode == _BYTE:
            out += bytes(take(8) for _ in range(count))
        elif mode == _NUMERIC:
            for left in range(count, 0, -3):
                digits = min(3, left)
                out += str(take((4, 7, 10)[digits - 1])).zfill(digits).encode()
        else:
            for _ in range(count // 2):
                pair = take(11)
                out += (_LETTERS[pair // 45] + _LETTERS[pair % 45]).encode()
            out += _LETTERS[take(6)].encode() if count % 2 else b""
    return out.decode() or None


def _number(bits: Sequence[bool]) -> int:
    value = 0
    for bit in bits:
        value = value * 2 + bit
    return value
