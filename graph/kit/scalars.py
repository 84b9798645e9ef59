"""Scalars, each with the document that specifies it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.file_uploads import Upload
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from graph.http.uploads import uploaded

BigInt = NewType("BigInt", int)


def _decimal(value: Any) -> Decimal:
    # A JSON number has been a binary float on its way here, in one parser or another.
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise GraphQLError(f"Decimal cannot represent {value!r}; write it as a string, as in \"10.50\".")
    try:
        number = Decimal(value)
    except InvalidOperation as problem:
        raise GraphQLError(f"Decimal cannot represent {value!r}; use digits and one point, as in \"10.50\".") from problem
    if not number.is_finite() or len(number.as_tuple().digits) > 56 or abs(number.adjusted()) > 38:
        raise GraphQLError(f"Decimal cannot represent {str(value)[:60]!r}; at most 20 digits before the point and 18 after it are kept.")
    return number


def _date(value: Any) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f"Date cannot represent {value!r}; write it as YYYY-MM-DD, as in \"2026-01-31\".")


def _datetime(value: Any) -> datetime:
    try:
        if isinstance(value, str) and len(value) > 10:
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        pass
    raise GraphQLError(f"DateTime cannot represent {value!r}; write it in ISO 8601 with an offset, as in \"2026-01-31T12:00:00+00:00\".")


def _big_int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise GraphQLError(f"BigInt cannot represent {value!r}; use an integer of 64 bits.")


def _literal(parse: Callable[[Any], Any]) -> Callable[[ValueNode, dict[str, Any] | None], Any]:
    return lambda node, variables=None: parse(value_from_ast_untyped(node, variables))


def _scalar(name: str, description: str, specified_by: str, serialize: Callable[[Any], Any], parse: Callable[[Any], Any]) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=specified_by,
        serialize=serialize,
        parse_value=parse,
        parse_literal=_literal(parse),
    )


SCALARS: dict[object, Any] = {
    Decimal: _scalar(
        "Decimal",
        "An exact decimal number as a string, with up to 20 digits before the point and 18 after it.",
        "https://en.wikipedia.org/wiki/Decimal",
        lambda value: format(value, "f"),
        _decimal,
    ),
    date: _scalar("Date", "A day, as in 2026-01-31.", "https://www.rfc-editor.org/rfc/rfc3339", date.isoformat, _date),
    datetime: _scalar(
        "DateTime",
        "A moment in ISO 8601 with its offset, as in 2026-01-31T12:00:00+00:00. Without an offset, input is read as UTC.",
        "https://www.rfc-editor.org/rfc/rfc3339",
        datetime.isoformat,
        _datetime,
    ),
    BigInt: _scalar("BigInt", "An integer of 64 bits, as a JSON number.", "https://www.rfc-editor.org/rfc/rfc8259#section-6", int, _big_int),
    JSON: _scalar("JSON", "Any JSON value.", "https://www.rfc-editor.org/rfc/rfc8259", lambda value: value, lambda value: value),
    Upload: _scalar(
        "Upload",
        "A file, sent as a part of a multipart request.",
        "https://github.com/jaydenseric/graphql-multipart-request-spec",
        str,
        uploaded,
    ),
}
