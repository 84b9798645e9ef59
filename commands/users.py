"""Tokens and users, for whoever has the database at hand."""

from commands.storage import Place, connected
from models.errors import NotFound
from models.passwords import random_password
from models.sessions import open_session, user_with_email
from models.users import add_user


async def token(place: Place, email: str) -> str:
    """A bearer token for an active user, good for 12 hours."""
    async with connected(place) as engine, engine.begin() as connection:
        user_id = await user_with_email(connection, email)
        if user_id is None:
            raise NotFound(f"There is no active user with the email {email!r}; `backoffice user create` adds one.")
        return (await open_session(connection, user_id)).token


async def create(place: Place, *, email: str, name: str, password: str | None) -> str | None:
    """Adds a user, and answers the password if it had to be made up."""
    chosen = random_password() if password is None else password
    async with connected(place) as engine, engine.begin() as connection:
        await add_user(connection, name=name, email=email, password=chosen)
    return chosen if password is None else None
