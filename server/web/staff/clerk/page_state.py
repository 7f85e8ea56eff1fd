"""Select from the clerk page's model: visible entries of the queue, enabled actions, hints."""

from collections.abc import Callable, Mapping, Sequence

from config.words import Words
from server.domain.moves import Move
from server.domain.permissions import Action, Permission
from server.views import WHOLE_LISTS, ClerkPage, QueueEntry, Sentence
from server.web.staff.clerk.actions import MAIN_ACTIONS, PageCommand

MAX_WAITING_ROWS, MAX_ASIDE_ROWS = 20, 2
"""The most rows in the queue area: of waiting tickets, whose list scrolls; of held and of missed tickets each."""

HINTS: Mapping[str, Callable[[Words, Mapping[str, object]], str]] = {
    "need_finish": lambda words, v: words("clerk", "Cần kết thúc số {number} trước.", **v),
    "need_open": lambda words, v: words("clerk", "Cần mở quầy trước."),
}

BUTTON_NAMES: Mapping[PageCommand, str] = {
    PageCommand.NEXT: "next",
    PageCommand.CHOSEN: "call_chosen",
    **{action: action.value for action in PageCommand if action not in (PageCommand.NEXT, PageCommand.CHOSEN)},
}
"""The name of each action in ``ClerkPage.buttons``."""


NEEDED: Mapping[PageCommand, Permission] = {
    PageCommand.NEXT: Action.CALL_NEXT,
    PageCommand.CHOSEN: Move.CALL_CHOSEN,
    PageCommand.REPRINT: Action.REPRINT,
    PageCommand.READY: Action.SET_READY,
    PageCommand.UNREADY: Action.SET_READY,
    PageCommand.PAUSE: Action.SET_COUNTER_STATE,
    PageCommand.OPEN: Action.SET_COUNTER_STATE,
    PageCommand.CLOSE: Action.SET_COUNTER_STATE,
    PageCommand.DOSSIER: Action.NOTE_DOSSIER,
    PageCommand.NOTE: Action.NOTE_TICKET,
    PageCommand.UNDO: Action.UNDO_MOVE,
    **{action: move for action in PageCommand for move in Move if action.value == move.value},
}
"""The permission of each action; those that everybody on the page may do are not listed."""

PANELS_WITH_WHOLE_LISTS = frozenset({PageCommand.CHOSEN.value, PageCommand.FIND.value})
"""The forms in which a clerk chooses from all tickets."""


def most_listed(panel: str | None) -> int:
    """Return the length of the lists that the page needs with this form on it."""
    return WHOLE_LISTS if panel in PANELS_WITH_WHOLE_LISTS else MAX_WAITING_ROWS


def visible_entries(page: ClerkPage) -> Mapping[str, Sequence[QueueEntry]]:
    """Return the entries of the queue area, by ``waiting``, ``held`` and ``missed``.

    Clerks find the other tickets by number.
    """
    held, missed = page.held[:MAX_ASIDE_ROWS], page.missed[:MAX_ASIDE_ROWS]
    return {"waiting": page.waiting[:MAX_WAITING_ROWS], "held": held, "missed": missed}


def main_actions(page: ClerkPage, enabled: frozenset[PageCommand]) -> Sequence[PageCommand]:
    """Return the large buttons. At a closed or paused counter without a ticket, opening it comes first."""
    if PageCommand.OPEN in enabled and page.open is None:
        return (PageCommand.OPEN, *MAIN_ACTIONS)
    return MAIN_ACTIONS


def enabled_actions(
    page: ClerkPage, printing_kiosks: Sequence[str], may: Callable[[Permission], bool]
) -> frozenset[PageCommand]:
    """Return the actions that work now; the page disables all others.

    ``may``: whether the person may do an action.
    """
    enabled = {action for action, name in BUTTON_NAMES.items() if name in page.buttons and page.buttons[name].allowed}
    enabled |= {PageCommand.KEYS}
    if page.day is None:
        enabled -= {PageCommand.NEXT, PageCommand.CHOSEN, PageCommand.READY}
    else:
        enabled |= {PageCommand.ISSUE}
    if page.open is not None:
        enabled |= {PageCommand.DOSSIER, PageCommand.NOTE}
    if page.open is not None and printing_kiosks:
        enabled |= {PageCommand.REPRINT}
    if page.undo is not None:
        enabled |= {PageCommand.UNDO}
    if page.open is None:
        enabled |= {PageCommand.CHANGE}
    if not page.waiting:
        enabled -= {PageCommand.CHOSEN}
    if page.waiting or page.held or page.missed or page.recent:
        enabled |= {PageCommand.FIND}
    return frozenset(action for action in enabled if action not in NEEDED or may(NEEDED[action]))


def wait_seconds(page: ClerkPage, action: PageCommand) -> int:
    """Return the seconds until an enabled action has an effect, rounded up."""
    name = BUTTON_NAMES.get(action, "")
    return -(-page.buttons[name].wait_ms // 1000) if name in page.buttons else 0


def hint(page: ClerkPage, enabled: frozenset[PageCommand], words: Words) -> str | None:
    """Return why the next ticket cannot be called now; None when it can."""
    if page.day is None:
        return words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.")
    refusal = _refusal(page, MAIN_ACTIONS[0])
    if MAIN_ACTIONS[0] in enabled or refusal is None:
        return None
    reason = HINTS[refusal.key](words, refusal.values)
    return f"{words('clerk', 'Gọi số tiếp theo')}: {reason}"


def _refusal(page: ClerkPage, action: PageCommand) -> Sentence | None:
    """Return why ``action`` does not work now; None where it works."""
    name = BUTTON_NAMES.get(action, "")
    return page.buttons[name].refusal if name in page.buttons else None
