"""Types of columns that SQLite stores in less space than their text (decision 0041).

A journal is kept for years, and most of a fact's size is hashes, ids and JSON with the same members each time. In
Python, in exports and in hashes the values are texts. Rows that an older release wrote as text stay valid.
"""

import re
import zlib
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

from server.store.errors import StoreError

_HASH = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_BYTES = 16

_WORDS = (
    '{"help":"h-","mark":null,"kind":"reprint","job":"j-","source":"waiting","source":"held","outcome":"returned"}'
    '{"announce":null,"reason":null,"state":"closed","until_at_ms":null}{"level":"very_satisfied","number":"A0'
    '{"number":"A0","outcome":"received"}{"number":"A0","proof":"process_id","state":"printed","station":"kiosk-1"}'
    '{"call":"k-1","shown_at_ms":17,"spoken":"yes","station":"tv-1"}'
    '{"class":"ordinary","half":"am","half":"pm","head_start_ms":1800000,"key":17,"number":"B1","office":"","prefix":"A",'
    '"procedure":null,"seq":1,"slip":true,"slip":false,"station":"kiosk-1"}'
    '{"auto":false,"chosen":false,"class":"priority","clerk":"","mono_ms":null,"number":"A1","why":{"class":"ordinary",'
    '"deferred":false,"guard":false,"head_start_ms":0,"issued_at_ms":17,"issued_ms":17,"key":17,"leg":1,'
    '"more_other_services":true,"more_other_services":false,"not_callable":[],"other_services":["A0","B0"],"passed":[],'
    '"pinned":false,"ready":false,"reason":null,"returned":false,"tie":false}}'
)
"""The dictionary of the compression: text that facts have in common. It must never change: stored facts need it."""
_VERSION = b"\x01"
"""The first byte of a packed text, which names the dictionary that it was packed with."""
_MIN_PACKED = 60
"""The length in characters from which a text is compressed; a shorter one would save little."""


class DamagedValue(StoreError):
    """A stored value is not one that this column writes."""


class Compact(TypeDecorator[str]):
    """A SHA-256 in hexadecimal digits or a UUID, stored as bytes.

    Any other text is stored unchanged.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value for the driver."""
        return value if value is None or dialect.name != "sqlite" else compacted(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Return the text of a stored value."""
        return _text_of(value) if type(value) is bytes else value


@lru_cache(maxsize=64)
def compacted(text: str) -> bytes | str:
    """Return the form in which a text is stored.

    The cache helps because rows of one boot or one request repeat their ids.
    """
    if _HASH.fullmatch(text):
        return bytes.fromhex(text)
    return bytes.fromhex(text.replace("-", "")) if _UUID.fullmatch(text) else text


def _text_of(stored: bytes) -> str:
    text = stored.hex()
    if len(stored) != _UUID_BYTES:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Packed(TypeDecorator[str]):
    """A JSON text, compressed from ``_MIN_PACKED`` characters on."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value for the driver."""
        if value is None or len(value) < _MIN_PACKED or dialect.name != "sqlite":
            return value
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS, memLevel=5, zdict=_WORDS.encode())
        return _VERSION + packer.compress(value.encode()) + packer.flush()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Return the text of a stored value. Raises :class:`DamagedValue`."""
        if value is None or type(value) is str:
            return value
        if type(value) is not bytes or not value.startswith(_VERSION):
            raise DamagedValue("a packed text has no known version")
        unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS.encode())
        try:
            text = (unpacker.decompress(value[1:]) + unpacker.flush()).decode()
        except (zlib.error, UnicodeDecodeError) as error:
            raise DamagedValue(f"a packed text cannot be read: {error}") from error
        if not unpacker.eof or unpacker.unused_data:
            raise DamagedValue("a packed text is cut short or followed by other bytes")
        return text
