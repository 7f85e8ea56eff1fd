"""Tickets that are put off, and follow the next one of their service."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not by Alembic's batch mode, which drops and recreates the table: nearly all others refer to ``ticket``.
    op.add_column("ticket", sa.Column("behind_next", sa.Boolean(), nullable=False, server_default=sa.text("0")))
