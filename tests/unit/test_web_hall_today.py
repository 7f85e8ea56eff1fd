"""The public page of today: present calls stand apart from earlier ones."""

import pytest

from config.words import words
from server.web.visitors.texts import hall_page_values
from support.board_pictures import board, call, counter, office

A15, B22, C8 = call(1, "A015", "c2"), call(2, "B022", "c3"), call(3, "C008", "c5")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_number_that_is_over_is_not_among_those_at_the_counters(language: str) -> None:
    there = [counter("c2", "A015", "serving"), counter("c3", "B022"), counter("c5")]
    shown = hall_page_values(office(), board(3, [A15, B22, C8], there), words(language))
    assert [(call["number"], call["label"], call["is_called"]) for call in shown["calls"]] == [
        ("B022", "3", True),
        ("A015", "2", False),
    ]
    assert shown["past_calls"] == [{"number": "C008", "label": "5"}]


def test_a_number_whose_owner_did_not_come_is_named_nowhere() -> None:
    shown = hall_page_values(office(), board(1, [A15], [counter("c2")], missed=["A015"]), words("vi"))
    assert (shown["calls"], shown["past_calls"]) == ([], [])


def test_a_stopped_service_says_until_when_and_why() -> None:
    stop = {"state": "closed", "stopped": True, "reason": "mất điện", "until": "2026-11-23T03:00:00.000Z"}
    picture = office()
    stopped = picture.model_copy(update={"services": [service.model_copy(update=stop) for service in picture.services]})
    shown = hall_page_values(stopped, board(1), words("vi"))
    assert {row["note"] for row in shown["service_rows"]} == {"Ngừng cấp số đến 10:00: mất điện"}
