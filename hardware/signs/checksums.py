"""Checksums of sign frames, as a table."""

from collections.abc import Callable, Mapping
from typing import Literal

Checksum = Literal["none", "sum8", "xor8", "lrc", "crc16"]


def sum8(data: bytes) -> int:
    """Return the lowest eight bits of the sum."""
    return sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """Return all bytes combined by exclusive or."""
    value = 0
    for byte in data:
        value ^= byte
    return value


def lrc(data: bytes) -> int:
    """Return the two's complement of the sum, as in Modbus ASCII.

    Added to the sum it gives 0.
    """
    return -sum(data) & 0xFF


def crc16(data: bytes) -> int:
    """Return CRC-16/MODBUS: polynomial A001 (reflected 8005), initial value FFFF."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


# Name -> function and length in bytes.
CHECKSUMS: Mapping[Checksum, tuple[Callable[[bytes], int], int]] = {
    "none": (lambda _data: 0, 0),
    "sum8": (sum8, 1),
    "xor8": (xor8, 1),
    "lrc": (lrc, 1),
    "crc16": (crc16, 2),
}
