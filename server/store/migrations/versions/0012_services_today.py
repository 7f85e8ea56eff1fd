"""Counters serve other services for a day.

A stopped service says until when, and whom to ask.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("day_service", sa.Column("until_at_ms", sa.BigInteger()))
    op.add_column("day_service", sa.Column("ask", sa.String(200)))
    op.create_table(
        "counter_today",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("counter", sa.String(40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("any_clerk", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", "counter", name=op.f("pk_counter_today")),
        sa.ForeignKeyConstraint(["day"], ["day.id"], name=op.f("fk_counter_today_day")),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_counter_today_counter")),
    )
