"""The layout of slips as data: each slip's lines, and the condition of each line.

The shipped layout is ``slips.toml`` beside this file; a hall may give its own (``[kiosk.printer] layout``). A line
holds only the name of its text; ``hardware.slips.compose`` looks the text up in the visitor's language.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.devices import Section
from config.letters import describe_character, missing_characters
from config.load import ConfigError, load
from config.office_values import Weekday

SHIPPED_FILE = Path(__file__).parent / "slips.toml"

SLIP_KINDS = ("ticket", "papers", "test")
"""The slips that have a layout: a visitor's number, a procedure's list of papers, a test slip."""
TEXT_NAMES = (
    "centre",  # the words "Trung tâm Phục vụ hành chính công", the same on each slip
    "office",  # the name of this office
    "title",
    "missed",  # what to do after a missed call
    "valid",  # until when the number is valid
    "receipt",  # that this slip is no receipt for papers
    "hotline",
    "address",
    "printed",  # when the slip was printed
    "taken",  # when the number was taken
    "reprinted",  # when it was printed again
    "thanks",
    "papers_needed",
    "papers_title",
    "procedure_name",
    "no_slip",  # that this paper is no queue slip
    "emergency_note",  # that the number is called all the same
    "letters",  # of a test slip: letters that show whether the printer has them all
    "follow",  # how to follow the turn on the phone
)
"""Names of the sentences that a line may show; ``hardware.slips.compose.TEXTS`` has each sentence."""
PAIR_NAMES = ("service", "procedure", "counters", "ahead", "wait")
"""Names of the lines with a label on the left and a value on the right."""
MARK_NAMES = ("priority", "reprint", "staff", "test", "emergency", "demo", "practice")
"""Names of the marks in white on black. ``staff``: taken by staff; ``emergency``: issued without the server."""
CONDITIONS = (*MARK_NAMES, "papers", "link", "compact")
"""Conditions of a line: a mark that holds; ``papers``: the list of papers is printed; ``link``: the slip has a code for
the visitor's phone; ``compact``: a short slip."""

REQUIRED_LINES: Mapping[str, Sequence[tuple[str, str]]] = {
    "ticket": (
        ("number", "true"),
        ("text", "receipt"),
        ("mark", "reprint"),
        ("mark", "test"),
        ("mark", "practice"),
        ("mark", "demo"),
        ("mark", "emergency"),
    ),
    "papers": (("text", "no_slip"),),
    "test": (("mark", "test"),),
}
"""The lines that an office's own layout must keep, by slip: (kind of line, its name in the file).

They are the number, notes on the slip's use, and marks that say that a slip is void or special.
"""


def _check_name(name: str, allowed: Sequence[str], category: str) -> str:
    if name in allowed:
        return name
    close = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
    raise ValueError(
        f"no such {category}; did you mean {close[0]!r}?" if close else f"known here: {', '.join(allowed)}"
    )


def _check_condition(condition: str) -> str:
    _check_name(condition.removeprefix("not "), CONDITIONS, "condition")
    return condition


TextName = Annotated[str, AfterValidator(lambda name: _check_name(name, TEXT_NAMES, "text"))]
PairName = Annotated[str, AfterValidator(lambda name: _check_name(name, PAIR_NAMES, "pair"))]
MarkName = Annotated[str, AfterValidator(lambda name: _check_name(name, MARK_NAMES, "mark"))]
ConditionName = Annotated[str, AfterValidator(_check_condition)]
"""Names in a hall's own layout, checked with a suggestion."""
LINE_KINDS = ("text", "own", "pair", "number", "mark", "bullets", "code", "logo", "rule")
STYLE_SETTINGS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"size", "bold", "align", "capitals"}),
    "own": frozenset({"size", "bold", "align", "capitals"}),
    "pair": frozenset({"size"}),
    "bullets": frozenset({"size"}),
}
"""The style settings that a line of each kind may have."""


