"""Checksums of makers' frames: data, so that another one is another row."""

from collections.abc import Callable, Mapping
from typing import Literal

Checksum = Literal["none", "sum8", "xor8", "lrc", "crc16"]


def sum8(data: bytes) -> int:
    """The lowest eight bits of the sum."""
    return sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """All bytes, exclusive or."""
    value = 0
    for byte in data:
        value ^= byte
    return value


def lrc(data: bytes) -> int:
    """The two's complement of the sum, as Modbus ASCII has it: the sum with it is nought."""
    return -sum(data) & 0xFF


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial A001 (reflected 8005), from FFFF."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


# Name -> how it is counted, and how many bytes it has.
CHECKSUMS: Mapping[Checksum, tuple[Callable[[bytes], int], int]] = {
    "none": (lambda _data: 0, 0),
    "sum8": (sum8, 1),
    "xor8": (xor8, 1),
    "lrc": (lrc, 1),
    "crc16": (crc16, 2),
}
