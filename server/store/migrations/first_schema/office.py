"""The office: services, counters, clerks, procedures, calendar.

``server.store.schema.office`` explains the columns.
"""

import sqlalchemy as sa
from alembic import op


def create_calendar() -> None:
    op.create_table(
        "calendar",
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("name", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("spans", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("name IS NOT NULL OR spans IS NOT NULL", name=op.f("ck_calendar_says_something")),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_calendar")),
    )


def create_clerk() -> None:
    op.create_table(
        "clerk",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("services", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("role IN ('clerk', 'manager')", name=op.f("ck_clerk_role_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clerk")),
    )


def create_office() -> None:
    op.create_table(
        "office",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("hotline", sa.String(length=40), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
    )


def create_service() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.String(length=2), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("usual", sa.Boolean(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_service_capacity_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )


def create_clerk_name() -> None:
    op.create_table(
        "clerk_name",
        sa.Column("clerk", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.id"], name=op.f("fk_clerk_name_clerk")),
        sa.PrimaryKeyConstraint("clerk", name=op.f("pk_clerk_name")),
    )


def create_counter() -> None:
    op.create_table(
        "counter",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("clerk", sa.String(length=40), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.id"], name=op.f("fk_counter_clerk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
    )


def create_procedure() -> None:
    op.create_table(
        "procedure",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("fee", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("demo_service_min", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_procedure_service")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_procedure")),
    )


def create_counter_service() -> None:
    op.create_table(
        "counter_service",
        sa.Column("counter", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_counter_service_counter")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_counter_service_service")),
        sa.PrimaryKeyConstraint("counter", "service", name=op.f("pk_counter_service")),
    )
