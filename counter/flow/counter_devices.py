"""The state of one counter's keypad and sign.

Keys are carried out one after the other. The sign shows a "face": a number, a word, dashes or nothing.
"""

from dataclasses import dataclass, replace

from config.clock import Now
from counter.flow.effects import CheckBoard, Effect, FetchHeldTickets, FlashLamp, PostPresence, PostRequest, ShowFace
from counter.flow.events import HeldTicketsFetched, KeyPressed
from counter.flow.keys import KEYS_WITHOUT_BOARD, NO_SERVER, counter_of, request_of, resume_request
from counter.flow.sign_faces import face_of, latest_call_key, refused_face
from hardware.ports import PRACTICE_LINE, Key, SignFace
from server.wire.messages import Board, MoveTicket, ProblemCode

PRESENCE_INTERVAL_S = 10.0  # between two reports that a keypad works
REFUSAL_DURATION_S = 2.0  # how long the sign shows a refusal, and a note
NOTE_DURATION_S = 4.0
RETRY_DELAYS_S = (0.3, 1.0, 3.0)  # delays before the second, third and fourth try of one key
SIGN_TEST_S = 5.0  # how long the sign shows its test
TEST_WORD = "8888"  # lights every segment of a numeric sign
ANSWER_TIMEOUT_S = 30.0
"""A call without an answer event after this time was lost in this program. The HTTP client itself gives up sooner."""

ServerCall = PostRequest | CheckBoard | FetchHeldTickets
"""A call to the server that the first of the waiting keys needs."""


@dataclass(frozen=True, slots=True)
class CounterDevices:
    """The state of one counter's devices. Moments are monotonic seconds.

    ``presses``: keys that wait; the first one is being carried out while ``server_call`` is pending. The call is sent
    (again) at ``send_at_s``, and is treated as lost at ``lost_at_s``, each None while not due; ``tries``: how often it
    was sent. ``refusal``: the word of a refusal on the sign. ``flash_lamp``: the keypad's lamp must be lit for it.
    ``keyed_digits``: digits that wait on the keypad for a key. ``note``: a line for the clerk. ``last_held``: the id of
    the ticket that this keypad put on hold last. ``displayed``: the face on the sign, and the key of the call that it
    announces (``latest_call_key``). ``keypad_ready``: the keypad works, which is reported to the server next at
    ``presence_due_at_s``. ``sign_test_until_s``: the sign shows its test; None: it does not.
    """

    counter: str
    presses: tuple[KeyPressed, ...] = ()
    server_call: ServerCall | None = None
    tries: int = 0
    send_at_s: float | None = None
    lost_at_s: float | None = None
    refusal: str | None = None
    refused_until_s: float = 0.0
    flash_lamp: bool = False
    keyed_digits: str = ""
    note: str = ""
    note_until_s: float = 0.0
    last_held: str | None = None
    displayed: tuple[SignFace, str | None] = (SignFace(None), None)
    keypad_ready: bool = False
    presence_due_at_s: float = 0.0
    sign_test_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class KeyContext:
    """Values for the requests of all counters. ``hold_reason``: sent when a keypad puts a ticket on hold.

    ``station``: the id of this station.
    """

    station: str
    hold_reason: str


# --- keys ---------------------------------------------------------------------------------------------


def key_pressed(devices: CounterDevices, press: KeyPressed) -> CounterDevices:
    """Queue the key press and clear the previous message."""
    return replace(devices, presses=(*devices.presses, press), refusal=None, note="")


def board_checked(devices: CounterDevices, board: Board | None, context: KeyContext, now: Now) -> CounterDevices:
    """Decide the request of the first key by the board that was read for it."""
    return _with_server_call(devices, request_of(devices.presses[0], board, context.station, context.hold_reason), now)


def held_tickets_fetched(
    devices: CounterDevices, event: HeldTicketsFetched, context: KeyContext, now: Now
) -> CounterDevices:
    """Resume a held ticket: while no ticket is open, the key HOLD means that."""
    if event.tickets is None:
        return request_lost(devices, now, is_busy=event.is_busy)
    return _with_server_call(
        devices, resume_request(devices.presses[0], event.tickets, devices.last_held, context.station), now
    )


def request_answered(devices: CounterDevices) -> CounterDevices:
    """Finish the first key: the server carried out its request."""
    press, server_call = devices.presses[0], devices.server_call
    if press.key is Key.HOLD and isinstance(server_call, PostRequest) and isinstance(server_call.body, MoveTicket):
        ticket = server_call.path.split("/")[2]
        devices = replace(devices, last_held=ticket if server_call.body.move == "hold" else None)
    return _without_first(devices)


def request_refused(devices: CounterDevices, word: str, now: Now) -> CounterDevices:
    """Finish the first key: its request was refused."""
    return show_refusal(_without_first(devices), word, now)


def request_lost(devices: CounterDevices, now: Now, *, is_busy: bool = False) -> CounterDevices:
    """Schedule the next try; after the last one, drop all waiting keys.

    A key must not call a visitor long after it was pressed. ``is_busy``: the server answered that it is busy.
    """
    devices = replace(devices, lost_at_s=None)
    if devices.tries <= len(RETRY_DELAYS_S):
        return replace(devices, send_at_s=now.mono_s + RETRY_DELAYS_S[devices.tries - 1])
    return replace(request_refused(devices, ProblemCode.BUSY if is_busy else NO_SERVER, now), presses=())


