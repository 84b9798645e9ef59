"""The job engine's schema, as procrastinate 3.10 has it or a later version that is installed."""

from alembic import op

from migrations.job_engine import bring_up

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    bring_up(op.get_bind())
