"""Service days, what is counted on them, opening hours, and the clock of the queue.

``server.store.schema.days`` explains the columns.
"""

import sqlalchemy as sa
from alembic import op


def create_queue_clock() -> None:
    op.create_table(
        "queue_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("boot_ms", sa.BigInteger(), nullable=False),
        sa.Column("queue_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_queue_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_clock")),
    )


def create_day() -> None:
    op.create_table(
        "day",
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("served", sa.Integer(), nullable=True),
        sa.Column("expired", sa.Integer(), nullable=True),
        sa.Column("unrecorded", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at_ms IS NOT NULL)", name=op.f("ck_day_closed_has_time")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_day_state_known")),
        sa.ForeignKeyConstraint(["office"], ["office.id"], name=op.f("fk_day_office")),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_day")),
    )
    op.create_index(
        "one_open_day",
        "day",
        ["office"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def create_hours() -> None:
    op.create_table(
        "hours",
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("opening", sa.String(length=10), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("opening IN ('open', 'lunch', 'closed')", name=op.f("ck_hours_opening_known")),
        sa.ForeignKeyConstraint(["office"], ["office.id"], name=op.f("fk_hours_office")),
        sa.PrimaryKeyConstraint("office", name=op.f("pk_hours")),
    )


def create_day_service() -> None:
    op.create_table(
        "day_service",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["day.date"], name=op.f("fk_day_service_day")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_day_service_service")),
        sa.PrimaryKeyConstraint("day", "service", name=op.f("pk_day_service")),
    )


def create_issued() -> None:
    op.create_table(
        "issued",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("half", sa.String(length=2), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("half IN ('am', 'pm')", name=op.f("ck_issued_half_known")),
        sa.ForeignKeyConstraint(["day"], ["day.date"], name=op.f("fk_issued_day")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_issued_service")),
        sa.PrimaryKeyConstraint("day", "service", "half", name=op.f("pk_issued")),
    )


def create_series() -> None:
    op.create_table(
        "series",
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("prefix", sa.String(length=2), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_series_counts_from_one")),
        sa.ForeignKeyConstraint(["day"], ["day.date"], name=op.f("fk_series_day")),
        sa.ForeignKeyConstraint(["office"], ["office.id"], name=op.f("fk_series_office")),
        sa.PrimaryKeyConstraint("office", "day", "prefix", name=op.f("pk_series")),
    )
