"""Stores the office that the set-up chooses: once, and as a whole."""

import threading
from collections.abc import Mapping

from config.load import ConfigError
from config.office import OfficeSettings
from config.office_templates import office_of_template
from config.uploaded_office import OfficeFileError, OfficeMistake, read_office
from server import commands
from server.commands.setup import office_from_settings
from server.store import Store, Writer
from server.web.staff.setup.context import OfficeChosen


class StoredOfficeChoice:
    """Fills the office's tables from a template or a file, while they are empty.

    ``office_id``: the id that the stations of this machine use.
    """

    def __init__(self, store: Store, writer: Writer, office_id: str) -> None:
        self._writer, self._office_id = writer, office_id
        self.made = threading.Event()
        if has_office(store):
            self.made.set()

    @property
    def is_made(self) -> bool:
        """Return whether the server has its office."""
        return self.made.is_set()

    def use_template(self, template: str, name: Mapping[str, str]) -> None:
        """Store the office of a template. Raises ``OfficeFileError`` and ``OfficeChosen``."""
        try:
            office = office_of_template(template, self._office_id, name)
        except ConfigError as error:
            raise OfficeFileError([OfficeMistake(0, mistake) for mistake in error.mistakes]) from error
        self._store(office)

    def use_file(self, contents: bytes, procedures: bytes | None) -> None:
        """Store the office of a file. Raises ``OfficeFileError`` and ``OfficeChosen``."""
        self._store(read_office(contents, procedures, self._office_id))

    def _store(self, office: OfficeSettings) -> None:
        try:
            office_from_settings(office)
        except (ValueError, KeyError) as error:  # opening hours that no day can have, an unknown time zone
            raise OfficeFileError([OfficeMistake(0, str(error).strip("'\""))]) from error
        if not self._writer.ask(lambda tx, now: commands.record_start(tx, now, office)):
            raise OfficeChosen
        self.made.set()


def has_office(store: Store) -> bool:
    """Return whether the database has an office."""
    try:
        with store.read():
            return True
    except LookupError:
        return False
