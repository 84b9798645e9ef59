"""Signing in and out, and who is signed in."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Context, Info
from graph.kit.mutations import UserError, user_errors
from graph.kit.resolvers import referred
from graph.kit.types import documented
from models.base import Described
from models.errors import Unauthenticated
from models.sign_in_attempts import LockedOut


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


def viewer(info: Info) -> Viewer | None:
    asking = info.context.viewer
    if asking is None:
        return None
    return Viewer(permissions=sorted(asking.permissions), scope=ViewerScope.ALL, user_id=asking.user_id)


async def login(info: Info, input: Annotated[LoginInput, strawberry.argument(description="Who signs in.")]) -> LoginPayload:
    context: Context = info.context
    try:
        token = await context.sign_in(input.email, input.password, remember=input.remember_me)
    except (Unauthenticated, LockedOut) as refused:
        return LoginPayload(user_errors=[UserError(code=refused.code, message=refused.message, field=list(refused.field) or None)])
    return LoginPayload(token=token.token, expires_at=token.expires_at, viewer=viewer(info))


async def logout(info: Info) -> LogoutPayload:
    context: Context = info.context
    await context.sign_out()
    return LogoutPayload()
