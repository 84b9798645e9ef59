"""Results of executions as they go out: as GraphQL's response objects, in JSON."""

from typing import Any

import orjson
from starlette.responses import Response
from strawberry.types.execution import ExecutionResult

from graph.http.accepts import RESPONSE


def content_of(result: ExecutionResult) -> dict[str, Any]:
    """The response object. There is no `data` when nothing was executed."""
    content: dict[str, Any] = {} if _is_unexecuted(result) else {"data": result.data}
    if result.errors:
        content["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        content["extensions"] = result.extensions
    return content


def text_of(content: object) -> str:
    return orjson.dumps(content).decode()


def response_of(result: ExecutionResult, form: str) -> Response:
    """The result as an HTTP response; plain JSON always has the status 200, as clients of old expect."""
    status = 400 if form == RESPONSE and _is_unexecuted(result) else 200
    return Response(orjson.dumps(content_of(result)), status, {"content-type": f"{form}; charset=utf-8", "cache-control": "no-store"})


def _is_unexecuted(result: ExecutionResult) -> bool:
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())
