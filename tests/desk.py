"""The whole application on a database, as tests of its outer side use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from app import create_app
from models.sessions import open_session
from models.users import add_user
from settings import Settings


@asynccontextmanager
async def desk(database_url: str, **given: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, which has been started and is stopped afterwards."""
    app = create_app(Settings.model_validate(given), database_url)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test") as client,
    ):
        yield client


async def signed_in(database: AsyncEngine, email: str = "ann@example.com") -> dict[str, str]:
    """The headers of somebody who may do everything."""
    async with database.begin() as connection:
        user_id = await add_user(connection, name="Ann Lee", email=email, password="correct horse battery")
        return {"authorization": f"Bearer {(await open_session(connection, user_id)).token}"}
