"""The display in a browser: its callers, its content and its reports."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from account_web import HOST, AccountWeb
from flask.testing import FlaskClient

from config.words import words
from server.access.device import DeviceDetails, NewDevice
from server.display_content.browser import BrowserDisplay
from server.display_content.speech.packs import SHIPPED, find_packs
from server.domain.permissions import Role
from server.network.hall_network import HallNetwork
from server.web.shared.display_callers import BOX_DISPLAY
from server.web.staff.hall_display.content import content_of
from server.wire.messages import DeviceKind, to_time
from support.board_pictures import START_MS, board, call, counter, office

ELSEWHERE, NEAR, NAME = "192.168.1.30", "127.0.0.1", "luot.local"
STATIC = Path(__file__).parents[2] / "server/web/static/display"


class NamedNetwork:
    """A network on which the box has one name."""

    def covers(self, name: str) -> bool:
        return name == NAME

    def has_strict_transport(self, name: str) -> bool:
        return False


@pytest.fixture
def web(tmp_path: Path) -> Iterator[AccountWeb]:
    web = AccountWeb(tmp_path)
    web.app.extensions["luot"] = replace(web.app.extensions["luot"], network=cast(HallNetwork, NamedNetwork()))
    yield web
    web.close()


def host(address: str) -> str:
    return HOST if address == NEAR else f"http://{NAME}"


def get(client: FlaskClient, path: str = "", *, address: str = NEAR, **headers: str) -> Any:
    return client.get(
        f"/display{path}", base_url=host(address), environ_overrides={"REMOTE_ADDR": address}, headers=headers
    )


def report(client: FlaskClient, call_id: str, spoken: str = "", *, address: str = NEAR, **headers: str) -> int:
    fields = {"shown_at": to_time(START_MS), "spoken": spoken}
    sent = {"Accept": "application/json"} | headers
    environ = {"REMOTE_ADDR": address}
    url, base = f"/display/calls/{call_id}", host(address)
    return client.post(url, data=fields, base_url=base, environ_overrides=environ, headers=sent).status_code


def enrolled(web: AccountWeb) -> FlaskClient:
    """Return a browser that was enrolled as a device."""
    device = NewDevice("tv-web", DeviceKind.BROWSER, DeviceDetails("TV sảnh", "Sảnh", ()), "secret", None, ELSEWHERE)
    web.bench.access.devices.enrol("quan-tri", device)
    client = web.app.test_client()
    client.set_cookie("luot_device", "secret", domain=NAME)
    return client


def reports(web: AccountWeb) -> list[tuple[str, str | None]]:
    with web.hall.read() as snapshot:
        rows = snapshot.connection.exec_driver_sql(
            "SELECT station, spoken FROM seen ORDER BY shown_at_ms, station"
        ).all()
    return [(row.station, row.spoken) for row in rows]


def called(web: AccountWeb) -> str:
    """Call a number at counter 1, and return the id of the call."""
    web.hall.open("c1")
    web.hall.issue("HT")
    web.hall.next("c1")
    content = get(web.app.test_client(), "/content").get_json()
    call_id: str = next(row["id"] for row in content["calls"] if row["kind"] == "call")
    return call_id


def test_the_boxs_own_browser_opens_the_display_without_a_sign_in_and_reports(web: AccountWeb) -> None:
    client, call_id = web.app.test_client(), called(web)
    assert get(client).status_code == 200
    assert "data-reports" in get(client).get_data(as_text=True)
    assert report(client, call_id) == report(client, call_id, "no_audio") == 204
    assert reports(web)[-1] == (BOX_DISPLAY, "no_audio")
    assert report(client, "k-none") == 404
    assert report(client, call_id, "loud") == 400


def test_a_machine_of_the_network_needs_an_enrolled_browser(web: AccountWeb) -> None:
    call_id, stranger = called(web), web.app.test_client()
    assert get(stranger, address=ELSEWHERE).status_code in (302, 401), "the sign-in"
    assert get(stranger, "/content", address=ELSEWHERE).status_code in (302, 401)
    assert get(stranger, "/voice/vi/chime", address=ELSEWHERE).status_code in (302, 401)
    assert report(stranger, call_id, address=ELSEWHERE) == 401
    behind_a_proxy = {"X-Forwarded-For": ELSEWHERE}
    assert get(stranger, **behind_a_proxy).status_code in (302, 401), "a proxy on the box"
    assert report(stranger, call_id, **behind_a_proxy) == 401
    browser = enrolled(web)
    assert get(browser, address=ELSEWHERE).status_code == 200
    assert report(browser, call_id, "yes", address=ELSEWHERE) == 204
    assert reports(web) == [("tv-web", "yes")]
    web.bench.access.devices.remove("quan-tri", "tv-web")
    assert get(browser, address=ELSEWHERE).status_code in (302, 401)


@pytest.mark.parametrize("role", [Role.CLERK, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_person_elsewhere_looks_and_reports_nothing(web: AccountWeb, role: Role) -> None:
    call_id, browser = called(web), web.app.test_client()
    token = web.bench.access.sessions.open(web.bench.person("Người Thử", role), "password", "web-1", ELSEWHERE)
    browser.set_cookie("luot_session", token, domain=NAME)
    browser.set_cookie("luot_device", "secret", domain=NAME)
    page = get(browser, address=ELSEWHERE)
    assert (page.status_code, "data-reports" in page.get_data(as_text=True)) == (200, False)
    assert report(browser, call_id, "yes", address=ELSEWHERE) == 403
    assert reports(web) == []


def test_a_person_at_an_enrolled_pc_looks_and_reports_nothing(web: AccountWeb) -> None:
    call_id, browser = called(web), enrolled(web)
    token = web.bench.access.sessions.open(web.bench.person("Người Thử", Role.CLERK), "pin", "web-1", ELSEWHERE)
    browser.set_cookie("luot_session", token, domain=NAME)
    assert get(browser, address=ELSEWHERE).status_code == 200
    assert report(browser, call_id, "yes", address=ELSEWHERE) == 403


def test_a_page_of_another_site_reports_nothing(web: AccountWeb) -> None:
    client, call_id = web.app.test_client(), called(web)
    assert report(client, call_id, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert report(client, call_id, Origin="http://evil.test") == 403
    assert reports(web) == []


def test_the_content_is_sent_again_only_when_it_has_changed(web: AccountWeb) -> None:
    client = web.app.test_client()
    first = get(client, "/content")
    tag = first.headers["ETag"]
    again = get(client, "/content", **{"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert int(again.headers["Luot-Now"]) == web.hall.clock.now().wall_ms, "the clock goes on"
    called(web)
    changed = get(client, "/content", **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert [row["number"] for row in changed.get_json()["rows"]] == ["A001"]


def test_without_scripts_the_page_shows_numbers_and_loads_itself_again(web: AccountWeb) -> None:
    called(web)
    text = get(web.app.test_client()).get_data(as_text=True)
    fallback = text[text.rindex("<noscript>") : text.rindex("</noscript>")]
    assert "<td>A001</td><td>1</td>" in fallback
    assert '<noscript><meta http-equiv="refresh"' in text


def test_the_language_is_the_halls_and_that_of_the_address(web: AccountWeb) -> None:
    client = web.app.test_client()
    assert "MỜI SỐ" in get(client, **{"Accept-Language": "en"}).get_data(as_text=True), "whatever the TV speaks"
    assert get(client, "/content?lang=en").get_json()["voice"]["language"] == "en"


def test_clips_come_from_the_pack_only(web: AccountWeb) -> None:
    client = web.app.test_client()
    clip = get(client, "/voice/vi/chime")
    assert (clip.status_code, clip.mimetype) == (200, "audio/ogg")
    assert clip.get_data() == (SHIPPED / "vi" / "chime.ogg").read_bytes()
    clip.close()
    for path in ("/voice/vi/none", "/voice/xx/chime", "/voice/vi/manifest", "/voice/vi/..%2f..%2fapp"):
        assert get(client, path).status_code == 404, path


def test_a_pack_of_the_hall_replaces_that_of_its_language(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    manifest = (SHIPPED / "vi" / "manifest.json").read_text(encoding="utf-8")
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    (tmp_path / "chime.ogg").write_bytes(b"a clip")
    packs = find_packs(["vi", "en"], tmp_path)
    assert (packs["vi"].folder, list(packs["vi"].pack.clips)) == (tmp_path, ["chime"])
    assert packs["en"].folder == SHIPPED / "en"
    assert "clip call is left out" in caplog.text
    assert find_packs(["vi"], tmp_path / "gone")["vi"].folder == SHIPPED / "vi"


def test_a_language_without_a_voice_has_no_clips() -> None:
    content: Any = content_of(
        board(1, [call(1, "A015", "c2")]),
        office(),
        BrowserDisplay(packs={}),
        words("vi"),
        START_MS,
        lines_per_page=7,
    )
    assert (content["voice"], content["calls"][0]["parts"]) == (None, [])


def test_the_content_has_the_texts_of_the_tv() -> None:
    shown = board(1, [call(1, "A015", "c2", priority=True)], [counter("c2", "A015"), counter("c4", of="paused")])
    display = BrowserDisplay(mute_from="08:00", mute_to="09:00")
    content: Any = content_of(shown, office(), display, words("vi"), START_MS, lines_per_page=4)
    assert content["rows"] == [{"number": "A015", "counter": "2", "priority": False, "calling": True}]
    assert content["calls"][0]["priority"]
    assert content["calls"][0]["service"] == "Lĩnh vực: Hộ tịch"
    assert content["calls"][0]["caption"].startswith("Kính mời công dân có số thứ tự A không một năm")
    assert "Quầy 4 tạm dừng phục vụ" in [message["text"] for message in content["messages"]]
    assert (content["is_quiet"], content["clock"]["offset_min"]) == (True, 420)
    assert [len(page) for page in content["waiting"]] == [3, 3, 1]
    assert content["page_texts"][0] == "Trang 1/3"


OF_SCRIPTS = (r"\?\.", r"\?\?", r"\{ *\.\.\.", r"\.flat\(", r"\.flatMap\(", "fromEntries", r"\bimport\b", r"catch \{")
MORE_OF_SCRIPTS = (r"\.finally\(", "replaceChildren", "AbortController", r"\*\*", r"\.at\(", "replaceAll")
OF_STYLES = (
    r"[^-]\bgap:",
    r"\binset:",
    r"\bclamp\(",
    r"\bmin\(",
    r"\bmax\(",
    "aspect-ratio",
    ":focus-visible",
    r":is\(",
)
MORE_OF_STYLES = (r":has\(", "text-wrap", "@layer", "place-items")
LATER = {".js": (*OF_SCRIPTS, *MORE_OF_SCRIPTS), ".css": (*OF_STYLES, *MORE_OF_STYLES)}
"""What browsers of 2017 do not know, by the kind of file."""


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.*")), ids=lambda path: path.name)
def test_scripts_and_styles_are_for_browsers_of_2017(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [word for word in LATER[path.suffix] if re.search(word, text)] == []
