"""Reads the QR symbol on a printed slip from its dots.

The dots are straight, clean and complete, so perspective and error correction are not handled.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, groupby, product, zip_longest
from typing import Any

from segno import consts

Modules = list[list[bool]]
"""Rows of modules (or of dots); True is black. ``i`` is the row of a module and ``j`` its column."""

FINDER_MODULES = 7
_FORMAT_MASK = 0x5412
_LEVELS = ("M", "L", "H", "Q")  # of error correction, by the two bits of the format
# The eight masks of the standard: whether the module in row i, column j is inverted.
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
_ALPHANUMERIC_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def read_qr(rows: Sequence[bytes]) -> str | None:
    """Return the text of the first symbol in ``rows``; None without one.

    Rows are dots; a set bit is black.
    """
    dots = [[bool(byte >> (7 - bit) & 1) for byte in row for bit in range(8)] for row in rows]
    for modules in _symbol_candidates(dots):
        text = _decode(modules)
        if text is not None:
            return text
    return None


def _symbol_candidates(dots: Modules) -> Iterator[Modules]:
    """Yield each square that may be a symbol.

    Such a square has two finder patterns in a row, at the distance of some version.
    """
    seen: set[tuple[int, int, int]] = set()
    for y, row in enumerate(dots):
        finders = list(_finder_patterns(row))
        for (left, size), (right, other_size) in combinations(finders, 2):
            side = (right - left) // size + FINDER_MODULES  # modules of the symbol's side
            top = y - 2 * size
            fits = size == other_size and (right - left) % size == 0 and side % 4 == 1 and 21 <= side <= 177
            position = (left, top, size)
            if not fits or position in seen or top < 0 or top + side * size > len(dots):
                continue
            seen.add(position)
            middle = size // 2
            yield [[dots[top + middle + size * i][left + middle + size * j] for j in range(side)] for i in range(side)]


def _finder_patterns(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield (first dot, dots per module) of each finder pattern in a row.

    The runs of a pattern are black 1, white 1, black 3, white 1, black 1.
    """
    runs = [(black, len(list(group))) for black, group in groupby(row)]
    starts = [0]
    for _, length in runs:
        starts.append(starts[-1] + length)
    for index in range(len(runs) - 4):
        black, size = runs[index]
        if black and [length for _, length in runs[index : index + 5]] == [size, size, 3 * size, size, size]:
            yield starts[index], size


def _is_finder(modules: Modules, top: int, left: int) -> bool:
    return all(
        modules[top + i][left + j] == (max(abs(i - 3), abs(j - 3)) != 2)
        for i in range(FINDER_MODULES)
        for j in range(FINDER_MODULES)
    )


def _decode(modules: Modules) -> str | None:
    side = len(modules)
    version = (side - 17) // 4
    level, mask = _read_format(modules)
    is_data = _data_modules(version)
    is_inverted = _MASKS[mask]
    bits = [modules[i][j] ^ is_inverted(i, j) for i, j in _data_order(side) if is_data[i][j]]
    codewords = [_bits_to_int(bits[start : start + 8]) for start in range(0, len(bits) - 7, 8)]
    data = _deinterleave(codewords, version, level)
    try:
        return _decode_segments([bool(word >> (7 - bit) & 1) for word in data for bit in range(8)], version)
    except (IndexError, UnicodeDecodeError):
        return None  # not a symbol after all


def _read_format(modules: Modules) -> tuple[str, int]:
    """Return level and mask, from around the first finder pattern."""
    positions = [(8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)] + [(i, 8) for i in (7, 5, 4, 3, 2, 1, 0)]
    bits = _bits_to_int([modules[i][j] for i, j in positions]) ^ _FORMAT_MASK
    return _LEVELS[bits >> 13], bits >> 10 & 7


@lru_cache(maxsize=8)
def _data_modules(version: int) -> tuple[tuple[bool, ...], ...]:
    """Return which modules hold data: all but finder, timing, alignment, format and version patterns."""
    side = 17 + 4 * version
    is_data = [[True] * side for _ in range(side)]

    def reserve(rows: range, columns: range) -> None:
        for i in rows:
            is_data[i][columns.start : columns.stop] = [False] * len(columns)

    far, near = range(side - 8, side), range(9)
    for rows, columns in (
        (near, near),
        (near, far),
        (far, near),
        (range(6, 7), range(side)),
        (range(side), range(6, 7)),
    ):
        reserve(rows, columns)
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    for i, j in product(centres, centres):
        if (i, j) not in ((6, 6), (6, side - 7), (side - 7, 6)):
            reserve(range(i - 2, i + 3), range(j - 2, j + 3))
    if version >= 7:
        reserve(range(6), range(side - 11, side - 8))
        reserve(range(side - 11, side - 8), range(6))
    return tuple(map(tuple, is_data))


def _data_order(side: int) -> Iterator[tuple[int, int]]:
    """Yield the modules in data order.

    The order is pairs of columns from the right, up and down.
    """
    up = True
    for right in (*range(side - 1, 6, -2), 5, 3, 1):
        for i in range(side - 1, -1, -1) if up else range(side):
            yield i, right
            yield i, right - 1
        up = not up


def _deinterleave(codewords: Sequence[int], version: int, level: str) -> list[int]:
    """Return the data words of all blocks in order; in the symbol they are interleaved."""
    table: Any = consts.ECC
    kinds = table[version][_LEVELS.index(level)]
    lengths = [kind.num_data for kind in kinds for _ in range(kind.num_blocks)]
    blocks: list[list[int]] = [[] for _ in lengths]
    rounds = zip_longest(*(range(length) for length in lengths))
    order = [block for positions in rounds for block, position in enumerate(positions) if position is not None]
    for block, codeword in zip(order, codewords, strict=False):
        blocks[block].append(codeword)
    return [codeword for block in blocks for codeword in block]


def _decode_segments(bits: Sequence[bool], version: int) -> str | None:
    """Return the text of the segments; None for a mode that no ticket uses."""
    out = bytearray()
    position = 0

    def take(count: int) -> int:
        nonlocal position
        if position + count > len(bits):
            raise IndexError(count)
        position += count
        return _bits_to_int(bits[position - count : position])

    while position + 4 <= len(bits) and (mode := take(4)):
        if mode not in _COUNT_BITS:
            return None
        count = take(_COUNT_BITS[mode][(version > 9) + (version > 26)])
        if mode == _BYTE:
            out += bytes(take(8) for _ in range(count))
        elif mode == _NUMERIC:
            for remaining in range(count, 0, -3):
                digits = min(3, remaining)
                out += str(take((4, 7, 10)[digits - 1])).zfill(digits).encode()
        else:
            for _ in range(count // 2):
                pair = take(11)
                out += (_ALPHANUMERIC_CHARACTERS[pair // 45] + _ALPHANUMERIC_CHARACTERS[pair % 45]).encode()
            out += _ALPHANUMERIC_CHARACTERS[take(6)].encode() if count % 2 else b""
    return out.decode() or None


def _bits_to_int(bits: Sequence[bool]) -> int:
    value = 0
    for bit in bits:
        value = value * 2 + bit
    return value
