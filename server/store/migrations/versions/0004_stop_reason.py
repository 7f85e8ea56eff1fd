"""Why staff stopped issuing numbers of a service."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("day_service", sa.Column("reason", sa.String(length=200), nullable=True))
