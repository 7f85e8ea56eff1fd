"""Handle the server's pictures (retained state messages), procedures and heartbeats; fetch missing data.

A received picture is doubted while it may come from another program; then the server is asked for its own
(``server.wire.station.newest``).
"""

from dataclasses import replace
from typing import Any, assert_never

from config.clock import Now
from kiosk.flow import effects, events
from kiosk.flow.choosing import why_closed
from kiosk.flow.printing import latest_reports
from kiosk.flow.state import KioskState, NoticeReason, ScreenName, Step, with_hall, with_visit
from server.wire.messages import Board, Office, from_time
from server.wire.station.effects import Fetch, LogForgedPicture
from server.wire.station.events import (
    BrokerConnectionChanged,
    HeartbeatReceived,
    LogoFetched,
    PictureReceived,
    PicturesFetched,
)
from server.wire.station.logo import StationLogo
from server.wire.station.newest import Trust, after_picture

FETCH_INTERVAL_S = 4.0  # between two fetches of missing data

OFFICE_REASONS = (
    NoticeReason.FULL,
    NoticeReason.STOPPED,
    NoticeReason.NO_COUNTER,
    NoticeReason.ELSEWHERE,
    NoticeReason.DAY_NOT_OPENED,
    NoticeReason.OPEN_AGAIN,
)
"""Reasons of notices that a new picture of the office may change."""

OFFER_SCREENS = (ScreenName.CONFIRM, ScreenName.PRIORITY, ScreenName.NO_PAPER)
"""Screens that offer a number of the chosen service."""


def fetch_missing(state: KioskState, now: Now) -> Step:
    """Fetch data that is missing, stale or doubted."""
    hall = state.hall
    fetches: list[effects.Effect] = []
    is_doubted = hall.office_trust.needs_check or hall.board_trust.needs_check
    if hall.office is None or hall.board is None or hall.stale or is_doubted:
        fetches.append(Fetch(now.mono_s))
    if hall.office is not None and hall.catalogue_etag != hall.office.catalogue:
        fetches.append(effects.FetchCatalogue(hall.office.catalogue))
    return with_hall(state, last_fetch_at_s=now.mono_s), tuple(fetches)


def picture_received(state: KioskState, event: PictureReceived[Board | Office], now: Now) -> Step:
    """Store a picture that was received over MQTT, if it is accepted as the newest."""
    return _accept_picture(state, event.picture, None, now)


def pictures_fetched(state: KioskState, event: PicturesFetched[Board | Office], now: Now) -> Step:
    """Store the pictures of the server's answer, if they are accepted as the newest."""
    new_effects: effects.Effects = ()
    for picture in event.pictures:
        state, picture_effects = _accept_picture(state, picture, event.requested_at_s, now)
        new_effects += picture_effects
    return state, new_effects


def _accept_picture(state: KioskState, picture: Board | Office, requested_at_s: float | None, now: Now) -> Step:
    """Store a picture that is accepted. ``requested_at_s`` None: it was received over MQTT, without a request."""
    match picture:
        case Office():
            return _accept_office(state, picture, requested_at_s, now)
        case Board():
            return _accept_board(state, picture, requested_at_s, now)
        case _:
            assert_never(picture)


def _accept_office(state: KioskState, picture: Office, requested_at_s: float | None, now: Now) -> Step:
    """Store the office, and withdraw an offer that is no longer valid.

    A new version of the catalogue is fetched.
    """
    hall = state.hall
    office, trust = after_picture(hall.office, hall.office_trust, picture, requested_at_s, now)
    new_effects = _check_doubts(hall.office_trust, trust, now)
    if office is None or office is hall.office:
        return with_hall(state, office_trust=trust), new_effects
    if hall.catalogue_etag != office.catalogue:
        new_effects = (effects.FetchCatalogue(office.catalogue), *new_effects)
    new_effects = (*hall.station_logo.fetches(office), *new_effects)
    state = with_hall(state, office=office, office_trust=trust, picture_at_ms=from_time(office.at))
    return _withdraw_closed_offer(state), new_effects


def _accept_board(state: KioskState, picture: Board, requested_at_s: float | None, now: Now) -> Step:
    hall = state.hall
    board, trust = after_picture(hall.board, hall.board_trust, picture, requested_at_s, now)
    new_effects = _check_doubts(hall.board_trust, trust, now)
    if board is None or board is hall.board:
        return with_hall(state, board_trust=trust), new_effects
    return with_hall(state, board=board, board_trust=trust, picture_at_ms=from_time(board.at)), new_effects


def _withdraw_closed_offer(state: KioskState) -> KioskState:
    """Replace an offer that is no longer valid by a notice; update a notice's reason."""
    visit = state.visit
    reason = why_closed(state)
    if visit.screen in OFFER_SCREENS and reason is not None:
        trail = tuple(entry for entry in visit.trail if entry.screen not in OFFER_SCREENS)
        return with_visit(state, screen=ScreenName.NOTICE, page=0, trail=trail, reason=reason)
    if visit.screen is not ScreenName.NOTICE or visit.pending is not None or visit.reason not in OFFICE_REASONS:
        return state
    return with_visit(state, reason=reason or NoticeReason.OPEN_AGAIN)


def _check_doubts(previous: Trust[Any], trust: Trust[Any], now: Now) -> effects.Effects:
    """Fetch the pictures when one becomes doubted; log a picture of another publisher (``trust.forged``).

    While the doubt lasts, ``fetch_missing`` fetches them again.
    """
    check_begins = trust.needs_check and not previous.needs_check
    doubt_begins = trust.doubted is not None and previous.doubted is None
    fetch: effects.Effects = (Fetch(now.mono_s),) if check_begins or doubt_begins else ()
    return fetch if trust.forged is None else (*fetch, LogForgedPicture(trust.forged))


def catalogue_received(state: KioskState, event: events.CatalogueReceived, now: Now) -> Step:
    """Store the procedures."""
    return with_hall(state, catalogue=event.catalogue, catalogue_etag=event.etag), ()


def logo_fetched(state: KioskState, event: LogoFetched, _now: Now) -> Step:
    """Store the logo."""
    return with_hall(state, station_logo=StationLogo(event.name, event.png)), ()


def broker_connection_changed(state: KioskState, event: BrokerConnectionChanged, now: Now) -> Step:
    """Fetch the pictures after a reconnect."""
    return state, (Fetch(now.mono_s),) if event.connected else ()


def heartbeat_received(state: KioskState, event: HeartbeatReceived, now: Now) -> Step:
    """Update whether the server is alive; if it is, send it the unsent reports."""
    liveness = state.hall.liveness.after(event.heartbeat, now.mono_s, retained=event.retained)
    state = with_hall(state, liveness=liveness, stale=not liveness.is_alive(now.mono_s))
    if not liveness.last_heartbeat_is_proof:
        return state, ()
    # After a power cut the server may start last; reports wait until it is alive.
    visit, printer = state.visit, state.printer
    if visit.screen is ScreenName.NOTICE and visit.reason is NoticeReason.NETWORK and visit.pending is not None:
        # "No connection" is no longer true; a tap sends the same request again.
        state = with_visit(state, reason=NoticeReason.RECONNECTED)
    reports = latest_reports(printer.reports, printer.unsent)
    return replace(state, printer=replace(printer, unsent=(), reports=reports)), printer.unsent
