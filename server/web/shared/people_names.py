"""Names of people by the ids that the journal has."""

from server.domain.office import OfficeDefinition
from server.web.shared.context import current_context


def known_person(person: str, office: OfficeDefinition) -> str | None:
    """Return the name of an account or clerk of the office, else None."""
    access = current_context().access
    account = None if access is None else access.people.get(person)
    if account is not None:
        return account.name
    clerk = office.clerks.get(person)
    return None if clerk is None else clerk.name
