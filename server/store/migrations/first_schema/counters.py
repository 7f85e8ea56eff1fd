"""The state of counters, and the calls they made.

``server.store.schema.counters`` explains the columns.
"""

import sqlalchemy as sa
from alembic import op


def create_counter_state() -> None:
    op.create_table(
        "counter_state",
        sa.Column("counter", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("until_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("since_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("clerk", sa.String(length=40), nullable=True),
        sa.Column("ready_ms", sa.BigInteger(), nullable=True),
        sa.Column("ready_ended", sa.String(length=20), nullable=True),
        sa.CheckConstraint("ready_ms IS NULL OR state = 'open'", name=op.f("ck_counter_state_ready_is_open")),
        sa.CheckConstraint("state IN ('open', 'paused', 'closed')", name=op.f("ck_counter_state_state_known")),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.id"], name=op.f("fk_counter_state_clerk")),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_counter_state_counter")),
        sa.PrimaryKeyConstraint("counter", name=op.f("pk_counter_state")),
        sa.UniqueConstraint("clerk", name=op.f("uq_counter_state_clerk")),
    )


def create_call() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=True),
        sa.Column("number", sa.String(length=8), nullable=True),
        sa.Column("ticket_class", sa.String(length=20), nullable=True),
        sa.Column("counter", sa.String(length=40), nullable=True),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("queue_ms", sa.BigInteger(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("auto", sa.Boolean(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("mono_ms", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('call', 'recall', 'last', 'pause', 'resume', 'opening', 'closing')",
            name=op.f("ck_call_kind_known"),
        ),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_call_counter")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_call_service")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_call_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("seq", name=op.f("uq_call_seq")),
    )
    op.create_index("calls_of_day", "call", ["day", "seq"], unique=False)
    op.create_index("calls_of_ticket", "call", ["ticket", "seq"], unique=False)


def create_seen() -> None:
    op.create_table(
        "seen",
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("shown_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("spoken", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["call.id"], name=op.f("fk_seen_call")),
        sa.PrimaryKeyConstraint("call", "station", name=op.f("pk_seen")),
    )
