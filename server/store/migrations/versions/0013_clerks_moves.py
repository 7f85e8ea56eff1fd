"""Pins to a clerk, ways back to the sender, and clerks' notes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_RESTRICTED = sa.text(
    "state = 'waiting' AND (pin IS NOT NULL OR pin_clerk IS NOT NULL OR callable_from_ms > 0 OR behind_next)"
)


def upgrade() -> None:
    op.add_column("ticket", sa.Column("pin_clerk", sa.String(40)))
    op.add_column("ticket", sa.Column("stops", sa.JSON()))
    op.add_column("ticket", sa.Column("sender", sa.JSON()))
    op.drop_index("restricted", "ticket")
    op.create_index(
        "restricted",
        "ticket",
        ["day", "state", "service"],
        sqlite_where=_RESTRICTED,
        postgresql_where=_RESTRICTED,
    )
    op.create_table(
        "ticket_note",
        sa.Column("ticket", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "kind", name=op.f("pk_ticket_note")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_ticket_note_ticket")),
        sa.CheckConstraint("kind IN ('note', 'handover')", name=op.f("ck_ticket_note_kind_known")),
        sqlite_with_rowid=False,
    )
