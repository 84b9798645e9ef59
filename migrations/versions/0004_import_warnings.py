"""Warnings of imports, texts that mean nothing, the line of the header, and where a guessed encoding is in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_file", sa.Column("doubtful_line", sa.Integer(), nullable=True))
    op.add_column("import_file", sa.Column("doubtful_cell", sa.Text(), nullable=True))
    op.add_column("import_file", sa.Column("recoded_from", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_import_file_recoded_from", "import_file", "import_file", ["recoded_from"], ["import_file_id"])
    op.add_column("import_run", sa.Column("warned", sa.Integer(), server_default="0", nullable=False))
    op.add_column("import_job", sa.Column("blanks", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("import_job", sa.Column("header_line", sa.Integer(), nullable=True))
    op.add_column("import_row_error", sa.Column("warning", sa.Boolean(), server_default="false", nullable=False))
    op.create_index("ix_import_row_error_warning", "import_row_error", ["import_run_id", "warning", "record", "ordinal"], unique=False)
