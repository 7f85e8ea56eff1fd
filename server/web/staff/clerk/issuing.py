"""The procedures among which a clerk chooses when a number is issued at the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from config.procedure_search.procedures import find_procedures
from config.procedure_search.services import find_services
from server.domain.office import OfficeDefinition, ProcedureDefinition, ServiceDefinition
from server.views import ClerkPage

MAX_HITS = 30
"""The most procedures that a search lists."""
SERVICE_CHOICE = "service:"
"""Before a service's id: the choice of a number without a procedure, for a service that the search found."""


@dataclass(frozen=True, slots=True)
class ProcedureChoices:
    """The list of the form: ``procedures`` of this office, and those handled ``elsewhere``.

    ``services``: those that issue numbers. ``service``: the id of the chosen one. ``query``: the words of the search,
    empty for all procedures of the service. ``similar``: no procedure has these words, only similar ones.
    ``found_services``: services with these words, by their names or synonyms, best first.
    """

    services: Sequence[ServiceDefinition]
    service: str
    query: str
    procedures: Sequence[ProcedureDefinition]
    elsewhere: Sequence[ProcedureDefinition]
    similar: bool = False
    found_services: Sequence[ServiceDefinition] = ()


class _OfficeKey:
    """An office as the key of a cache. Equal only to itself, because an office cannot be hashed."""

    __slots__ = ("office",)

    def __init__(self, office: OfficeDefinition) -> None:
        self.office = office

    def __hash__(self) -> int:
        return id(self.office)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OfficeKey) and other.office is self.office


@lru_cache(maxsize=2)
def _offered(key: _OfficeKey) -> Sequence[ProcedureDefinition]:
    """Return the procedures that a search may find, always the same list for one office."""
    return [procedure for procedure in key.office.procedures.values() if _is_offered(key.office, procedure)]


@lru_cache(maxsize=2)
def _services(key: _OfficeKey) -> Sequence[ServiceDefinition]:
    """Return the services that issue numbers, always the same list for one office."""
    return [service for service in key.office.services.values() if not service.closed]


def _is_offered(office: OfficeDefinition, procedure: ProcedureDefinition) -> bool:
    if procedure.service is None:
        return not procedure.closed
    service = office.services.get(procedure.service)
    return not procedure.closed and service is not None and not service.closed


def procedure_choices(
    office: OfficeDefinition, page: ClerkPage, fields: Mapping[str, str], language: str
) -> ProcedureChoices:
    """Return the list for the ``fields`` of the form.

    A search looks through all procedures and services, as at the kiosk.
    Without a chosen service it is the first one of the counter.
    """
    services = _services(_OfficeKey(office))
    own = next((service.id for service in page.services if not service.closed), services[0].id if services else "")
    chosen = fields.get("service", "")
    service = chosen if any(chosen == offered.id for offered in services) else own
    query = " ".join(fields.get("q", "").split())
    if not query:
        listed = [procedure for procedure in _offered(_OfficeKey(office)) if procedure.service == service]
        return ProcedureChoices(services, service, query, listed, ())
    hits = find_procedures(query, _offered(_OfficeKey(office)), language)[:MAX_HITS]
    matching = [hit.procedure for hit in hits]
    return ProcedureChoices(
        services,
        service,
        query,
        [procedure for procedure in matching if procedure.service is not None],
        [procedure for procedure in matching if procedure.service is None],
        similar=bool(hits) and not any(hit.is_good_match for hit in hits),
        found_services=[hit.service for hit in find_services(query, services, language)],
    )
