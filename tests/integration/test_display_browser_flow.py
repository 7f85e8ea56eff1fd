"""The display in a browser decides as the TV which call is shown and spoken."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from config.clock import Now
from config.words import words
from display.effects.sound import RATE_HZ, SAMPLE_BYTES, join_clips
from display.flow.announcer import Announcer, AnnouncerSettings, SaveSpokenIds, Speak, StopSpeaking
from display.flow.effects import AcknowledgeCall, Effect
from display.flow.events import Event, Played, SpeedChanged
from display.flow.state import DisplayState
from display.flow.step import step
from server.display_content.browser import BrowserDisplay
from server.web.staff.hall_display.content import content_of
from server.wire.messages import Board, Call, Counter
from server.wire.station.events import PictureReceived, PicturesFetched, Tick
from server.wire.voice import VoicePack
from support.board_pictures import START_MS, board, call, counter, office

SCRIPTS = Path(__file__).parents[2] / "server/web/static/display"
DISPLAY = BrowserDisplay()
PACK: VoicePack = DISPLAY.packs["vi"].pack
HISTORIES, EVENTS = 60, 40
RUN = """([spokenIds, hasVoice, events]) => {
  const flow = window.luotDisplay.flow, state = flow.newState(spokenIds, hasVoice);
  return events.map(([name, values, now]) => {
    const effects = flow[name].apply(null, [state].concat(values, [now])).filter((effect) => effect.kind !== "outcome");
    return effects.map((effect) => effect.kind === "speak"
        ? ["speak", effect.call.id, effect.reading, effect.call.parts]
      : effect.kind === "acknowledge" ? ["acknowledge", effect.call, effect.shownAtMs, effect.spoken]
      : effect.kind === "save" ? ["save", effect.ids] : ["stop"])
      .concat([["panel", state.panel.map((call) => call.id)]]);
  });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    for script in ("flow", "speech"):
        page.add_script_tag(content=(SCRIPTS / f"{script}.js").read_text(encoding="utf-8"))
    yield page
    context.close()


class History:
    """A TV and the events that a browser gets too. ``events``: for the browser; ``effects``: of the TV."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.spoken_ids = self.chance.choice([None, (), ("k-1",)])
        self.has_voice = self.chance.random() < 0.9
        is_quiet = self.chance.random() < 0.1
        self.quiet = ("00:00", "23:59") if is_quiet else ("", "")
        announcer = Announcer(AnnouncerSettings(None, 2, *self.quiet), self.spoken_ids)
        self.now = Now(START_MS, 0, 100.0)
        self.state = DisplayState("tv-1", announcer, 100.0, has_voice=self.has_voice)
        self.events: list[list[Any]] = []
        self.effects: list[list[Any]] = []
        self.calls: list[Call] = []
        self.counters: dict[str, Counter] = {}
        self.rev = 0

    def run(self) -> None:
        self.show()
        self.switch(can_speak=True)
        for _ in range(EVENTS):
            passed_s = self.chance.choice([0.0, 0.5, 1.0, 3.0, 4.0, 9.0, 30.0])
            self.now = Now(self.now.wall_ms + round(passed_s * 1000), 0, self.now.mono_s + passed_s)
            self.chance.choice(
                [self.show, self.call, self.call, self.serve, self.tick, self.end, self.end, self.rarely]
            )()

    def rarely(self) -> None:
        if self.chance.random() < 0.3:
            self.switch(can_speak=self.chance.random() < 0.7)
        elif self.chance.random() < 0.2:
            speed = self.chance.choice([1.0, 1.0, 4.0])
            self.take(SpeedChanged(speed), "voiceChanged", [self.can_speak, speed > 1])

    def call(self) -> None:
        """Call a new number, or an earlier one again, or announce something."""
        n, name = len(self.calls) + 1, self.chance.choice(["c2", "c3", "c5"])
        kind = self.chance.choice(["call"] * 6 + ["recall", "last", "pause", "opening", "closing"])
        late_ms = self.chance.choice([0, 0, 0, 70_000])
        made = call(n, f"{self.chance.choice('ABC')}0{n:02}", name, kind=kind, at_ms=self.now.wall_ms - late_ms)
        before = self.counters.get(name)
        if kind in ("recall", "last") and before is not None and before.ticket is not None:
            made = made.model_copy(update={"number": before.ticket.number})
        if made.number is not None:
            self.counters[name] = counter(name, made.number, "called")
        self.calls.append(made)
        self.show()

    def serve(self) -> None:
        """Let a called visitor arrive, or a counter become free."""
        for name, at in list(self.counters.items()):
            if self.chance.random() < 0.5 and at.ticket is not None:
                is_called = at.ticket.state == "called"
                self.counters[name] = counter(name, at.ticket.number, "serving") if is_called else counter(name)
        self.show()

    def show(self) -> None:
        self.rev += 1
        newest = sorted(self.calls, key=lambda made: made.at)[-20:]
        shown: Board = board(self.rev, newest, list(self.counters.values()), at_ms=self.now.wall_ms)
        event: Event = PicturesFetched((office(), shown)) if self.rev == 1 else PictureReceived(shown)
        browser = replace(DISPLAY, mute_from=self.quiet[0], mute_to=self.quiet[1])
        content = content_of(shown, office(), browser, words("vi"), self.now.wall_ms, lines_per_page=7)
        self.take(event, "received", [json.loads(json.dumps(content))])

    def tick(self) -> None:
        self.take(Tick(), "tick", [])

    def end(self) -> None:
        """End the reading that is being spoken, sometimes before its end."""
        current = self.state.announcer.current
        if current is not None:
            played = self.chance.random() < 0.8
            values = [current.call.id, current.reading, played]
            self.take(Played(current.call.id, current.reading, played), "played", values)

    def switch(self, *, can_speak: bool) -> None:
        """Switch the browser's sound; a TV without a voice pack is as silent."""
        settings = replace(self.state.announcer.settings, pack=PACK if can_speak else None)
        self.state = replace(self.state, announcer=replace(self.state.announcer, settings=settings))
        self.take(Tick(), "voiceChanged", [can_speak, self.state.speed > 1])

    @property
    def can_speak(self) -> bool:
        return self.state.announcer.settings.pack is not None

    def take(self, event: Event, name: str, values: list[Any]) -> None:
        self.state, effects = step(self.state, event, self.now)
        seen = [row for effect in effects if (row := described(effect)) is not None]
        self.effects.append([*seen, ["panel", [made.id for made in self.state.call_panel]]])
        self.events.append([name, values, {"wallMs": self.now.wall_ms, "monoS": self.now.mono_s}])


def described(effect: Effect) -> list[Any] | None:
    match effect:
        case AcknowledgeCall():
            return ["acknowledge", effect.call, effect.shown_at_ms, effect.spoken]
        case Speak():
            made = effect.announcement
            return ["speak", made.call.id, made.reading, list(made.utterance.parts)]
        case SaveSpokenIds():
            return ["save", list(effect.ids)]
        case StopSpeaking():
            return ["stop"]
    return None


def test_a_browser_decides_as_the_tv_in_any_history(page: Page) -> None:
    kinds = set()
    for seed in range(HISTORIES):
        history = History(seed)
        history.run()
        spoken = None if history.spoken_ids is None else list(history.spoken_ids)
        done = page.evaluate(RUN, [spoken, history.has_voice, history.events])
        for index, (of_browser, of_tv) in enumerate(zip(done, history.effects, strict=True)):
            assert of_browser == of_tv, (seed, index, history.events[index][0])
        kinds |= {(row[0], row[-1] if row[0] == "acknowledge" else None) for rows in history.effects for row in rows}
    assert {("acknowledge", spoken) for spoken in (None, "yes", "muted", "no_audio")} <= kinds, "every result came up"
    assert {("speak", None), ("stop", None), ("save", None)} <= kinds


def test_a_reading_is_as_long_as_on_the_tv(page: Page) -> None:
    lengths_ms = {name: 10 * (index + 1) for index, name in enumerate(sorted(PACK.clips))}
    sounds = {name: bytes(round(ms * RATE_HZ / 1000) * SAMPLE_BYTES) for name, ms in lengths_ms.items()}
    lengths_s = {name: len(sound) / SAMPLE_BYTES / RATE_HZ for name, sound in sounds.items()}
    content = content_of(
        board(1, [call(1, "A015", "c2"), call(2, "B022", "c3", kind="last"), call(3, "", "c5", kind="closing")]),
        office(), DISPLAY, words("vi"), START_MS, lines_per_page=7,
    )  # fmt: skip
    calls: Any = content["calls"]
    for made in calls:
        plan = page.evaluate(
            "([parts, lengths]) => window.luotDisplay.schedule(parts, lengths)", [made["parts"], lengths_s]
        )
        tv_s = len(join_clips(made["parts"], sounds)) / SAMPLE_BYTES / RATE_HZ
        assert plan["lengthS"] == pytest.approx(tv_s, abs=0.001), made["kind"]
        assert [name for name, _ in plan["starts"]] == [part for part in made["parts"] if isinstance(part, str)]
        assert len(made["parts"]) > 1