class LayoutLine(Section):
    """One line of a slip: exactly one of ``text`` to ``rule``, with style and conditions."""

    text: TextName | None = Field(default=None, description="a sentence of the programs, by its name")
    own: dict[Literal["vi", "en"], Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None, description="the hall's own sentence: { vi = …, en = … }"
    )
    pair: PairName | None = Field(default=None, description="label left, value right")
    number: Literal[True] | None = Field(default=None, description="the number, as large as the paper allows")
    mark: tuple[MarkName, ...] | None = Field(
        default=None, min_length=1, description="white on black: those of the list that hold, on one line"
    )
    bullets: Literal["papers"] | None = Field(default=None, description="the papers of the procedure")
    code: tuple[TextName, ...] | None = Field(
        default=None, description="the code for the phone, with these sentences beside it"
    )
    logo: Literal[True] | None = Field(default=None, description="the office's logo, where it has one")
    rule: Literal["solid", "dashed"] | None = Field(default=None, description="a line across")
    size: int = Field(default=27, ge=23, le=60, description="height of the letters in dots of 80 mm paper")
    bold: bool = Field(default=False, description="heavier letters")
    align: Literal["left", "centre", "right"] = Field(
        default="left", description="where on the line the text is printed"
    )
    capitals: bool = Field(default=False, description="in capital letters")
    when: tuple[ConditionName, ...] = Field(
        default=(), description="printed only when all of these hold; `not …` for the opposite"
    )
    days: tuple[Weekday, ...] = Field(default=(), description="printed only on these days of the week")

    @property
    def kind(self) -> str:
        """Return which of ``LINE_KINDS`` the line is."""
        return next(kind for kind in LINE_KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = [kind for kind in LINE_KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            named = " and ".join(kinds) or "nothing"
            raise ValueError(f"a line is exactly one of {', '.join(LINE_KINDS)}, this one is {named}")
        if self.own is not None and "vi" not in self.own:
            raise ValueError("an own sentence needs Vietnamese: own = { vi = …, en = … }")
        style = {"size", "bold", "align", "capitals"} & self.model_fields_set
        unusable = sorted(style - STYLE_SETTINGS.get(kinds[0], frozenset()))
        if unusable:
            raise ValueError(f"a {kinds[0]} has no {', '.join(unusable)}")
        return self


Lines = Annotated[tuple[LayoutLine, ...], Field(max_length=60)]


class SlipLayout(Section):
    """The slips; a slip that a hall's own file leaves out is as shipped."""

    ticket: Lines | None = Field(default=None, description="a visitor's number")
    papers: Lines | None = Field(default=None, description="the list of papers alone")
    test: Lines | None = Field(default=None, description="a test slip, without a number")


@cache
def shipped_layout() -> SlipLayout:
    """Return the layout that comes with the programs; it has every slip."""
    return load(SHIPPED_FILE, SlipLayout)


def load_layout(path: Path | None) -> SlipLayout:
    """Return the hall's layout, completed from the shipped one. Raises ``ConfigError`` with all mistakes.

    ``path`` None: the shipped layout.
    """
    if path is None:
        return shipped_layout()
    mistakes: list[str] = []
    own_layout = SlipLayout()
    try:
        own_layout = load(path, SlipLayout)
    except ConfigError as error:
        mistakes += error.mistakes
    mistakes += [*_missing_lines(path), *_undrawable(path, own_layout)]
    if mistakes:
        raise ConfigError(mistakes)
    own_slips = {name: lines for name in SLIP_KINDS if (lines := getattr(own_layout, name)) is not None}
    return shipped_layout().model_copy(update=own_slips)


def _missing_lines(path: Path) -> Iterator[str]:
    """Yield a mistake for each missing required line, also in a file with other mistakes."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return  # reported already
    for slip, required in REQUIRED_LINES.items():
        if not isinstance(lines := raw.get(slip), list):
            continue
        unconditional = [
            line for line in lines if isinstance(line, dict) and not line.get("when") and not line.get("days")
        ]
        for kind, name in required:
            if not any(_shows(line, kind, name) for line in unconditional):
                item = "the number" if kind == "number" else f"the {kind} {name!r}"
                yield f"{path}: [{slip}]: {item} must always be on the slip; add {_as_line(kind, name)}"


def _undrawable(path: Path, own_layout: SlipLayout) -> Iterator[str]:
    """Yield a mistake for each character of the hall's own sentences that the fonts lack."""
    for slip in SLIP_KINDS:
        for index, line in enumerate(getattr(own_layout, slip) or ()):
            for language, text in (line.own or {}).items():
                for char in missing_characters(text.upper() if line.capitals else text):
                    where = f"{path}: [{slip}[{index}]]: own.{language}"
                    yield f"{where}: no font holds {describe_character(char)}; write it in letters"


def _shows(line: Mapping[str, Any], kind: str, name: str) -> bool:
    """Return whether a line of the file, of this kind, shows ``name``."""
    value = line.get(kind)
    if kind == "number":
        return value is True
    return name in value if isinstance(value, list) else value == name


def _as_line(kind: str, name: str) -> str:
    """Return a line as it is written in the file, such as ``{ text = "receipt" }``."""
    value = {"number": "true", "mark": f'["{name}"]'}.get(kind, f'"{name}"')
    return f"{{ {kind} = {value} }}"
