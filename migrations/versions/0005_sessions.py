"""Announces the end of sessions, and whether users are active, so that no process goes on answering them; counts attempts to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ANNOUNCE = """
    create function changes.announce_session() returns trigger language plpgsql as $$
    begin
        perform pg_notify('session', old.user_id::text);
        return null;
    end $$"""


def upgrade() -> None:
    op.execute(ANNOUNCE)
    op.execute("create trigger announce_session after delete on user_session for each row execute function changes.announce_session()")
    op.execute(
        'create trigger announce_session after update of active on "user" for each row '
        "when (old.active <> new.active) execute function changes.announce_session()"
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(op.f("ix_sign_in_attempts_expires_at"), "sign_in_attempts", ["expires_at"], unique=False)
