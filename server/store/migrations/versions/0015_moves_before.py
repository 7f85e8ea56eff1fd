"""Keep a ticket's rows before its last move."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_before",
        sa.Column("ticket", sa.String(40), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("queue_ms", sa.BigInteger(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("legs", sa.JSON(), nullable=False),
        sa.UniqueConstraint("seq", name="one_ticket_per_move"),
        sqlite_with_rowid=False,
    )
    op.create_index("moves_by_time", "ticket_before", ["queue_ms"])
