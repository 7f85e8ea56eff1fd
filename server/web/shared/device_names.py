"""The names of stations as the hall's people say them."""

from config import device_words
from config.words import Words
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations


def enrolled_name(station: str) -> str | None:
    """Return the name that an administrator gave an enrolled station; None for any other."""
    access = current_context().access
    device = None if access is None else access.devices.get(station)
    return None if device is None else device.name


def name_of_station(station: str, kind: str | None = None, words: Words | None = None) -> str:
    """Return a station's name: the enrolled one, else kind and number (*Ki-ốt 1*).

    ``words``: of the language, by default that of the request.
    """
    labels = {counter.id: counter.label for counter in current_context().pictures.office.counters}
    return enrolled_name(station) or device_words.station_name(words or request_translations(), station, kind, labels)
