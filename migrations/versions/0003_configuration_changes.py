"""Announces every write to a configuration table, so that the processes that hold it read it again."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = [
    "client_type",
    "country",
    "currency",
    "ib_program",
    "manager",
    "payment_method",
    "platform",
    "product",
    "product_currency",
    "product_group",
    "tag",
    "verification_level",
]

# In a schema of its own, as the job engine's functions are: what is in `public` is what the models declare.
# Notifications that are equal arrive once per transaction, however many statements it has.
ANNOUNCE = """
    create function changes.announce_configuration() returns trigger language plpgsql as $$
    begin
        perform pg_notify('configuration', tg_table_name);
        return null;
    end $$"""


def upgrade() -> None:
    op.execute("create schema changes")
    op.execute(ANNOUNCE)
    for table in TABLES:
        op.execute(
            f"create trigger announce_configuration after insert or update or delete or truncate on {table} "
            "for each statement execute function changes.announce_configuration()"
        )
