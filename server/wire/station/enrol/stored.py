"""The file in which a station keeps its credentials: ``enrolment-PROGRAM.json`` in the state folder, 0600.

It is replaced atomically, so that a power failure leaves the old content or the new one.
"""

import logging
from pathlib import Path

from pydantic import ValidationError

from config.files import PRIVATE, atomic_write
from server.wire.messages import DeviceCredentials, Read

log = logging.getLogger(__name__)


class UnfinishedEnrolment(Read):
    """The server may not have learned yet that the credentials are stored."""

    id: str
    receipt: str


class StoredEnrolment(Read):
    """The content of the file.

    ``server``: the address at which the station enrolled. ``credentials`` None: the device was removed.
    ``is_removal_shown``: the station has shown that since, so its next start begins a new enrolment.
    """

    server: str
    credentials: DeviceCredentials | None
    unfinished: UnfinishedEnrolment | None = None
    is_removal_shown: bool = False


class EnrolmentStore:
    """The file of one program, and beside it the certificates that its broker connection trusts."""

    def __init__(self, state: Path, program: str) -> None:
        self._path = state / f"enrolment-{program}.json"
        self.ca_file = state / f"enrolment-{program}-ca.pem"

    def load(self) -> StoredEnrolment | None:
        """Return the stored enrolment; None without one, and for a damaged file, which is logged."""
        try:
            return StoredEnrolment.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.error("%s cannot be used (%s); the station asks for enrolment again", self._path, type(error).__name__)
            return None

    def save(self, enrolment: StoredEnrolment) -> None:
        """Replace the file; on disk when this returns. Raises ``OSError``."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if enrolment.credentials is not None:
            atomic_write(self.ca_file, enrolment.credentials.trust_pem)
        atomic_write(self._path, enrolment.model_dump_json(), rights=PRIVATE)

    def forget(self) -> None:
        """Erase the credentials. Raises ``OSError``."""
        self._path.unlink(missing_ok=True)
        self.ca_file.unlink(missing_ok=True)

    def mark_removed(self, *, is_shown: bool = False) -> None:
        """Erase the credentials, and keep that the device was removed. Raises ``OSError``."""
        stored = self.load()
        server = "" if stored is None else stored.server
        self.save(StoredEnrolment(server=server, credentials=None, is_removal_shown=is_shown))
        self.ca_file.unlink(missing_ok=True)
