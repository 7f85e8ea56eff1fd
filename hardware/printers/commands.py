"""Splits our own command stream at the boundaries of commands.

A status question may be sent between two commands; inside a command it would become data.
"""

from collections.abc import Iterator, Mapping

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
RASTER, FUNCTION = (GS, ord("v")), (GS, ord("("))  # commands whose arguments hold the length of their data
CUT_AFTER_FEED = (65, 66, 97, 98, 103, 104)  # forms of GS V with one more byte, the rows to feed

# command (two bytes) -> number of bytes that follow
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


def split(data: bytes, min_bytes: int = 1) -> Iterator[bytes]:
    """Yield ``data`` in pieces of at least ``min_bytes`` bytes that end with a command.

    Letters count as commands of one byte, and follow the command before them. A command that we never send ends the
    splitting: the rest comes as one piece.
    """
    start = position = 0
    while position < len(data):
        end = _command_end(data, position)
        if end is None:
            break
        if position - start >= max(1, min_bytes) and data[position] in (ESC, FS, GS):
            yield data[start:position]
            start = position
        position = end
    if start < len(data):
        yield data[start:]


def _command_end(data: bytes, start: int) -> int | None:
    """Return the end of the command that begins at ``start``.

    None for a command that we never send.
    """
    if data[start] not in (ESC, FS, GS, DLE):
        return start + 1
    command = (data[start], data[start + 1] if start + 1 < len(data) else 0)
    if command == (GS, ord("V")):
        return start + 3 + (data[start + 2 : start + 3] in [bytes([n]) for n in CUT_AFTER_FEED])
    if command not in ARGUMENTS:
        return None
    end = start + 2 + ARGUMENTS[command]
    arguments = data[start + 2 : end]
    if len(arguments) < ARGUMENTS[command]:
        return None
    if command == RASTER:
        return end + (arguments[2] + 256 * arguments[3]) * (arguments[4] + 256 * arguments[5])
    if command == FUNCTION:
        return end + arguments[1] + 256 * arguments[2]
    return end
