"""Finding procedures by everyday words."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_bench import Kiosk

from config.office import load_office
from config.procedure_search.procedures import find_procedures
from config.procedure_search.services import find_services, merged_hits
from config.procedure_search.spelling import fold, without_telex
from hardware.screens.scene import targets
from kiosk.flow.state import ScreenName
from kiosk.screens.draw import draw
from support.kiosk_places import name_of
from tools.pictures import kiosk as demo
from tools.pictures.kiosk import OFFICE_FILE, catalogue
from tools.search_quality import cases, misses

CATALOGUE = catalogue()
ALL = CATALOGUE.procedures
PHRASES = Path(__file__).parent.parent / "data" / "everyday_phrases.tsv"
BIRTH, MARRIAGE, COPY, SIGNATURE, LOST_LAND, BUSINESS, PASSPORT = (
    "1.001193", "1.000894", "2.000815", "2.000884", "1.012786", "1.001612", "demo-ho-chieu",
)  # fmt: skip


def first(query: str, language: str = "vi") -> list[str]:
    """Codes of the first three hits: so many are on the kiosk's first page."""
    return [hit.procedure.code for hit in find_procedures(query, ALL, language)[:3]]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Đăng ký Kết hôn", "dang ky ket hon"), ("ẪỘỰ", "aou"), ("đĐ", "dd"), ("Ê Đê", "e de")],
)
def test_accents_case_and_d_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize("every", [16, pytest.param(1, marks=pytest.mark.long)])
def test_everyday_phrases_have_a_right_procedure_among_the_first_three(every: int) -> None:
    wanted = [case for case in cases(PHRASES) if case.expected]
    some = wanted[::every]
    missed = [case.phrase for case, _ in misses(some, ALL)]
    assert len(some) >= 600 / every
    assert len(missed) <= 0.05 * len(some), missed


@pytest.mark.parametrize(
    ("query", "code"),
    [("sao y", COPY), ("giấy khai sinh", BIRTH), ("công chứng", COPY), ("mất sổ đỏ", LOST_LAND), ("cưới", MARRIAGE),
     ("mở quán ăn", BUSINESS)],
)  # fmt: skip
def test_what_a_citizen_calls_it_comes_first_with_and_without_accents(query: str, code: str) -> None:
    assert first(query)[0] == code
    assert first(fold(query).upper())[0] == code


@pytest.mark.parametrize("query", ["khai sinh", "KHAI SINH", "Khai Sinh", "khai sin", " khai  sinh ", "sinh khai"])
def test_a_name_is_found_however_it_is_typed(query: str) -> None:
    assert BIRTH in first(query)


@pytest.mark.parametrize(
    ("query", "code"),
    [("khai sunh", BIRTH), ("kai sinh", BIRTH), ("khaii sinh", BIRTH), ("khia sinh", BIRTH), ("ket hom", MARRIAGE),
     ("sao u", COPY), ("mat so dp", LOST_LAND), ("kinh daonh", BUSINESS), ("chư ký", SIGNATURE)],
)  # fmt: skip
def test_one_wrong_letter_does_not_matter(query: str, code: str) -> None:
    assert code in first(query)


@pytest.mark.parametrize(
    ("query", "code"), [("khaisinh", BIRTH), ("khai xinh", BIRTH), ("mat sodo", LOST_LAND), ("giaays khai sinh", BIRTH)]
)
def test_words_written_together_by_sound_or_in_telex_are_understood(query: str, code: str) -> None:
    assert code in first(query)


@pytest.mark.parametrize(("typed", "plain"), [("giaays", "giay"), ("dduwowngf", "duong"), ("hoonj", "hon")])
def test_telex_letters_are_taken_out(typed: str, plain: str) -> None:
    assert without_telex(typed) == plain


@pytest.mark.parametrize("query", ["cuo", "ket h", "dang ky ket"])
def test_the_last_word_may_be_unfinished(query: str) -> None:
    assert MARRIAGE in first(query)


def test_a_space_ends_the_last_word() -> None:
    assert MARRIAGE in [hit.procedure.code for hit in find_procedures("ke", ALL, "vi")]
    assert MARRIAGE not in [hit.procedure.code for hit in find_procedures("ke ", ALL, "vi")]


def test_words_of_every_query_decide_nothing() -> None:
    assert first("xin làm giấy thủ tục đăng ký cưới") == first("cưới")


def test_the_mark_is_where_the_words_stand_in_the_shown_name() -> None:
    hit = next(hit for hit in find_procedures("khai sinh", ALL, "vi") if hit.procedure.code == BIRTH)
    assert hit.match_span is not None
    assert hit.procedure.name["vi"][slice(*hit.match_span)] == "khai sinh"


