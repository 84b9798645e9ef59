"""Announces the end of sessions, and whether users are active, so that no process goes on answering them."""

from alembic import op

revision = "0005"
down_revision = "0003"
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
