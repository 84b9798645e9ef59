"""Signing in and out, and who is signed in."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Context, Info
from graph.kit.mutations import UserError, user_errors
from graph.kit.resolvers import referred
from graph.kit.types import documented
from loaders.sessions import signed_in
from models.access import Viewer as Asking
from models.base import Described
from models.errors import Unauthenticated


class ViewerScope(Described):
    """Which clients a viewer may see, with what belongs to them."""

    ALL = "all", "Every client."
    CLIENT_TAGS = "clientTags", "The clients that have one of the viewer's tags."
    PARTNER_TREE = "partnerTree", "The clients attracted by the viewer's partner and by the partners below."


documented(ViewerScope)


@strawberry.type(description="Who asks, and what they may do.")
class Viewer:
    permissions: list[str] = strawberry.field(description="What the viewer may do, as in clients.read.")
    scope: ViewerScope = strawberry.field(description="Which clients exist for the viewer.")
    user_id: strawberry.Private[int | None]

    @referred("User", "The user who is signed in.")
    def user(self) -> tuple[str, int] | None:
        return None if self.user_id is None else ("User", self.user_id)

    @referred("IbPartner", "The partner whose tree the viewer sees; null for staff.")
    def partner(self) -> tuple[str, int] | None:
        return None


@strawberry.input(description="Who signs in.")
class LoginInput:
    email: str = strawberry.field(description="The user's email.")
    password: str = strawberry.field(description="The user's password.")
    remember_me: bool = strawberry.field(default=False, description="Whether the token lasts 30 days instead of 12 hours.")


@strawberry.type(description="What a sign-in gives.")
class LoginPayload:
    token: str | None = strawberry.field(default=None, description="The token to send as `Authorization: Bearer <token>`; shown this once.")
    expires_at: datetime | None = strawberry.field(default=None, description="When the token stops working.")
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="What a sign-out gives.")
class LogoutPayload:
    user_errors: list[UserError] = user_errors()


def viewer_type(asking: Asking) -> Viewer:
    return Viewer(permissions=sorted(asking.permissions), scope=ViewerScope.ALL, user_id=asking.user_id)


def viewer(info: Info) -> Viewer | None:
    return viewer_type(info.context.viewer) if info.context.viewer is not None else None


async def login(info: Info, input: Annotated[LoginInput, strawberry.argument(description="Who signs in.")]) -> LoginPayload:
    context: Context = info.context
    try:
        token, asking = await signed_in(context.services.engine, input.email, input.password, remember=input.remember_me)
    except Unauthenticated as refused:
        return LoginPayload(user_errors=[UserError(code=refused.code, message=refused.message, field=["input", "email"])])
    context.sign_in(token, asking)
    return LoginPayload(token=token.token, expires_at=token.expires_at, viewer=viewer_type(asking))


async def logout(info: Info) -> LogoutPayload:
    context: Context = info.context
    await context.sign_out()
    return LogoutPayload()
