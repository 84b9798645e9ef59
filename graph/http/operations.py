"""The operation that a request asks for, or a refusal that says what is wrong with it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from graph.http.bodies import body_of, json_of
from graph.http.refusals import Refusal
from graph.http.uploads import multipart_operation
from loaders.lru_cache import cached_when_short
from models.errors import Unauthenticated

# What each member must be, apart from null, and how a person calls that.
MEMBERS = {
    "query": (str, "a string"),
    "operationName": (str, "a string"),
    "variables": (dict, "an object"),
    "extensions": (dict, "an object"),
}

# Two gigabytes take longer on their way into the database than other operations may.
UPLOAD_SECONDS = 600.0


@dataclass(frozen=True)
class Limits:
    """The most bytes that a request may bring."""

    body: int = 1024**2
    upload: int = 2 * 1024**3
    upload_seconds: float = UPLOAD_SECONDS


@dataclass(frozen=True)
class Operation:
    """A document (None: only its hash came, in the extensions), which operation of it is meant, and what goes with it."""

    document: str | None
    name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


def brings_files(headers: Mapping[str, str]) -> bool:
    return _content_type(headers.get("content-type", ""))[0] == "multipart/form-data"


async def operation_of(request: Request, headers: Mapping[str, str], limits: Limits) -> Operation:
    """What a request without files asks for."""
    if request.scope["method"] == "GET":
        return _operation(_parameters(request))
    _check_encoding(headers)
    kind, charset = _content_type(headers.get("content-type", ""))
    if kind == "application/json" and charset in ("utf-8", "utf8"):
        return _operation(json_of(await body_of(headers, request.receive, limits.body), "The body"))
    sent = headers.get("content-type", "none")
    raise Refusal(415, f"The content type is {sent!r}; send application/json in UTF-8, or multipart/form-data with files.")


@asynccontextmanager
async def operation_with_files(request: Request, limits: Limits, *, signed_in: bool) -> AsyncIterator[Operation]:
    """What a request with files asks for; the files exist while the context is open."""
    _check_encoding(request.headers)
    if not signed_in:
        raise Unauthenticated("Files are taken from those who have signed in; the token is missing.")
    async with multipart_operation(request, limits.upload) as content:
        yield _operation(content)


def _check_encoding(headers: Mapping[str, str]) -> None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "The body is compressed; send it as it is.")


@cached_when_short
def _content_type(header: str) -> tuple[str, str]:
    kind, *options = [part.strip().lower() for part in header.split(";")]
    values = dict(option.partition("=")[::2] for option in options)
    return kind, values.get("charset", "utf-8").strip('"')


def _parameters(request: Request) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = json_of(parameters[name] or "null", f"The parameter {name}")
    return parameters


def _operation(content: object) -> Operation:
    if isinstance(content, list):
        raise Refusal(400, "The body is a list; batches are not taken, send each operation as a request of its own.")
    if not isinstance(content, dict):
        raise Refusal(400, 'The body must be a JSON object, as in {"query": "{ viewer { user { email } } }"}.')
    for name, (kind, words) in MEMBERS.items():
        if content.get(name) is not None and not isinstance(content[name], kind):
            raise Refusal(400, f"`{name}` must be {words}.")
    return Operation(content.get("query") or None, content.get("operationName"), content.get("variables"), content.get("extensions"))
