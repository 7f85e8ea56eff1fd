"""Where one of our commands ends and the next begins.

Between two commands a printer may be asked something; inside one the question would become part of a picture.
"""

from collections.abc import Iterator, Mapping

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
RASTER, FUNCTION = (GS, ord("v")), (GS, ord("("))
CUT_AFTER_FEED = (65, 66, 97, 98, 103, 104)

# Which command -> how many bytes follow its two.
ARGUMENTS: Mapping[tuple[int, int], int] = {
    (ESC, ord("@")): 0,
    (ESC, ord("J")): 1,
    (ESC, ord("d")): 1,
    (ESC, ord("3")): 1,
    (ESC, ord("a")): 1,
    (ESC, ord("t")): 1,
    (ESC, ord("E")): 1,
    (FS, ord(".")): 0,
    (GS, ord("P")): 2,
    (GS, ord("r")): 1,
    (GS, ord("a")): 1,
    (GS, ord("!")): 1,
    (GS, ord("B")): 1,
    RASTER: 6,
    FUNCTION: 3,
}


def split(data: bytes, least: int = 1) -> Iterator[bytes]:
    """``data`` in pieces of at least so many bytes that each end where a command does; letters count as commands of
    one byte, and follow the command before them. What we never send ends the splitting: the rest comes as one
    piece."""
    start = at = 0
    while at < len(data):
        end = _end(data, at)
        if end is None:
            break
        if at - start >= max(1, least) and data[at] in (ESC, FS, GS):
            yield data[start:at]
            start = at
        at = end
    if start < len(data):
        yield data[start:]


def _end(data: bytes, at: int) -> int | None:
    """Where the command ends that begins at ``at``."""
    if data[at] not in (ESC, FS, GS, DLE):
        return at + 1
    command = (data[at], data[at + 1] if at + 1 < len(data) else 0)
    if command == (GS, ord("V")):
        return at + 3 + (data[at + 2 : at + 3] in [bytes([n]) for n in CUT_AFTER_FEED])
    if command not in ARGUMENTS:
        return None
    end = at + 2 + ARGUMENTS[command]
    rest = data[at + 2 : end]
    if len(rest) < ARGUMENTS[command]:
        return None
    if command == RASTER:
        return end + (rest[2] + 256 * rest[3]) * (rest[4] + 256 * rest[5])
    if command == FUNCTION:
        return end + rest[1] + 256 * rest[2]
    return end
