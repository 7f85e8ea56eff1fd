"""The calls of the API that each scope opens, from the table of permissions."""

from collections.abc import Sequence

from server.access.api_tokens import Scope
from server.domain.permissions import PERMISSIONS, Permission, Permissions, Role, scope_permissions
from server.web.api.endpoint import Endpoint
from server.web.api.table import ENDPOINTS
from server.web.shared.view_permissions import API_PREFIX, VIEW_PERMISSIONS, OpenTo


def calls_of_scope(scope: Scope) -> Sequence[str]:
    """Return the calls that a token with only this scope may make: ``GET /tickets/{id}``."""
    granted = scope_permissions([scope.value]) & PERMISSIONS[Role.PROGRAM]
    return [_name(endpoint) for endpoint in ENDPOINTS if _needed(endpoint) & granted]


def calls_of_every_token() -> Sequence[str]:
    """Return the calls that need a token and no scope."""
    return [_name(endpoint) for endpoint in ENDPOINTS if _rule(endpoint) is OpenTo.CALLERS]


def _needed(endpoint: Endpoint) -> Permissions:
    """Return the permissions of which one is enough; empty without such a rule."""
    rule = _rule(endpoint)
    if isinstance(rule, OpenTo):
        return frozenset()
    return rule if isinstance(rule, frozenset) else frozenset({rule})


def _rule(endpoint: Endpoint) -> OpenTo | Permission | Permissions:
    return VIEW_PERMISSIONS[f"{API_PREFIX}{endpoint.name}"]


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"
