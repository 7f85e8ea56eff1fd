"""Data received from the server: pictures, procedures, and whether the server is alive."""

from dataclasses import dataclass, field

from server.wire.messages import Board, Catalogue, Interval, Office, OfficeGroup, Procedure, Service
from server.wire.station.liveness import ServerLiveness
from server.wire.station.logo import StationLogo
from server.wire.station.newest import Trust

RESULTS_OUTCOME = "returned"
GUIDANCE_OUTCOME = "advice"
"""Outcomes (``Service.outcome``) by which the kiosk finds two services that have buttons of their own.

One hands out the results of earlier visits, the other gives guidance.
"""


@dataclass(frozen=True, slots=True)
class HallData:
    """The newest pictures and the catalogue, and how far the pictures are trusted.

    A picture is a whole state that the server publishes, here of the office and of the board. ``office_trust`` and
    ``board_trust``: whether the current picture is the server's own, or must be checked with it. ``catalogue_etag``:
    the version of the catalogue; None: none was received. ``liveness``: whether the server is alive. ``stale``: the
    server has been silent for too long. ``picture_at_ms``: when the newest picture was made, by the server's wall clock
    (UTC ms); 0: none was received. ``last_fetch_at_s``: when missing data was last fetched (monotonic).
    ``station_logo``: the logo that was fetched last.
    """

    office: Office | None = None
    board: Board | None = None
    office_trust: Trust[Office] = field(default_factory=Trust)
    board_trust: Trust[Board] = field(default_factory=Trust)
    catalogue: Catalogue | None = None
    catalogue_etag: str | None = None
    liveness: ServerLiveness = field(default_factory=ServerLiveness)
    stale: bool = False
    picture_at_ms: int = 0
    last_fetch_at_s: float = 0.0
    station_logo: StationLogo = field(default_factory=StationLogo)

    @property
    def logo(self) -> bytes | None:
        """Return the office's logo as a PNG; None without one, and until it was fetched."""
        return None if self.office is None else self.station_logo.picture_of(self.office)

    @property
    def services(self) -> list[Service]:
        """Return all services of the office."""
        return self.office.services if self.office else []

    @property
    def is_open(self) -> bool:
        """Return whether any service issues numbers now."""
        return any(service.state == "open" for service in self.services)

    def service(self, service_id: str | None) -> Service | None:
        """Return the service with this id as the office picture has it."""
        return next((service for service in self.services if service.id == service_id), None)

    def service_with_outcome(self, outcome: str) -> Service | None:
        """Return the first service with this default outcome; None without one.

        ``outcome``: ``RESULTS_OUTCOME`` or ``GUIDANCE_OUTCOME``.
        """
        return next((service for service in self.services if service.outcome == outcome), None)

    def listed_services(self) -> list[Service]:
        """Return the services that a visitor chooses from, those of the first page (``usual``) first."""
        listed = [service for service in self.services if service.outcome not in (RESULTS_OUTCOME, GUIDANCE_OUTCOME)]
        return sorted(listed, key=lambda service: not service.usual)

    def groups(self) -> list[OfficeGroup]:
        """Return the groups with a service to choose, in the order of the office."""
        groups = self.office.groups if self.office else []
        return [group for group in groups if self.services_of_group(group)]

    def group(self, group_id: str | None) -> OfficeGroup | None:
        """Return the group with this id that has a service to choose."""
        return next((group for group in self.groups() if group.id == group_id), None)

    def services_of_group(self, group: OfficeGroup) -> list[Service]:
        """Return the services of a group to choose, those of the first page first."""
        return [service for service in self.listed_services() if service.id in group.services]

    def services_without_group(self) -> list[Service]:
        """Return the services to choose that no group has."""
        grouped = {service for group in self.groups() for service in group.services}
        return [service for service in self.listed_services() if service.id not in grouped]

    def procedures_of(self, service_id: str | None) -> list[Procedure]:
        """Return the procedures of a service, in the order of the office's file."""
        if self.catalogue is None or service_id is None:
            return []
        return [procedure for procedure in self.catalogue.procedures if procedure.service == service_id]

    def procedure(self, code: str | None) -> Procedure | None:
        """Return the procedure with this code."""
        if self.catalogue is None or code is None:
            return None
        return next((procedure for procedure in self.catalogue.procedures if procedure.code == code), None)

    def waiting(self, service_id: str) -> int | None:
        """Return how many visitors wait for a service; None when that is unknown."""
        services = self.board.services if self.board else []
        return next((service.waiting for service in services if service.id == service_id), None)

    def wait_min(self, service_id: str) -> Interval | None:
        """Return the forecast for a ticket issued now: the least and the most minutes.

        None when the server gave none.
        """
        services = self.board.services if self.board else []
        return next((service.wait_min for service in services if service.id == service_id), None)
