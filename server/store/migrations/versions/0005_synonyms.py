"""Everyday words of a procedure, by which the kiosk's search finds it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("procedure", sa.Column("synonyms", sa.JSON(), nullable=False, server_default="[]"))
