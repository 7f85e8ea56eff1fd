"""Each kind of mistake of an office file has a sentence in the reader's language."""

import pytest

from config.uploaded_office import MistakeKind, OfficeFileError, OfficeMistake, read_office
from config.words import words
from server.web.shared.office_mistakes import NO_DETAIL, mistake_text

EXACT = "counter 'c1': unknown service 'HX'"


@pytest.mark.parametrize("kind", MistakeKind)
def test_a_vietnamese_page_has_the_parsers_message_in_brackets_only(kind: MistakeKind) -> None:
    mistake = OfficeMistake(3, EXACT, kind, "label")
    text = mistake_text(mistake, words("vi"))
    assert text.endswith("." if kind in NO_DETAIL else f" ({EXACT}).")
    assert text[0].isupper() and not text.startswith("(")
    assert kind in NO_DETAIL or mistake_text(mistake, words("en")) == EXACT


@pytest.mark.parametrize(
    ("contents", "kind", "setting"),
    [
        (b"id = ", MistakeKind.SYNTAX, ""),
        (b"\xff\xfe", MistakeKind.NOT_TEXT, ""),
        (b'id = "x"', MistakeKind.OTHER_ID, ""),
        (b'id = "thu"', MistakeKind.MISSING_SETTING, "name"),
        (b'nmae = "x"', MistakeKind.UNKNOWN_SETTING, "nmae"),
        (b'[hours]\nmon = ["7h"]', MistakeKind.WRONG_VALUE, "hours"),
        (b'procedures_file = "p.json"', MistakeKind.PROCEDURES_NOT_CHOSEN, ""),
    ],
)
def test_a_mistake_knows_its_kind(contents: bytes, kind: MistakeKind, setting: str) -> None:
    with pytest.raises(OfficeFileError) as refused:
        read_office(contents, None, "thu")
    assert (kind, setting) in {(mistake.kind, mistake.setting) for mistake in refused.value.mistakes}
