"""What a caller brings along with a request or a socket."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from graph.http.edge import request_id
from models.access import Viewer


@dataclass(frozen=True)
class Visit:
    """The token as it came (None: a caller without one), the first language of `Accept-Language`, the request's id,
    and the address at the other end of the connection (None: a socket of this machine)."""

    request_id: str
    token: str | None = field(default=None, repr=False)
    locale: str | None = None
    address: str | None = None


class Visited(Protocol):
    """What the endpoint knows of the context of an operation."""

    @property
    def viewer(self) -> Viewer | None: ...


ContextOf = Callable[[Visit], Awaitable[Visited]]
"Makes the context of one operation; raises Unauthenticated for a token that is not valid."


def visit_of(headers: Mapping[str, str], peer: tuple[str, int] | None) -> Visit:
    """What headers, with names in small letters, and the connection say of a caller."""
    locale = headers.get("accept-language", "").split(",")[0].split(";")[0].strip()
    return Visit(request_id.get(), token_of(headers), locale or None, peer[0] if peer else None)


def token_of(headers: Mapping[str, object]) -> str | None:
    """The token of `Authorization: Bearer` or else `X-Auth-Token`, given headers with names in small letters."""
    scheme, _, token = str(headers.get("authorization", "")).strip().partition(" ")
    # Another scheme is somebody else's, such as that of a proxy which asks for a password.
    if scheme.lower() == "bearer":
        return token.strip()
    given = headers.get("x-auth-token")
    return None if given is None else str(given)
