"""A voice pack's manifest: which clips there are and in which order a language puts them.

A pack is a folder with ``manifest.json`` and one sound file per clip. Language is data here, so that a hall
can record any language without a change to the code.
"""

from typing import Literal

from server.wire.messages import Read

GAP = "~"  # before the name of a pause in a template: "~phrase"
NUMBER, COUNTER = "{number}", "{counter}"


class Clip(Read):
    """One sound file. ``text`` is what a caption shows for it."""

    file: str
    text: str


class VoicePack(Read):
    """``manifest.json``.

    ``templates``: kind of announcement -> names of clips, pauses ("~phrase"), ``{number}`` and ``{counter}``.
    ``counting``: how a counter's number is read from the clips: in Vietnamese, in English, or digit by digit;
    a clip ``n12`` is always taken before a number is put together. ``gaps_ms`` names the pauses; ``digit`` and
    ``word`` stand between the parts of a ticket's and of a counter's number.
    """

    v: Literal[1] = 1
    language: str
    reader: str
    licence: str
    counting: Literal["vi", "en", "digits"]
    gaps_ms: dict[str, int]
    templates: dict[str, list[str]]
    clips: dict[str, Clip]
