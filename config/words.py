"""The words of every surface: one gettext catalogue, Vietnamese first.

The message ids are the Vietnamese texts themselves, under the surface as context ("kiosk", "ticket", "tv",
"clerk", …); they are the texts of ``config/words.json``. A missing translation falls back to Vietnamese.
"""

import gettext
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}


class Words:
    """The texts of one language. ``words("kiosk", "Còn {n} số", n=5)``."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, surface: str, text: str, /, **values: object) -> str:
        """The text in this language, NFC, with ``{name}`` filled in. ``surface`` is the gettext context."""
        found = self._catalogue.pgettext(surface, text)
        filled = found.format(**values) if values else found
        return unicodedata.normalize("NFC", filled)

    def pick(self, names: Mapping[str, str]) -> str:
        """Of a name in several languages the one to show: this language's, else Vietnamese."""
        return names.get(self.language) or names["vi"]


@cache
def words(language: str) -> Words:
    """The words of ``language`` ("vi", "en", …); an unknown language reads as Vietnamese."""
    if language == "vi":
        return Words("vi", gettext.NullTranslations())
    catalogue = gettext.translation("messages", LOCALE, [language], fallback=True)
    return Words(language if isinstance(catalogue, gettext.GNUTranslations) else "vi", catalogue)
