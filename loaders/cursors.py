"""Cursors: opaque texts that say where a page begins, and in which list they are valid."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from models.errors import Invalid

# Readers by the type of an order's column; what JSON keeps needs none.
READERS: Mapping[type, Callable[[Any], Any]] = {datetime: datetime.fromisoformat, date: date.fromisoformat, Decimal: Decimal}


def fingerprint(*parts: Any) -> str:
    """What tells lists apart: a few characters of a hash over the list's name, filter and order."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_text).encode()).hexdigest()[:12]


def encode(mark: str, values: Sequence[Any]) -> str:
    content = json.dumps([mark, *values], default=_text, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(mark: str, cursor: str, kinds: Sequence[type], *, argument: str) -> list[Any]:
    """The values in a cursor. Raises Invalid when it is malformed or belongs to another list, filter or order."""
    try:
        found, *values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
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


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)
