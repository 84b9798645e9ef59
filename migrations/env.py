"""Runs migrations on the connection that database.upgrade hands over; there is no other way to run them."""

from alembic import context
from sqlalchemy import Connection

from migrations.comparison import COMPARISON
from models import Base

connection: Connection = context.config.attributes["connection"]

context.configure(connection=connection, target_metadata=Base.metadata, **COMPARISON)
with context.begin_transaction():
    context.run_migrations()
