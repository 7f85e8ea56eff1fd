"""People try the devices of the hall: the last trial of each."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_trial",
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.String(20)),
        sa.PrimaryKeyConstraint("station", "device", name=op.f("pk_device_trial")),
        sqlite_with_rowid=False,
    )
