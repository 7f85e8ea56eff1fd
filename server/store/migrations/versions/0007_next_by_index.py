"""Indexes by which the next ticket and its explanation are found, however many people wait."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")
_RESTRICTED = sa.text("state = 'waiting' AND (pin IS NOT NULL OR callable_from_ms > 0 OR behind_next)")


def upgrade() -> None:
    _create_index("restricted", ["day", "state", "service"], _RESTRICTED)
    _create_index("waiting_by_issue", ["day", "service", "issue_seq"], _WAITING)


def _create_index(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "ticket", columns, sqlite_where=where, postgresql_where=where)
