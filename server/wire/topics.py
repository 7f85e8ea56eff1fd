"""Names of the MQTT topics, all under ``luot/v1/<office>/``. ``docs/API.md`` documents each one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one office (``office_id``). Each docstring begins with the publisher.

    All are QoS 1 and retained, except ``fact``, ``test`` and ``restart``.
    """

    office_id: str

    def _under(self, path: str) -> str:
        return f"luot/v1/{self.office_id}/{path}"

    @property
    def board(self) -> str:
        """Server: the picture for screens."""
        return self._under("board")

    @property
    def office(self) -> str:
        """Server: the state of the office today."""
        return self._under("office")

    @property
    def server(self) -> str:
        """Server: heartbeat and will."""
        return self._under("server")

    def counter(self, counter: str) -> str:
        """Server: the state of one counter for its sign, under 200 bytes."""
        return self._under(f"counter/{counter}")

    def work(self, station: str) -> str:
        """Server: ids of the open jobs of one station."""
        return self._under(f"work/{station}")

    def test(self, station: str) -> str:
        """Server: the station tries one of its devices; not retained."""
        return self._under(f"test/{station}")

    def restart(self, station: str) -> str:
        """Server: the station's program ends, and is started again; not retained."""
        return self._under(f"restart/{station}")

    def status(self, station: str) -> str:
        """Station: online, boot, version; the will of its connection."""
        return self._under(f"status/{station}")

    def device(self, station: str, device: str) -> str:
        """Station: state of one device."""
        return self._under(f"status/{station}/{device}")

    @property
    def all_status(self) -> str:
        """Filter for the server's health."""
        return self._under("status/#")

    def fact(self, fact: str) -> str:
        """Server: a fact of a ticket, for other programs; not retained."""
        return self._under(f"ticket/{fact}")
