"""Why no program can listen at an address, in words."""

import socket

import pytest

from config.binding import why_not_bindable


def test_a_name_that_has_no_address_now_is_a_reason_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert why_not_bindable("hall.invalid", 8883) == "Name or service not known"
