"""Cursors: opaque texts that say where a page begins, and in which list they are valid."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from models.errors import Invalid

# Readers by the type of an order's column; what JSON keeps needs none.
READERS: Mapping[type, Callable[[Any], Any]] = {datetime: datetime.fromisoformat, date: date.fromisoformat, Decimal: Decimal}


def fingerprint(*parts: Any) -> str:
    """What tells lists apart: a few characters of a hash over the list's name, filter and order."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()[:12]


def encode(mark: str, values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([mark, *values], default=str)).decode().rstrip("=")


def decode(mark: str, cursor: str, kinds: Sequence[type], *, argument: str) -> list[Any]:
    """The values in a cursor. Raises Invalid when it is malformed or belongs to another list, filter or order."""
    try:
        found, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if found == mark:
            return [_read(kind, value) for kind, value in zip(kinds, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, ArithmeticError, RecursionError) as problem:
        raise Invalid(
            f"{argument}: {cursor[:60]!r} is not a cursor; use the endCursor or startCursor of a page.", field=(argument,)
        ) from problem
    raise Invalid(
        f"{argument}: this cursor comes from another list, filter or order; start again without it, or ask as you did when you got it.",
        field=(argument,),
    )


def _read(kind: type, value: Any) -> Any:
    if kind in READERS:
        return READERS[kind](value)
    if type(value) is not kind:
        raise TypeError(value)
    return value
