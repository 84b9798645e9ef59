"""What an operation asks below the rows of a level: which statements find it, and what is made of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.compiled.code import Code
from graph.compiled.connections import Found, Rows, connection_object
from graph.compiled.outputs import Child
from graph.compiled.pages import arguments_of, cut, shape_of, values_of, with_slots
from graph.kit.connections import listing_below
from loaders import levels
from loaders.levels import Keys
from loaders.pages import Listing, Page, page_of
from loaders.templates import Slot, Statement
from models.access import Viewer


class Below:
    """A child of a level with its arguments: the page that each parent has of a connection, or its whole list."""

    def __init__(self, child: Child, code: Code, viewer: Viewer, given: dict[str, Any]) -> None:
        self.child = child
        self.code = code
        self._viewer = viewer
        self._listing: Listing | None = None
        self._wanted: Page | None = None
        # What shapes the statements, and the values that they take.
        self.key: Any = "list"
        self.values: dict[str, Any] = {}
        self.has_rows, self.has_count = True, False
        if child.many is not None and child.connection is not None:
            named = arguments_of(code.level.declared, given)
            self._listing = listing_below(child.many, code.level.declared, named)
            self._wanted = page_of(self._listing, named)
            self.key = (self._listing.name, tuple(name for name, _ in self._listing.equal), shape_of(self._wanted))
            self.values = {**values_of(self._wanted), "equal": dict(self._listing.equal)}
            self.has_rows, self.has_count = child.connection.has_rows, child.connection.has_count

    def rows(self, keys: Keys, *path: str) -> Statement:
        """The statement of the rows: each parent's key first. The path is where the values are among those of the statement."""
        if self._listing is None or self._wanted is None:
            return levels.lists_level(self._viewer, self.code.level.source, self.child.relation, keys)
        listing, wanted = self._slotted(self._listing, self._wanted, path)
        return levels.pages_level(self._viewer, self.code.level.source, listing, wanted, keys)

    def counts(self, keys: Keys, *path: str) -> Statement:
        """The statement of the numbers of rows: each parent's key, and the number."""
        if self._listing is None or self._wanted is None:
            raise TypeError(f"The list {self.child.relation.name} is not counted.")
        listing, wanted = self._slotted(self._listing, self._wanted, path)
        return levels.counts_level(self._viewer, listing, wanted, keys)

    def of_row(self, *path: str) -> list[Statement]:
        """Its statements within the one of the only parent."""
        keys = levels.key_of_row(self.child.relation, self.child.ref)
        wanted = ((self.has_rows, self.rows), (self.has_count, self.counts))
        return [statement(keys, *path) for is_wanted, statement in wanted if is_wanted]

    def kept(self, rows: Mapping[Any, Rows]) -> dict[Any, Rows]:
        """The rows of each parent that are shown: not the one that tells whether the list goes on."""
        wanted = self._wanted
        return dict(rows) if wanted is None else {parent: cut(each, wanted) for parent, each in rows.items()}

    def shown(
        self, made: Sequence[list[Any]], rows: Mapping[Any, Rows], kept: Mapping[Any, Rows], totals: Mapping[Any, int]
    ) -> dict[Any, Any]:
        """What each parent shows, from the objects that were made of the rows kept of all of them."""
        connection, wanted = self.child.connection, self._wanted
        shown: dict[Any, Any] = {}
        start = 0
        for parent, each in kept.items():
            end = start + len(each)
            if connection is None or wanted is None:
                shown[parent] = made[0][start:end]
            elif connection.nodes is not None:
                shown[parent] = {key: made[number][start:end] for key, number in connection.nodes}
            else:
                objects = [some[start:end] for some in made]
                found = Found(wanted, self.code.marks, each, objects, len(rows[parent]) > wanted.size, totals.get(parent))
                shown[parent] = connection_object(connection, found)
            start = end
        return shown

    @staticmethod
    def _slotted(listing: Listing, wanted: Page, path: Sequence[str]) -> tuple[Listing, Page]:
        equal = tuple((name, Slot(*path, "equal", name)) for name, _ in listing.equal)
        return replace(listing, equal=equal), with_slots(wanted, *path)