def test_a_code_and_an_english_name_are_found() -> None:
    assert first("1.001193")[0] == BIRTH
    assert BIRTH in first("birth", "en")
    assert COPY in first("notary", "en")


@pytest.mark.parametrize("query", ["đổi bằng lái xe", "doi bang lai xe"])
def test_a_word_that_sounds_like_another_one_does_not_stand_for_it_where_both_are_known(query: str) -> None:
    """*Bằng* and *bán* sound alike; *bán xe* is no answer about a driving licence."""
    assert find_procedures(query, ALL, "vi") == []


def test_hits_that_share_too_little_are_called_similar() -> None:
    assert all(hit.is_good_match for hit in find_procedures("cưới", ALL, "vi"))
    similar = find_procedures("học bổng", ALL, "vi")
    assert similar and not any(hit.is_good_match for hit in similar)


def test_a_procedure_of_elsewhere_is_found_where_none_of_this_office_matches_as_well() -> None:
    assert first("hộ chiếu")[0] == PASSPORT
    assert PASSPORT not in first("sao y hộ chiếu")
    here = next(procedure for procedure in ALL if procedure.code == PASSPORT).model_copy(
        update={"code": "here", "place": None, "service": "CT"}
    )
    assert [hit.procedure.code for hit in find_procedures("hộ chiếu", [*ALL, here], "vi")][:1] == ["here"]
    assert PASSPORT not in [hit.procedure.code for hit in find_procedures("hộ chiếu", [*ALL, here], "vi")]


@pytest.mark.parametrize("query", ["", "  ", *(case.phrase for case in cases(PHRASES) if not case.expected)])
def test_nothing_is_found_where_the_office_has_nothing(query: str) -> None:
    assert find_procedures(query, ALL, "vi") == []


def test_a_procedure_without_synonyms_is_found_by_its_name_and_a_changed_list_is_read_anew() -> None:
    bare = [procedure.model_copy(update={"synonyms": []}) for procedure in ALL]
    assert find_procedures("khai sinh", bare, "vi")[0].procedure.code == BIRTH
    assert COPY not in [hit.procedure.code for hit in find_procedures("sao y", bare, "vi")]
    assert first("sao y")[0] == COPY


def test_every_procedure_of_the_demonstration_has_everyday_words_and_the_catalogue_stays_small() -> None:
    assert all(len(procedure.synonyms) >= 10 for procedure in load_office(OFFICE_FILE).procedures)
    assert len(CATALOGUE.model_dump_json().encode()) < 100_000


def test_a_service_is_found_by_its_name_and_by_words_of_the_office() -> None:
    services = demo.catalogue().services
    assert [hit.service.id for hit in find_services("dat dai", services, "vi")] == ["DD"]
    assert [hit.service.id for hit in find_services("người già neo đơn", services, "vi")] == ["BT"]
    assert [hit.service.id for hit in find_services("giấy phép xây", services, "vi")] == ["XD"]
    assert find_services("khai sinh", services, "vi") == []
    assert find_services("khai sinh", [], "vi") == []


def test_procedures_keep_their_order_and_stand_before_a_service_that_matches_as_well() -> None:
    procedures = find_procedures("đăng ký", ALL, "vi")
    (service,) = find_services("dat dai", demo.catalogue().services, "vi")
    same, better = replace(service, score=procedures[0].score), replace(service, score=procedures[0].score + 0.1)
    assert merged_hits(procedures, [same])[0] is procedures[0]
    merged = merged_hits(procedures, [better, same])
    assert merged[0] is better
    assert [hit for hit in merged if hit not in (better, same)] == procedures


def test_a_service_in_the_results_leads_to_its_procedures_and_back_to_the_search(kiosk: Kiosk) -> None:
    kiosk.tap("lookup", *(f"key-{letter}" for letter in "datdai"), "service-DD")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.PROCEDURES, "DD")
    kiosk.tap("back")
    assert (kiosk.visit.screen, kiosk.visit.query) == (ScreenName.SEARCH, "datdai")
    offered = {name_of(target) for target in targets(draw(demo.view_of(kiosk.state, demo.PORTRAIT)))}
    assert "service-DD" in offered


def test_results_and_guidance_stay_out_of_the_search_because_they_have_buttons(kiosk: Kiosk) -> None:
    kiosk.tap("lookup", *(f"key-{letter}" for letter in "huongdan"))
    offered = {name_of(target) for target in targets(draw(demo.view_of(kiosk.state, demo.PORTRAIT)))}
    assert "service-HD" not in offered
