"""A day has an id beside its date, and the wall clock may be doubted."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Renamed in place, not by Alembic's batch mode (see 0002): nearly all tables refer to ``day``.
    op.execute("ALTER TABLE day RENAME COLUMN date TO id")
    op.add_column("day", sa.Column("date", sa.String(length=10), nullable=True))
    op.add_column("day", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("day", sa.Column("goes_on", sa.String(length=10), nullable=True))
    op.add_column("queue_clock", sa.Column("doubt", sa.String(length=10), nullable=True))
    op.add_column("queue_clock", sa.Column("sure_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE day SET date = id")
    connection = op.get_bind()
    opened = sa.text("SELECT seq, data FROM journal WHERE kind = 'day.opened' ORDER BY seq")
    for row in connection.execute(opened).all():
        values = {"seq": row.seq, "day": json.loads(row.data)["date"]}
        connection.execute(sa.text("UPDATE day SET seq = :seq WHERE id = :day"), values)
