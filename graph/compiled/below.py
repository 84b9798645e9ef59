"""What an operation asks below the rows of a level: which statements find it, and what is made of their rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.compiled.code import Code
from graph.compiled.connections import Found, Rows, connection_object
from graph.compiled.outputs import Child
from graph.compiled.pages import Asked, arguments_of, asked, cut
from graph.kit.connections import listing_below
from loaders import levels
from loaders.levels import Keys
from loaders.templates import Statement
from models.access import Viewer


class Below:
    """A child of a level with its arguments: the page that each parent has of a connection, or its whole list."""

    def __init__(self, child: Child, code: Code, viewer: Viewer, given: dict[str, Any]) -> None:
        self.child = child
        self.code = code
        self._viewer = viewer
        self._asked = code.read(given, lambda: asked_of(child, code, given))
        # What shapes the statements, and the values that they take.
        self.key: Any = "list" if self._asked is None else self._asked.key
        self.values: dict[str, Any] = {} if self._asked is None else self._asked.values
        self.has_rows = child.connection is None or child.connection.has_rows
        self.has_count = child.connection is not None and child.connection.has_count

    def rows(self, keys: Keys, *path: str) -> Statement:
        """The statement of the rows: each parent's key first. The path is where the values are among those of the statement."""
        if self._asked is None:
            return levels.lists_level(self._viewer, self.code.level.source, self.child.relation, keys)
        return levels.pages_level(self._viewer, self.code.level.source, *self._asked.slotted(*path), keys)

    def counts(self, keys: Keys, *path: str) -> Statement:
        """The statement of the numbers of rows: each parent's key, and the number."""
        if self._asked is None:
            raise TypeError(f"The list {self.child.relation.name} is not counted.")
        return levels.counts_level(self._viewer, *self._asked.slotted(*path), keys)

    def of_row(self, *path: str) -> list[Statement]:
        """Its statements within the one of the only parent."""
        keys = levels.key_of_row(self.child.relation, self.child.ref)
        wanted = ((self.has_rows, self.rows), (self.has_count, self.counts))
        return [statement(keys, *path) for is_wanted, statement in wanted if is_wanted]

    def kept(self, rows: Mapping[Any, Rows]) -> Mapping[Any, Rows]:
        """The rows of each parent that are shown: not the one that tells whether the list goes on."""
        if self._asked is None:
            return rows
        wanted = self._asked.wanted
        if not wanted.backward and all(len(each) <= wanted.size for each in rows.values()):
            return rows
        return {parent: cut(each, wanted) for parent, each in rows.items()}

    def shown(
        self, made: Sequence[list[Any]], rows: Mapping[Any, Rows], kept: Mapping[Any, Rows], totals: Mapping[Any, int]
    ) -> dict[Any, Any]:
        """What each parent shows, from the objects that were made of the rows kept of all of them."""
        connection = self.child.connection
        shown: dict[Any, Any] = {}
        start = 0
        for parent, each in kept.items():
            end = start + len(each)
            if connection is None or self._asked is None:
                shown[parent] = made[0][start:end]
            elif connection.nodes is not None:
                shown[parent] = {key: made[number][start:end] for key, number in connection.nodes}
            else:
                wanted = self._asked.wanted
                objects = [some[start:end] for some in made]
                found = Found(wanted, self.code.marks, each, objects, len(rows[parent]) > wanted.size, totals.get(parent))
                shown[parent] = connection_object(connection, found)
            start = end
        return shown


def asked_of(child: Child, code: Code, given: dict[str, Any]) -> Asked | None:
    """The page that is asked of a child; None for a plain list."""
    if child.many is None:
        return None
    named = arguments_of(code.level.declared, given)
    return asked(listing_below(child.many, code.level.declared, named), named)
