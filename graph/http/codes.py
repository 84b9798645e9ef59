"""What a caller learns of an error: every one has a code, and of those that nobody foresaw it learns nothing else."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionContext, PreExecutionError

from database.outages import is_away
from graph.http.documents import Documents, Unexecutable
from graph.http.edge import internal, outage, request_id
from graph.http.refusals import AWAY
from models.errors import Refused

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL"
UNAVAILABLE = "UNAVAILABLE"


class Schema(strawberry.Schema):
    """A schema whose errors have codes wherever they surface: over HTTP, in streams, on sockets, in tests."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        tell(errors)

    @cached_property
    def documents(self) -> Documents:
        """What has been validated, so that it need not be again."""
        return Documents(self._schema)

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        # In place of Strawberry's, which keeps nothing, has no limits, and runs the first operation when none is named.
        if not context.query:
            raise MissingQueryError
        try:
            document = self.documents.find(context.query)
        except Unexecutable as refused:
            context.pre_execution_errors = refused.errors
            return PreExecutionError(data=None, errors=context.pre_execution_errors)
        context.graphql_document = document.ast
        kind = document.operation_type(context._provided_operation_name)
        if kind not in context.allowed_operations:
            raise InvalidOperationTypeError(kind)
        return None


def tell(errors: Sequence[GraphQLError]) -> None:
    """Gives each error its code; masks and logs those that nobody foresaw, one entry for each cause."""
    logged: set[int] = set()
    for error in errors:
        if "code" in (error.extensions or {}):
            continue
        code = code_of(error)
        if code == UNAVAILABLE:
            outage.write(_cause(error))
            error.message = AWAY
        if code != INTERNAL:
            _put(error, code)
            continue
        cause = _cause(error)
        if id(cause) not in logged:
            logged.add(id(cause))
            place = ".".join(map(str, error.path or ())) or "the operation"
            logger.error("Request %s failed at %s.", request_id.get(), place, exc_info=cause)
        error.message = internal(request_id.get())
        error.extensions = {"code": INTERNAL, "requestId": request_id.get()}


def error_of(problem: Exception) -> GraphQLError:
    """Any exception as the error that is told of it."""
    message = problem.as_http_error_reason() if isinstance(problem, CannotGetOperationTypeError) else str(problem)
    error = GraphQLError(message, original_error=problem)
    tell([error])
    return error


def code_of(error: GraphQLError) -> str:
    """The code of an error that does not carry one."""
    cause = _cause(error)
    match cause:
        case Refused():
            return cause.code
        case GraphQLSyntaxError():
            return PARSE_FAILED
        case StrawberryInputCoercionError() | CannotGetOperationTypeError() | InvalidOperationTypeError() | MissingQueryError():
            return BAD_USER_INPUT
    if is_away(cause):
        return UNAVAILABLE
    # What is left of graphql-core's own: errors about variables have no path, those about arguments point at a value in the document.
    is_early = error.path is None and (cause is error or isinstance(error.original_error, GraphQLError))
    nodes = getattr(error.original_error, "nodes", None) or ()
    return BAD_USER_INPUT if is_early or any(not isinstance(node, FieldNode) for node in nodes) else INTERNAL


def _cause(error: GraphQLError) -> Exception:
    """The exception at the bottom of an error."""
    cause: Any = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause if isinstance(cause, Exception) else error


def _put(error: GraphQLError, code: str) -> None:
    if "code" not in (error.extensions or {}):
        error.extensions = {**(error.extensions or {}), "code": code}
