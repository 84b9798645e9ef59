"""Global ids: opaque texts that name a type and a row."""

import base64
import binascii
from typing import Any

from models.errors import Invalid


def encode_id(type_name: str, key: Any) -> str:
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def decode_id(global_id: str, *, argument: str) -> tuple[str, str]:
    """The type's name and the key in an id. Raises Invalid when the text is not an id."""
    try:
        text = base64.b64decode(global_id + "=" * (-len(global_id) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as problem:
        raise _malformed(global_id, argument) from problem
    type_name, colon, key = text.partition(":")
    if not (type_name.isidentifier() and colon and key):
        raise _malformed(global_id, argument)
    return type_name, key


def _malformed(global_id: str, argument: str) -> Invalid:
    return Invalid(f"{argument}: {global_id[:60]!r} is not an id; use the `id` of an object as this API gave it.", field=(argument,))
