"""A voice pack's manifest: its clips, and their order in a language.

A pack is a folder with ``manifest.json`` and one sound file per clip. Language is data here, so that a hall
can record any language without a change to the code.
"""

from typing import Literal

from server.wire.messages import Read

GAP = "~"  # before the name of a pause in a template: "~phrase"
NUMBER, COUNTER = "{number}", "{counter}"  # places for the ticket's and the counter's number in a template


class Clip(Read):
    """One sound file. ``text``: its words, for a caption."""

    file: str
    text: str


class VoicePack(Read):
    """``manifest.json``.

    ``templates``: kind of announcement -> names of clips, pauses ("~phrase"), ``{number}`` and ``{counter}``.
    ``counting``: how a counter's number is read: in Vietnamese, in English, or digit by digit. A clip for the whole
    number (``n12``) takes precedence. ``gaps_ms``: the pauses by name; ``digit`` and ``word`` stand between the parts
    of a ticket's and of a counter's number. ``reader``: whose voice it is.
    """

    v: Literal[1] = 1
    language: str
    reader: str
    licence: str
    counting: Literal["vi", "en", "digits"]
    gaps_ms: dict[str, int]
    templates: dict[str, list[str]]
    clips: dict[str, Clip]
