"""Tickets with their legs, and visitors' links.

``server.store.schema.tickets`` explains the columns.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op


def create_ticket() -> None:
    op.create_table("ticket", *_identity_columns(), *_progress_columns(), *_ticket_constraints())
    op.create_index(
        "one_open_ticket_per_counter",
        "ticket",
        ["counter"],
        unique=True,
        sqlite_where=sa.text("state IN ('called', 'serving')"),
        postgresql_where=sa.text("state IN ('called', 'serving')"),
    )
    op.create_index("waiting_line", "ticket", ["day", "state", "service", "rank_key", "issue_seq"], unique=False)


def _identity_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("prefix", sa.String(length=2), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("procedure", sa.String(length=40), nullable=True),
        sa.Column("ticket_class", sa.String(length=20), nullable=False),
        sa.Column("head_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("rank_key", sa.BigInteger(), nullable=False),
        sa.Column("issue_seq", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column("issued_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=False),
    ]


def _progress_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("callable_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=40), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("pin", sa.String(length=40), nullable=True),
        sa.Column("due_ms", sa.BigInteger(), nullable=True),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("hold_reason", sa.String(length=200), nullable=True),
        sa.Column("deferred", sa.Boolean(), nullable=False),
        sa.Column("requeued", sa.Boolean(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("called_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("called_ms", sa.BigInteger(), nullable=True),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("print_state", sa.String(length=20), nullable=True),
        sa.Column("print_proof", sa.String(length=20), nullable=True),
        sa.Column("print_station", sa.String(length=40), nullable=True),
    ]


def _ticket_constraints() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("(state = 'held') = (due_ms IS NOT NULL)", name=op.f("ck_ticket_held_has_due")),
        sa.CheckConstraint("state <> 'served' OR outcome IS NOT NULL", name=op.f("ck_ticket_served_has_outcome")),
        sa.CheckConstraint(
            "state IN ('waiting', 'called', 'serving', 'served', 'held', 'no_show', 'cancelled', 'expired')",
            name=op.f("ck_ticket_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('called', 'serving', 'held') OR counter IS NOT NULL", name=op.f("ck_ticket_at_a_counter")
        ),
        sa.CheckConstraint(
            "state NOT IN ('waiting', 'expired') OR counter IS NULL", name=op.f("ck_ticket_at_no_counter")
        ),
        sa.CheckConstraint("ticket_class IN ('ordinary', 'priority')", name=op.f("ck_ticket_ticket_class_known")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_ticket_counts_from_one")),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_ticket_counter")),
        sa.ForeignKeyConstraint(
            ["office", "day", "prefix"],
            ["series.office", "series.day", "series.prefix"],
            name=op.f("fk_ticket_office_day_prefix"),
        ),
        sa.ForeignKeyConstraint(["pin"], ["counter.id"], name=op.f("fk_ticket_pin")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_ticket_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("issue_seq", name="one_ticket_per_issue"),
        sa.UniqueConstraint("office", "day", "prefix", "seq", name="one_number_once"),
    ]


def create_leg() -> None:
    op.create_table(
        "leg",
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("procedure", sa.String(length=40), nullable=True),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.String(length=40), nullable=True),
        sa.Column("clerk", sa.String(length=40), nullable=True),
        sa.Column("called_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("called_ms", sa.BigInteger(), nullable=True),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("started_ms", sa.BigInteger(), nullable=True),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("finished_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("across_boots", sa.Boolean(), nullable=False),
        *_leg_constraints(),
    )
    op.create_index(
        "one_open_leg_per_ticket",
        "leg",
        ["ticket"],
        unique=True,
        sqlite_where=sa.text("ended_ms IS NULL"),
        postgresql_where=sa.text("ended_ms IS NULL"),
    )


def _leg_constraints() -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("(ended_ms IS NULL) = (ended IS NULL)", name=op.f("ck_leg_ended_says_how")),
        sa.CheckConstraint("finished_ms >= started_ms", name=op.f("ck_leg_no_negative_service")),
        sa.CheckConstraint("finished_ms IS NULL OR started_ms IS NOT NULL", name=op.f("ck_leg_finished_was_started")),
        sa.CheckConstraint("started_ms >= called_ms", name=op.f("ck_leg_no_negative_walk")),
        sa.CheckConstraint("started_ms IS NULL OR counter IS NOT NULL", name=op.f("ck_leg_started_somewhere")),
        sa.ForeignKeyConstraint(["clerk"], ["clerk.id"], name=op.f("fk_leg_clerk")),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_leg_counter")),
        sa.ForeignKeyConstraint(["service"], ["service.id"], name=op.f("fk_leg_service")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_leg_ticket")),
        sa.PrimaryKeyConstraint("ticket", "n", name=op.f("pk_leg")),
    ]


def create_visitor_link() -> None:
    op.create_table(
        "visitor_link",
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_visitor_link_ticket")),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_visitor_link")),
        sa.UniqueConstraint("ticket", name=op.f("uq_visitor_link_ticket")),
    )
