"""The work of stations, calls for help, and the answers to requests.

``server.store.schema.jobs`` explains the columns.
"""

import sqlalchemy as sa
from alembic import op


def create_help_call() -> None:
    op.create_table(
        "help_call",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("taken_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_call")),
    )


def create_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=True),
        sa.Column("mark", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proof", sa.String(length=20), nullable=True),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('slip', 'reprint', 'test')", name=op.f("ck_job_kind_known")),
        sa.CheckConstraint(
            "state IN ('open', 'printed', 'held', 'failed', 'unknown', 'dropped')", name=op.f("ck_job_state_known")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_job_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("seq", name=op.f("uq_job_seq")),
    )
    op.create_index(
        "open_jobs",
        "job",
        ["station", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def create_request() -> None:
    op.create_table(
        "request",
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("ticket", sa.String(length=40), nullable=True),
        sa.Column("counter", sa.String(length=40), nullable=True),
        sa.Column("job", sa.String(length=40), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_request_counter")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_request_ticket")),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_request")),
    )
