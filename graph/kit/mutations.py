"""Mutations: one input, one payload; expected failures become its userErrors."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry

from graph.context import Info
from models.errors import Forbidden, Refused, Unauthenticated

P = TypeVar("P")


@strawberry.type(description="Why something was not done, and what to change.")
class UserError:
    code: str = strawberry.field(description="What kind of failure it is, for programs.")
    message: str = strawberry.field(description="What is wrong, and what would be right.")
    field: list[str] | None = strawberry.field(default=None, description="The path of the input field at fault.")


def user_errors() -> Any:
    return strawberry.field(default_factory=list, description="Why it was not done; empty when it was.")


def refusals(payload: Callable[..., P]) -> Callable[[Callable[..., Awaitable[P]]], Callable[..., Awaitable[P]]]:
    """Turns expected failures of a mutation into a payload with userErrors.

    A missing sign-in or permission stays an error of the operation: it is not about the input.
    """

    def wrap(function: Callable[..., Awaitable[P]]) -> Callable[..., Awaitable[P]]:
        @functools.wraps(function)
        async def mutate(info: Info, *args: Any, **kwargs: Any) -> P:
            try:
                return await function(info, *args, **kwargs)
            except (Forbidden, Unauthenticated):
                raise
            except Refused as refused:
                return payload(user_errors=[UserError(code=refused.code, message=refused.message, field=list(refused.field) or None)])
            finally:
                # The payload, and later mutations of the operation, must not see what was read before.
                info.context.reads.forget()

        return mutate

    return wrap
