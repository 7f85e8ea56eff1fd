"""What stands on the paper, as data: the lines of each slip from top to bottom, and when each of them stands there.

The shipped layout is ``slips.toml`` beside this file; a hall may give its own (``[kiosk.printer] layout``). The texts
are not here: a line names what it says, and ``hardware.slip_layout`` says it in the visitor's language.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.devices import Section
from config.load import ConfigError, load
from config.office import Weekday
from hardware.letters import called, missing

SHIPPED = Path(__file__).parent / "slips.toml"

Slips = ("ticket", "papers", "test")
TEXTS = (
    "centre",
    "office",
    "title",
    "missed",
    "valid",
    "receipt",
    "hotline",
    "printed",
    "taken",
    "reprinted",
    "thanks",
    "papers_needed",
    "papers_title",
    "procedure_name",
    "no_slip",
    "emergency_note",
    "letters",
    "follow",
)
PAIRS = ("service", "procedure", "counters", "ahead", "wait")
MARKS = ("priority", "reprint", "staff", "test", "emergency", "demo", "practice")
CONDITIONS = (*MARKS, "papers", "link", "compact")

NEVER_WITHOUT: Mapping[str, Sequence[tuple[str, str]]] = {
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
"""What a hall may not leave out, on which slip: the number, what the slip is not, and what makes it worth nothing."""


def _known(name: str, known: Sequence[str], what: str) -> str:
    if name in known:
        return name
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    raise ValueError(f"no such {what}; did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}")


def _condition(name: str) -> str:
    bare = name.removeprefix("not ")
    _known(bare, CONDITIONS, "occasion")
    return name


Text = Annotated[str, AfterValidator(lambda name: _known(name, TEXTS, "text"))]
Pair = Annotated[str, AfterValidator(lambda name: _known(name, PAIRS, "pair"))]
Mark = Annotated[str, AfterValidator(lambda name: _known(name, MARKS, "mark"))]
Condition = Annotated[str, AfterValidator(_condition)]
KINDS = ("text", "own", "pair", "number", "mark", "bullets", "code", "rule")
STYLE: Mapping[str, frozenset[str]] = {
    "text": frozenset({"size", "bold", "align", "capitals"}),
    "own": frozenset({"size", "bold", "align", "capitals"}),
    "pair": frozenset({"size"}),
    "bullets": frozenset({"size"}),
}
"""What else a line of that kind can be told."""


class Line(Section):
    """One line of a slip: exactly one of ``text`` to ``rule``, how it looks, and when it stands there."""

    text: Text | None = Field(default=None, description="a sentence of the programs, by its name")
    own: dict[Literal["vi", "en"], Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None, description="the hall's own sentence: { vi = …, en = … }"
    )
    pair: Pair | None = Field(default=None, description="label left, value right")
    number: Literal[True] | None = Field(default=None, description="the number, as large as the paper allows")
    mark: tuple[Mark, ...] | None = Field(
        default=None, min_length=1, description="white on black: those of the list that hold, on one line"
    )
    bullets: Literal["papers"] | None = Field(default=None, description="the papers of the procedure")
    code: tuple[Text, ...] | None = Field(
        default=None, description="the code for the phone, with these sentences beside it"
    )
    rule: Literal["solid", "dashed"] | None = Field(default=None, description="a line across")
    size: int = Field(default=27, ge=23, le=60, description="height of the letters in dots of 80 mm paper")
    bold: bool = Field(default=False, description="heavier letters")
    align: Literal["left", "centre", "right"] = Field(default="left", description="where it stands")
    capitals: bool = Field(default=False, description="in capital letters")
    when: tuple[Condition, ...] = Field(
        default=(), description="stands there only when all of these hold; `not …` for the opposite"
    )
    days: tuple[Weekday, ...] = Field(default=(), description="stands there only on these days of the week")

    @property
    def kind(self) -> str:
        """Which of ``KINDS`` it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "nothing"
            raise ValueError(f"a line is exactly one of {', '.join(KINDS)}, this one is {named}")
        if self.own is not None and "vi" not in self.own:
            raise ValueError("an own sentence needs Vietnamese: own = { vi = …, en = … }")
        style = {"size", "bold", "align", "capitals"} & self.model_fields_set
        useless = sorted(style - STYLE.get(given[0], frozenset()))
        if useless:
            raise ValueError(f"a {given[0]} has no {', '.join(useless)}")
        return self


Lines = Annotated[tuple[Line, ...], Field(max_length=60)]


class SlipLayout(Section):
    """The slips; what a hall's own file leaves out is as shipped."""

    ticket: Lines | None = Field(default=None, description="a visitor's number")
    papers: Lines | None = Field(default=None, description="the list of papers alone")
    test: Lines | None = Field(default=None, description="a test slip, without a number")


@cache
def shipped() -> SlipLayout:
    """The layout that comes with the programs; every slip is in it."""
    return load(SHIPPED, SlipLayout)


def load_layout(path: Path | None) -> SlipLayout:
    """The hall's layout, every slip filled in; None is the shipped one. Raises ``ConfigError`` with all mistakes."""
    if path is None:
        return shipped()
    mistakes: list[str] = []
    own = SlipLayout()
    try:
        own = load(path, SlipLayout)
    except ConfigError as error:
        mistakes += error.mistakes
    mistakes += [*_left_out(path), *_boxes(path, own)]
    if mistakes:
        raise ConfigError(mistakes)
    return shipped().model_copy(update={name: lines for name in Slips if (lines := getattr(own, name)) is not None})


def _left_out(path: Path) -> Iterator[str]:
    """What the file leaves out that no slip may lack, even where other mistakes keep it from being read."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return  # told already
    for slip, needed in NEVER_WITHOUT.items():
        if not isinstance(lines := raw.get(slip), list):
            continue
        held = [line for line in lines if isinstance(line, dict)]
        for kind, name in needed:
            always = [
                line for line in held if _says(line, kind, name) and not line.get("when") and not line.get("days")
            ]
            if not always:
                what = "the number" if kind == "number" else f"the {kind} {name!r}"
                yield f"{path}: [{slip}]: {what} must always stand there; add {_as_line(kind, name)}"


def _boxes(path: Path, own: SlipLayout) -> Iterator[str]:
    """Each sign of the hall's own sentences that would be printed as an empty box."""
    for slip in Slips:
        for place, line in enumerate(getattr(own, slip) or ()):
            for language, text in (line.own or {}).items():
                for sign in missing(text.upper() if line.capitals else text):
                    yield (
                        f"{path}: [{slip}[{place}]]: own.{language}: no font holds {called(sign)}; write it in letters"
                    )


def _says(line: Mapping[str, Any], kind: str, name: str) -> bool:
    said = line.get(kind)
    if kind == "number":
        return said is True
    return name in said if isinstance(said, list) else said == name


def _as_line(kind: str, name: str) -> str:
    value = {"number": "true", "mark": f'["{name}"]'}.get(kind, f'"{name}"')
    return f"{{ {kind} = {value} }}"
