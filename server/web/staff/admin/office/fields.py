"""The fields of the office's forms as data.

Each is read from a form, shown in it, and written in words. A value is the JSON value of the part's row
(``server.domain.office_changes.parts``).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from config.words import Words
from server.domain.office import OfficeDefinition
from server.web.shared.formatting import DASH, Formatter
from server.web.shared.phrases import Phrase

Typed = Mapping[str, Sequence[str]]
"""The texts of a form: the name of an input -> its values."""
_MAX_DIGITS = 9
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")


class FieldMistake(Exception):
    """A text that is no value of its field. ``phrase``: the sentence for the person."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__()
        self.phrase = phrase


@dataclass(frozen=True, slots=True)
class FieldContext:
    """The office and the language in which fields are written. ``today``: the office's date."""

    office: OfficeDefinition
    formatter: Formatter
    today: str

    @property
    def words(self) -> Words:
        """The texts of the language."""
        return self.formatter.words

    def service_name(self, service: str) -> str:
        """Return the name of a service, its id where the office has none such."""
        known = self.office.services.get(service)
        return service if known is None else self.words.pick(known.name)


@dataclass(frozen=True, slots=True)
class OfficeField:
    """A field of a form. ``name``: that of the row's entry; ``help``: a sentence below the label."""

    name: str
    label: Phrase
    help: Phrase | None = None
    control: ClassVar[str] = "text"

    def typed(self, value: Any) -> Typed:
        """Return the inputs that show ``value``."""
        return {self.name: [] if value is None else [str(value)]}

    def read(self, typed: Typed, current: Any) -> Any:
        """Return the value of the inputs. ``current``: the present one. Raises :class:`FieldMistake`."""
        raise NotImplementedError

    def text(self, value: Any, _context: FieldContext) -> str:
        """Return the value in words."""
        return DASH if value in (None, "") else str(value)


@dataclass(frozen=True, slots=True)
class PlainTextField(OfficeField):
    """A text; ``optional``: None when it is empty. ``lines``: the height of the input."""

    optional: bool = False
    lines: int = 1
    hint: str = ""

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the text without blanks around it.

        A field of one line has no line breaks and control characters.
        """
        text = first_text(typed, self.name)
        if self.lines == 1:
            text = "".join(char for char in " ".join(text.split()) if char.isprintable())
        return None if self.optional and not text else text


@dataclass(frozen=True, slots=True)
class NamesField(OfficeField):
    """A text in Vietnamese and English; ``optional``: None when both are empty."""

    optional: bool = False
    lines: int = 1
    control: ClassVar[str] = "names"

    def typed(self, value: Any) -> Typed:
        """Return one input for each language."""
        return {f"{self.name}.{language}": [(value or {}).get(language, "")] for language in ("vi", "en")}

    def read(self, typed: Typed, current: Any) -> Any:
        """Return the texts; those of languages without an input stay."""
        names = {language: first_text(typed, f"{self.name}.{language}") for language in ("vi", "en")}
        others = {language: text for language, text in (current or {}).items() if language not in names}
        if self.optional and not any(names.values()):
            return None
        english = {"en": names["en"]} if names["en"] else {}
        return {"vi": names["vi"], **english, **others}

    def text(self, value: Any, _context: FieldContext) -> str:
        """Return the texts, Vietnamese first.

        A stored value has its languages in the order of the alphabet.
        """
        names = value or {}
        texts = [names[language] for language in sorted(names, key=lambda code: (code != "vi", code))]
        return " / ".join(filter(None, texts)) or DASH


@dataclass(frozen=True, slots=True)
class WholeNumberField(OfficeField):
    """A whole number with limits and a ``unit``.

    ``optional``: None when it is empty.
    """

    least: int = 0
    most: int = 9999
    unit: Phrase | None = None
    optional: bool = False
    control: ClassVar[str] = "number"

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the number; its limits are checked with the office."""
        text = first_text(typed, self.name)
        if self.optional and not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
            raise FieldMistake(
                lambda words: words(
                    "office", "Mời nhập một số nguyên từ {least} đến {most}.", least=self.least, most=self.most
                )
            )
        return int(text)

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the number with its unit."""
        if value is None:
            return DASH
        return str(value) if self.unit is None else f"{value} {self.unit(context.words)}"


@dataclass(frozen=True, slots=True)
class TickField(OfficeField):
    """Yes or no."""

    control: ClassVar[str] = "tick"

    def typed(self, value: Any) -> Typed:
        """Return the ticked input, or none."""
        return {self.name: ["1"] if value else []}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return whether the input is ticked."""
        return bool(typed.get(self.name))

    def text(self, value: Any, context: FieldContext) -> str:
        """Return yes or no."""
        return context.words("office", "có") if value else context.words("office", "không")


Options = Callable[[FieldContext], Sequence[tuple[str, str]]]
"""Returns the values of a choice with their names; an empty value stands for None."""


@dataclass(frozen=True, slots=True)
class ChoiceField(OfficeField):
    """One of several values."""

    options: Options = lambda _context: ()
    control: ClassVar[str] = "choice"

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the chosen value; the office is checked with it."""
        return first_text(typed, self.name) or None

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the name of the value."""
        names = dict(self.options(context))
        return names.get(value or "", str(value or DASH))


@dataclass(frozen=True, slots=True)
class MomentField(OfficeField):
    """A local date with a time of day, None when it is empty."""

    control: ClassVar[str] = "moment"

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the moment as the browser sends it."""
        return first_text(typed, self.name) or None

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the time and the date."""
        match = _MOMENT.fullmatch(str(value))
        try:
            return DASH if match is None else f"{match[2]} {context.formatter.date(match[1])}"
        except ValueError:
            return str(value)


def first_text(typed: Typed, name: str) -> str:
    """Return the first value of an input, without blanks around it.

    It is in NFC, and its lines end with a line feed.
    """
    values = typed.get(name) or [""]
    return unicodedata.normalize("NFC", values[0].replace("\r\n", "\n")).strip()
