"""How rows of one table belong to rows of another, as a value of the parent that a column near the child equals."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty

from models.access import Viewer, visible
from models.base import Base


@dataclass(frozen=True)
class Relation:
    """`parent.local` equals `remote`, a column of the target or of an association table in between."""

    name: str
    parent: type[Base]
    target: type[Base]
    local: str
    remote: ColumnElement[Any]
    via: FromClause | None = None
    via_condition: ColumnElement[bool] | None = None
    order: tuple[ColumnElement[Any], ...] = ()

    @property
    def remote_name(self) -> str:
        """The target's attribute that holds the parent's key, for relations without a table in between."""
        return str(self.target.__mapper__.get_property_by_column(self.remote).key)

    def select(self, viewer: Viewer, *columns: Any) -> Select[Any]:
        """The rows of the target that the viewer may see, whoever their parent is."""
        statement = visible(self.target, viewer, *columns)
        return statement if self.via is None else statement.join(self.via, self.via_condition)


def relation(declared: InstrumentedAttribute[Any]) -> Relation:
    """Reads a relationship of a model: `relation(Client.accounts)`."""
    found = declared.property
    if not isinstance(found, RelationshipProperty):
        raise TypeError(f"{declared} is not a relationship.")
    local, remote = found.local_remote_pairs[0] if found.secondary is not None else _single_pair(found)
    return Relation(
        name=f"{found.parent.class_.__name__}.{found.key}",
        parent=found.parent.class_,
        target=found.mapper.class_,
        local=str(found.parent.get_property_by_column(local).key),
        remote=remote,
        via=found.secondary,
        via_condition=found.secondaryjoin,
        order=tuple(found.order_by or ()),
    )


def _single_pair(found: RelationshipProperty[Any]) -> tuple[Any, Any]:
    (pair,) = found.local_remote_pairs
    return pair
