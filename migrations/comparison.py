"""How models and database are compared to write a migration."""

from typing import Any

from sqlalchemy import Index


def comparable(item: Any, name: str | None, kind: str, reflected: bool, counterpart: Any) -> bool:
    """Leaves out indexes of both sides with a COLLATE: they are read back without it, and would be made anew by every migration."""
    collated = isinstance(item, Index) and any("COLLATE" in str(expression) for expression in item.expressions)
    return not (collated and counterpart is not None)


COMPARISON: dict[str, Any] = {"compare_type": True, "compare_server_default": True, "include_object": comparable}
