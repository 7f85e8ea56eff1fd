"""Double clicks on every key of the clerk's page, in every state.

The page's clock stands still and is advanced between the clicks, so that their distance is an input and not a
measurement. The second click must cause no fact in the journal, and no request to the server other than that of the
key that lay under the finger before the first click.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Error, Page, Request

from support.browser_pages import REST_MS
from support.double_states import CounterStates
from support.server_process import Api, request_id
from support.waiting import until

SCRIPT = (Path(__file__).parent / "double_clicks.js").read_text(encoding="utf-8")
MIDDLE = (0.5, 0.5)
POINTS = [(x, y) for y in (0.1, 0.5, 0.9) for x in (0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)]
"""The points of a key that are compared, as shares of its width and height."""
SETTLES_MS = 51
"""The page takes a button as held down for so long after it was let go."""
FLEETING = ("scanned", "help")
"""States that end without a fact in the journal."""
APART = (*FLEETING, "auto", "paused")
"""States whose open panels show the same as those of another state."""
BESIDE = ("held_serving",)
"""States in which only the panels of other tickets are tried: the rest is tried in "serving"."""
HARMLESS = frozenset({"call.acknowledged", "call.seen", "request.answered"})
BY_ITSELF = ("/here", "/live", "/version", "/static/")
CHANGING = re.compile(r"\bt-[0-9a-f]+|\d+")
"""Numbers and ids, which change each time that a state is prepared."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class View(NamedTuple):
    """A view of the page: counter's state, open panel, unfolded parts, fields of the forms.

    ``fields``: "filled", "bare" where they are as they were drawn, "" where there are none.
    """

    state: str
    panel: str | None = None
    folds: tuple[str, ...] = ()
    fields: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.state, self.panel, *self.folds, self.fields) if part)


class Key(NamedTuple):
    """A key by its words without numbers, and its index among equal ones."""

    words: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """Two clicks on one key, ``apart_ms`` apart, at ``point`` of its width and height.

    ``late``: the answer to the first click comes after both. ``key`` may be a selector.
    """

    view: View
    key: Key | str
    apart_ms: int
    point: Point = MIDDLE
    late: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """A second click that caused actions: the trial, the key's words, the actions."""

    trial: Trial
    words: str
    actions: Sequence[str]


@dataclass(slots=True)
class Outcome:
    """The outcome of a trial. ``before`` and ``after`` the first click: the offers under the points of the key.

    ``sends``: the key sends a form that is answered on the same page. ``ignored``: the first click should have sent a
    request, and did not. ``moved``: the offers under the key changed between the two clicks.
    """

    words: str
    sends: bool
    box: Box
    before: Sequence[str | None] = ()
    after: Sequence[str | None] = ()
    ignored: bool = False
    moved: bool = False
    unseen: Unseen | None = None

    @property
    def alike(self) -> tuple[object, ...]:
        """Return the words, the box, and the offers before and after: equal for equal keys."""
        return _masked(self.words), self.box, *map(_masked, self.before), None, *map(_masked, self.after)

    @property
    def points(self) -> Sequence[Point]:
        """Return a point for each offer under the key after the click, middle first."""
        points = {self.after[POINTS.index(MIDDLE)]: MIDDLE}
        for point, under in zip(POINTS, self.after, strict=True):
            points.setdefault(under, point)
        return list(points.values())


