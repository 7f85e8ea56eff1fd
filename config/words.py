"""The texts of all screens, pages and slips, from one gettext catalogue.

The message ids are the Vietnamese texts themselves; the gettext context is the surface on which a text stands ("kiosk",
"ticket", "tv", "clerk", …). ``config/words.json`` has each Vietnamese text with its English translation; the command
``python -m tools.words`` makes the catalogue from that file. Without a translation, the Vietnamese text is used.
"""

import gettext
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

LOCALE = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}


class TextId(NamedTuple):
    """A text of the catalogue that is looked up later: ``words(*text_id)``. ``vietnamese`` is the message id."""

    surface: str
    vietnamese: str


class Words:
    """The texts of one language. ``words("kiosk", "Còn {n} số", n=5)``."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, surface: str, text: str, /, **values: object) -> str:
        """Return the text in this language, NFC, with ``{name}`` filled in. ``surface`` is the gettext context."""
        translated = self._catalogue.pgettext(surface, text)
        filled = translated.format(**values) if values else translated
        return unicodedata.normalize("NFC", filled)

    def pick(self, names: Mapping[str, str]) -> str:
        """Return the name in this language, else in Vietnamese."""
        return names.get(self.language) or names["vi"]


@cache
def words(language: str) -> Words:
    """Return the texts of ``language`` ("vi", "en", …); for an unknown language the Vietnamese ones."""
    if language == "vi":
        return Words("vi", gettext.NullTranslations())
    catalogue = gettext.translation("messages", LOCALE, [language], fallback=True)
    return Words(language if isinstance(catalogue, gettext.GNUTranslations) else "vi", catalogue)
