"""The office's logo at a station, fetched by the name in the office's picture."""

from dataclasses import dataclass

from server.wire.messages import Office
from server.wire.station.effects import FetchLogo


@dataclass(frozen=True, slots=True)
class StationLogo:
    """The logo that was fetched last, with its name; None: none was."""

    name: str | None = None
    png: bytes | None = None

    def picture_of(self, office: Office) -> bytes | None:
        """Return the logo of ``office``; None without one, and until it was fetched."""
        return self.png if office.logo is not None and office.logo == self.name else None

    def fetches(self, office: Office) -> tuple[FetchLogo, ...]:
        """Return the effect that fetches the logo of ``office``; none where it is here already.

        One that fails is fetched again with the next picture of the office.
        """
        return () if office.logo in (None, self.name) else (FetchLogo(str(office.logo)),)