def show_refusal(devices: CounterDevices, word: str, now: Now) -> CounterDevices:
    """Show ``word`` on the sign for a moment, and light the keypad's lamp."""
    return replace(devices, refusal=word, refused_until_s=now.mono_s + REFUSAL_DURATION_S, flash_lamp=True, note="")


def show_note(devices: CounterDevices, note: str, now: Now) -> CounterDevices:
    """Show ``note`` on the sign's lower line for a moment."""
    return replace(devices, note=note, note_until_s=now.mono_s + NOTE_DURATION_S, refusal=None)


def begin_sign_test(devices: CounterDevices, now: Now) -> CounterDevices:
    """Light the whole sign for a moment."""
    return replace(devices, sign_test_until_s=now.mono_s + SIGN_TEST_S)


def begin_keypad_test(devices: CounterDevices) -> CounterDevices:
    """Light the keypad's lamp, and forget its digits."""
    return replace(devices, flash_lamp=True, keyed_digits="")


def _start_first(devices: CounterDevices, context: KeyContext, now: Now) -> CounterDevices:
    """Begin the first key: with its request, or by reading the board."""
    press = devices.presses[0]
    if press.key in KEYS_WITHOUT_BOARD:
        return _with_server_call(devices, request_of(press, None, context.station, context.hold_reason), now)
    return _with_server_call(devices, CheckBoard(devices.counter, now.mono_s), now)


def _with_server_call(devices: CounterDevices, server_call: ServerCall | str, now: Now) -> CounterDevices:
    """Set the pending call, or show the word of a refusal (a string)."""
    if isinstance(server_call, str):
        return request_refused(devices, server_call, now)
    return replace(devices, server_call=server_call, tries=0, send_at_s=now.mono_s, lost_at_s=None)


def _without_first(devices: CounterDevices) -> CounterDevices:
    return replace(devices, presses=devices.presses[1:], server_call=None, tries=0, send_at_s=None, lost_at_s=None)


# --- time ---------------------------------------------------------------------------------------------


def next_wake_s(devices: CounterDevices) -> float | None:
    """Return the next moment at which the state changes without an event."""
    moments = (
        devices.send_at_s,
        devices.lost_at_s,
        devices.refused_until_s if devices.refusal else None,
        devices.note_until_s if devices.note else None,
        devices.presence_due_at_s if devices.keypad_ready else None,
        devices.sign_test_until_s,
    )
    return min((moment for moment in moments if moment is not None), default=None)


def due_effects(devices: CounterDevices, context: KeyContext, now: Now) -> tuple[CounterDevices, list[Effect]]:
    """Return the effects that are due now: presence, the next call, the lamp."""
    effects: list[Effect] = []
    if devices.keypad_ready and now.mono_s >= devices.presence_due_at_s:
        devices = replace(devices, presence_due_at_s=now.mono_s + PRESENCE_INTERVAL_S)
        effects.append(PostPresence(devices.counter, key=False))
    if devices.lost_at_s is not None and now.mono_s >= devices.lost_at_s:
        devices = request_lost(devices, now)
    if devices.presses and devices.server_call is None:
        devices = _start_first(devices, context, now)
    if (
        (server_call := devices.server_call) is not None
        and devices.send_at_s is not None
        and now.mono_s >= devices.send_at_s
    ):
        devices = replace(devices, tries=devices.tries + 1, send_at_s=None, lost_at_s=now.mono_s + ANSWER_TIMEOUT_S)
        effects.append(server_call)
    if devices.flash_lamp:
        devices = replace(devices, flash_lamp=False)
        effects.append(FlashLamp(f"keypad-{devices.counter}"))
    return devices, effects


# --- the sign -----------------------------------------------------------------------------------------


def show_face(devices: CounterDevices, board: Board | None, now: Now) -> tuple[CounterDevices, list[Effect]]:
    """Return the effect that shows the current face, unless the sign shows it already.

    A new number replaces the word of a refusal at once.
    """
    counter = counter_of(board, devices.counter)
    face, call_key = face_of(counter), latest_call_key(board, counter)
    if devices.note and now.mono_s >= devices.note_until_s:
        devices = replace(devices, note="")
    if devices.refusal is not None:
        is_new_face = devices.displayed[0].word is not None and (face, call_key) != _covered_face(devices)
        if now.mono_s < devices.refused_until_s and not is_new_face:
            face = refused_face(face, devices.refusal)
        else:
            devices = replace(devices, refusal=None)
    if face.word is None:
        mark = PRACTICE_LINE if board is not None and board.practice else ""
        face = replace(face, below=_lower_line(devices) or mark)
    if devices.sign_test_until_s is not None:
        if now.mono_s < devices.sign_test_until_s:
            face = SignFace(None, word=TEST_WORD, below="TEST")
        else:
            devices = replace(devices, sign_test_until_s=None)
    if (face, call_key) == devices.displayed:
        return devices, []
    return replace(devices, displayed=(face, call_key)), [ShowFace(devices.counter, face)]


def _lower_line(devices: CounterDevices) -> str:
    """Return the clerk's line: the digits keyed so far, else the last note.

    Zeros alone are not shown, for they begin the staff alarm, which visitors must not notice. Only signs with a second
    line show it, so keyed digits never replace a called number.
    """
    return f"KEYED {devices.keyed_digits}" if devices.keyed_digits.strip("0") else devices.note


def _covered_face(devices: CounterDevices) -> tuple[SignFace, str | None]:
    """Return the face that the refusal replaces, and the key of its call."""
    face, call_key = devices.displayed
    return replace(face, word=None, below=""), call_key
