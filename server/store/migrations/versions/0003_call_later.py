"""A ticket that was put off, and lets the next one of its service go first."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: making a table anew drops the old one, and ``ticket`` is what nearly all others point to.
    op.add_column("ticket", sa.Column("behind_next", sa.Boolean(), nullable=False, server_default=sa.text("0")))
