"""Finding procedures by a few letters."""

import unicodedata

import pytest

from kiosk.search import find, fold
from tools.pictures.kiosk import catalogue

ALL = catalogue().procedures


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Đăng ký Kết hôn", "dang ky ket hon"), ("ẪỘỰ", "aou"), ("đĐ", "dd"), ("Ê Đê", "e de")],
)
def test_accents_case_and_d_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize("query", ["khai sinh", "KHAI SINH", "Khai Sinh", "khai sin", " khai  sinh "])
def test_a_name_is_found_however_it_is_typed(query: str) -> None:
    assert "1.001193" in [hit.procedure.code for hit in find(query, ALL, "vi")]


def test_the_mark_is_where_the_words_stand_in_the_shown_name() -> None:
    hit = next(hit for hit in find("khai sinh", ALL, "vi") if hit.procedure.code == "1.001193")
    assert hit.mark is not None
    name = hit.procedure.name["vi"]
    assert name[slice(*hit.mark)] == "khai sinh"


def test_words_in_any_order_are_found_and_phrases_come_first() -> None:
    hits = find("sinh khai", ALL, "vi")
    assert "1.001193" in [hit.procedure.code for hit in hits]
    first = find("khai sinh", ALL, "vi")
    marked = [hit.mark is not None for hit in first]
    assert marked == sorted(marked, reverse=True)


def test_a_code_and_an_english_name_are_found() -> None:
    assert [hit.procedure.code for hit in find("1.001193", ALL, "vi")] == ["1.001193"]
    assert "1.001193" in [hit.procedure.code for hit in find("birth", ALL, "en")]


@pytest.mark.parametrize("query", ["", "  ", "xyzw"])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert find(query, ALL, "vi") == []


def test_letters_inside_a_word_do_not_match() -> None:
    assert all("inh" not in fold(hit.procedure.name["vi"]).split() for hit in find("inh", ALL, "vi"))
    assert find("hai sinh", ALL, "vi") == []
