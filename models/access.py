"""Who may see which rows: the one place where a read begins."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Select, select

from models.base import Base
from models.errors import Forbidden

ADMINISTRATOR = frozenset(
    f"{area}.{deed}"
    for area, deeds in {
        "accounts": ("read", "import"),
        "clients": ("read", "import"),
        "imports": ("read", "create", "update"),
        "partners": ("read", "import"),
        "products": ("read",),
        "reference": ("read",),
        "transactions": ("read",),
        "users": ("read",),
    }.items()
    for deed in deeds
)
"Every permission there is: what an administrator has."


@dataclass(frozen=True)
class Viewer:
    """Who asks: a user with permissions such as `clients.read`; user_id is None for the system itself."""

    user_id: int | None
    permissions: frozenset[str]

    def require(self, permission: str) -> None:
        if permission not in self.permissions:
            raise Forbidden(f"The permission {permission} is missing; an administrator can give it to one of your groups.")


SYSTEM = Viewer(user_id=None, permissions=ADMINISTRATOR)


def visible(model: type[Base], viewer: Viewer, *columns: Any) -> Select[Any]:
    """A SELECT of the rows of a table that the viewer may see, with the columns given, or all of them.

    Every read starts here: it asks for the permission, leaves out what nobody is shown, and is where a viewer's scope becomes a condition.
    Raises Forbidden when the viewer may not read the table at all.
    """
    viewer.require(model.read_permission)
    statement = select(*columns).select_from(model) if columns else select(*model.__table__.columns)
    always = model.always()
    return statement if always is None else statement.where(always)


def over_values(values: FromClause, *columns: Any) -> Select[Any]:
    """A SELECT from given values and no table, to which subqueries that start at `visible` are joined."""
    return select(*columns).select_from(values)