class DoubleClicks:
    """Clicks on the page of one counter; ``service`` is served by this counter only."""

    def __init__(self, page: Page, api: Api, counter: str, service: str) -> None:
        self._page, self._counter = page, counter
        self._states = CounterStates(api, counter, service)
        self._base, self._address = page.url.split("/clerk/")[0], page.url.split("?")[0]
        self._prepared, self._is_as_prepared = "", False
        self._tickets: dict[str, str] = {}
        self._requests: list[str] = []
        page.on("request", self._note)
        page.add_init_script(SCRIPT)
        page.clock.pause_at(page.evaluate("Date.now()") + REST_MS)

    def views(self, state: str) -> list[View]:
        """Return every panel of ``state``, with each part unfolded, and its forms filled or not."""
        views: list[View] = []
        self.show(View(state))
        panels = [] if state in APART else self._page.evaluate("seen.panels()")
        panels = [panel for panel in panels if state not in BESIDE or panel.startswith("ticket-")]
        for panel in (None, *panels):
            unfolded, waiting = set[str](), [View(state, panel)]
            while waiting:
                self.show(view := waiting.pop(0))
                fields = ("bare", "filled") if self._page.evaluate("seen.fields()") else ("",)
                views += [view._replace(fields=state_of_fields) for state_of_fields in fields]
                folds = [fold for fold in self._page.evaluate("seen.folds()") if fold not in unfolded]
                waiting += [view._replace(folds=(*view.folds, fold)) for fold in folds]
                unfolded.update(folds)
        return views

    def keys(self, view: View) -> list[Key]:
        """Return the keys that the page offers in ``view``."""
        self.show(view)
        turns: Counter[str] = Counter()
        keys: list[Key] = []
        for words in map(_masked, self._page.evaluate("seen.keys()")):
            keys.append(Key(str(words), turns[str(words)]))
            turns[str(words)] += 1
        return keys

    def run(self, trial: Trial) -> Outcome:
        """Show the trial's view, click twice, and return the outcome."""
        self.show(trial.view)
        key = self._page.evaluate("key => seen.key(key)", self._place_of(trial.key))
        box = (key["x"], key["y"], key["width"], key["height"])
        outcome = Outcome(key["text"], key["sends"], box)
        actions = self._late(trial, outcome) if trial.late else self._in_time(trial, outcome, asks=key["asks"])
        if actions:
            outcome.unseen = Unseen(trial, key["text"], actions)
        return outcome

    # --- clicking ----------------------------------------------------------------------------------------

    def _in_time(self, trial: Trial, outcome: Outcome, *, asks: bool) -> list[str]:
        """Click again after the answer is drawn. Return the actions of the second click."""
        at, points = _at(outcome.box, trial.point), [_at(outcome.box, point) for point in POINTS]
        [was, *outcome.before] = self._under([at, *points])
        self._requests.clear()
        self._page.mouse.click(*at)
        self._settle()
        outcome.ignored = asks and not self._requests
        outcome.after = self._under(points)
        self._facts()
        self._requests.clear()
        self._page.clock.run_for(trial.apart_ms - SETTLES_MS)
        [now, *offers] = self._under([at, *points])
        outcome.moved = offers != outcome.after
        self._page.mouse.click(*at)
        self._settle()
        return self._news() + (self._requests if now != was else [])

    def _late(self, trial: Trial, outcome: Outcome) -> list[str]:
        """Click twice before the answer. Return the actions beyond those of a single click."""
        at = _at(outcome.box, trial.point)
        self._page.evaluate("seen.hold()")
        self._page.mouse.click(*at)
        self._page.clock.run_for(trial.apart_ms)
        self._page.mouse.click(*at)
        outcome.ignored = not self._let_go()
        self._facts()
        while self._let_go():
            pass
        return self._news()

    def _let_go(self) -> bool:
        """Send the first form that is held back; return False if there is none."""
        sent = bool(self._page.evaluate("seen.letGo()"))
        self._settle()
        return sent

    def _news(self) -> list[str]:
        return [kind for kind in self._facts() if kind not in HARMLESS]

    def _facts(self) -> list[str]:
        """Return the kinds of new facts. After any, the counter is not as prepared any more."""
        kinds = [row["kind"] for row in self._states.facts()]
        self._is_as_prepared &= not kinds
        return kinds

    def _note(self, request: Request) -> None:
        if request.resource_type in ("document", "xhr", "fetch") and not any(part in request.url for part in BY_ITSELF):
            self._requests.append(f"{request.method} {request.url}")

    def _under(self, places: Sequence[Point]) -> list[str | None]:
        return list(self._page.evaluate("places => seen.under(places)", [list(place) for place in places]))

    def _settle(self) -> None:
        """Wait until nothing is under way on the page."""
        self._page.clock.run_for(SETTLES_MS)
        until(self._is_at_rest, f"{self._page.url} to come to rest")

    def _is_at_rest(self) -> bool:
        self._page.wait_for_load_state("load")
        with suppress(Error):  # the page is being left for another
            return bool(self._page.evaluate("seen.isAtRest()"))
        return False

    # --- views -------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Show ``view`` and let it rest. Prepare the counter's state first where necessary."""
        self._facts()
        if not self._is_as_prepared or self._prepared != view.state or view.state == "help":
            self._prepare(view.state)
        if not self._open(view):
            self._prepare(view.state)
            assert self._open(view), (view, self._page.url)

    def _prepare(self, state: str) -> None:
        if self._prepared in FLEETING:
            self._put_away()
        self._states.prepare(state)
        self._prepared, self._is_as_prepared, self._tickets = state, True, {}

    def _open(self, view: View) -> bool:
        """Show ``view``; return whether the page could."""
        panel = view.panel or ""
        if "-" in panel and panel not in self._tickets:
            self._goto("")
            self._tickets[panel] = self._page.evaluate("panel => seen.address(panel)", panel) or ""
        self._goto(self._tickets[panel].split("?")[-1] if "-" in panel else f"panel={panel}")
        kind = panel.split("-")[0] or ("ticket" if view.state == "scanned" else "")
        if not self._page.evaluate("([panel, folds]) => seen.open(panel, folds)", [kind, view.folds]):
            return False
        if view.fields == "filled":
            self._page.evaluate("seen.fill()")
        self._page.clock.run_for(REST_MS)
        return True

    def _goto(self, query: str) -> None:
        """Open the clerk's page in Vietnamese, signed in."""
        self._page.goto(f"{self._address}?{query}&lang=vi")
        if not self._page.url.startswith(self._address):
            clerk: dict[str, str | float | bool] = {
                "counter": self._counter,
                "clerk": f"nv-{self._counter}",
                "request_id": request_id(),
            }
            self._page.request.post(f"{self._base}/sign-in", form=clerk)
            self._states.facts()
            self._page.goto(f"{self._address}?{query}&lang=vi")
            assert self._page.url.startswith(self._address), self._page.url
        self._settle()

    def _place_of(self, key: Key | str) -> int | str:
        if isinstance(key, str):
            return key
        texts = [_masked(text) for text in self._page.evaluate("seen.keys()")]
        places = [place for place, text in enumerate(texts) if text == key.words]
        assert key.turn < len(places), (key, texts)
        return places[key.turn]

    def _put_away(self) -> None:
        """Answer calls for help and close a scanned ticket, which the API cannot do."""
        self._page.goto(self._address)
        self._page.evaluate("seen.putAway()")


def _masked(text: str | None) -> str | None:
    return None if text is None else CHANGING.sub("#", text)


def _at(box: Box, point: Point) -> Point:
    x, y, width, height = box
    return x + point[0] * width, y + point[1] * height
