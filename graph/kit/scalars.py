"""Scalars, each with the document that specifies it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from starlette.datastructures import UploadFile
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from graph.http.uploads import uploaded

BigInt = NewType("BigInt", int)
# Python reads more than these: exponents, weeks, digits of other scripts.
DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,18})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _decimal(value: Any) -> Decimal:
    # A JSON number has been a binary float on its way here, in one parser or another.
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise GraphQLError(f'Decimal cannot represent {value!r}; write it as a string, as in "10.50".')
    if not DECIMAL.fullmatch(str(value)):
        raise GraphQLError(
            f'Decimal cannot represent {str(value)[:60]!r}; use at most 20 digits, one point, and 18 digits after it, as in "10.50".'
        )
    return Decimal(value)


def _date(value: Any) -> date:
    try:
        if isinstance(value, str) and DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f'Date cannot represent {value!r}; write it as YYYY-MM-DD, as in "2026-01-31".')


def _datetime(value: Any) -> datetime:
    try:
        if isinstance(value, str) and DATE.match(value) and len(value) > 10:
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        pass
    raise GraphQLError(f'DateTime cannot represent {value!r}; write it in ISO 8601 with an offset, as in "2026-01-31T12:00:00+00:00".')


def _big_int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise GraphQLError(f"BigInt cannot represent {value!r}; use an integer of 64 bits.")


def _literal(parse: Callable[[Any], Any]) -> Callable[[ValueNode, dict[str, Any] | None], Any]:
    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        return parse(value_from_ast_untyped(node, variables))

    return parse_literal


def _scalar(
    name: str, description: str, specified_by: str, serialize: Callable[[Any], Any], parse: Callable[[Any], Any]
) -> ScalarDefinition:
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
    BigInt: _scalar(
        "BigInt", "An integer of 64 bits, as a JSON number.", "https://www.rfc-editor.org/rfc/rfc8259#section-6", int, _big_int
    ),
    JSON: _scalar("JSON", "Any JSON value.", "https://www.rfc-editor.org/rfc/rfc8259", lambda value: value, lambda value: value),
    UploadFile: _scalar(
        "Upload",
        "A file, sent as a part of a multipart request.",
        "https://github.com/jaydenseric/graphql-multipart-request-spec",
        str,
        uploaded,
    ),
}
