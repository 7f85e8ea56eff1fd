"""Ratings, references to dossiers, slips that staff checked, jobs without paper."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "kind IN ('slip', 'reprint', 'test', 'roll', 'clear', 'seen')"
STATES = "state IN ('open', 'printed', 'held', 'failed', 'unknown', 'done', 'dropped')"


def upgrade() -> None:
    # Not by Alembic's batch mode, which drops and recreates the table: nearly all others refer to ``ticket``.
    op.add_column("ticket", sa.Column("print_seen_at_ms", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("job") as job:
        job.drop_constraint(op.f("ck_job_kind_known"), type_="check")
        job.drop_constraint(op.f("ck_job_state_known"), type_="check")
        job.create_check_constraint(op.f("ck_job_kind_known"), KINDS)
        job.create_check_constraint(op.f("ck_job_state_known"), STATES)
    op.create_table(
        "rating",
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("counter", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "level IN ('very_satisfied', 'satisfied', 'neutral', 'dissatisfied')", name=op.f("ck_rating_level_known")
        ),
        sa.ForeignKeyConstraint(["counter"], ["counter.id"], name=op.f("fk_rating_counter")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_rating_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_rating")),
    )
    op.create_index("ratings_of_day", "rating", ["day"], unique=False)
    op.create_table(
        "dossier",
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_dossier_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_dossier")),
    )
