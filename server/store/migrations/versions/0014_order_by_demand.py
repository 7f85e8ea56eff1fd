"""A day has the demand by which the kiosk orders services."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("day", sa.Column("demand", sa.JSON()))
