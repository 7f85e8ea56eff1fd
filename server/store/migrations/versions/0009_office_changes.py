"""The office can be changed: further fields of its parts, notices, and the changes themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTS = ("office", "service", "clerk", "counter", "procedure")


def upgrade() -> None:
    for table in PARTS:
        op.add_column(table, sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "notice",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("since", sa.String(16)),
        sa.Column("until", sa.String(16)),
        sa.Column("details", sa.JSON(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "office_change",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by_role", sa.String(20), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("date", sa.String(10)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("done_seq", sa.Integer()),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_change")),
        sa.CheckConstraint(
            "state IN ('planned', 'done', 'withdrawn', 'impossible')", name=op.f("ck_office_change_state_known")
        ),
    )
    op.create_index("office_changes_in_order", "office_change", ["seq"])
    op.create_index("office_changes_done", "office_change", ["done_seq"])
