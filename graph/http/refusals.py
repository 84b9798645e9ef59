"""Requests that are refused before anything is executed: an HTTP status and an error in the form of GraphQL."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from database.outages import RETRY_AFTER
from models.errors import Refused

AWAY = "The database cannot be reached at the moment; try again in a few seconds."
STATUSES = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "CONFLICT": 409}


class Refusal(Exception):
    """Why a request is not done, and the status that says so."""

    def __init__(self, status: int, message: str, *, code: str = "BAD_USER_INPUT", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.extensions = {"code": code}
        self.headers = dict(headers or {})

    def response(self) -> Response:
        error = {"message": self.message, "extensions": self.extensions}
        return JSONResponse({"errors": [error]}, self.status, headers={"cache-control": "no-store", **self.headers})


def unavailable() -> Refusal:
    """What is told of a request that ends because the database is away."""
    return Refusal(503, AWAY, code="UNAVAILABLE", headers={"retry-after": str(RETRY_AFTER)})


def refusal_of(refused: Refused) -> Refusal:
    """What an expected failure is as an answer over HTTP."""
    headers = {"www-authenticate": "Bearer"} if refused.code == "UNAUTHENTICATED" else {}
    return Refusal(STATUSES.get(refused.code, 400), refused.message, code=refused.code, headers=headers)
