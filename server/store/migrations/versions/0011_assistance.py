"""Staff alarms, colleagues sent to a place, and messages between counters and managers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_alarm()
    _create_dispatch()
    _create_message()


def _create_alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("counter", sa.String(40), nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("raised_by", sa.String(64), nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger()),
        sa.Column("taken_by", sa.String(64)),
        sa.Column("ended_at_ms", sa.BigInteger()),
        sa.Column("ended_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index("open_alarms", "alarm", ["raised_at_ms"], sqlite_where=sa.text("ended_at_ms IS NULL"))


def _create_dispatch() -> None:
    op.create_table(
        "dispatch",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10)),
        sa.Column("counter", sa.String(40)),
        sa.Column("station", sa.String(40)),
        sa.Column("call", sa.String(40)),
        sa.Column("to_counter", sa.String(40), nullable=False),
        sa.Column("clerk", sa.String(64)),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_by", sa.String(64), nullable=False),
        sa.Column("going_at_ms", sa.BigInteger()),
        sa.Column("going_by", sa.String(64)),
        sa.Column("ended_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
    )
    op.create_index("open_dispatches", "dispatch", ["sent_at_ms"], sqlite_where=sa.text("ended_at_ms IS NULL"))


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("from_counter", sa.String(40)),
        sa.Column("to_counter", sa.String(40)),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_by", sa.String(64), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger()),
        sa.Column("seen_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("unread_messages", "message", ["sent_at_ms"], sqlite_where=sa.text("seen_at_ms IS NULL"))
