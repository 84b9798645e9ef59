"""The pages that connections ask for: their arguments, what of them shapes a statement, and the values that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graph.compiled.connections import Rows
from graph.kit.declared import Declared
from graph.kit.types import OrderDirection
from loaders.orders import OrderTerm
from loaders.pages import USUAL_SIZES, Listing, Page, page_of
from loaders.templates import Slot, shape, slots


@dataclass(frozen=True)
class Asked:
    """A page of a list, as arguments ask for it."""

    listing: Listing
    wanted: Page
    # What shapes its statements.
    key: Any
    values: dict[str, Any]

    def slotted(self, *path: str) -> tuple[Listing, Page]:
        """The same with a slot in place of each value, for a statement that is kept; the path is where the values are among all of them."""
        listing, wanted = self.listing, self.wanted
        return replace(listing, equal=tuple((name, Slot(*path, "equal", name)) for name, _ in listing.equal)), replace(
            wanted,
            size=self.size(*path),
            offset=Slot(*path, "offset") if wanted.offset else 0,
            after=_each(wanted.after, *path, "after"),
            before=_each(wanted.before, *path, "before"),
            filter=slots(wanted.filter, *path, "filter"),
        )

    def size(self, *path: str) -> int | Slot:
        """The page's size: in the text of a statement where it is a usual one, a slot otherwise."""
        size: int = self.wanted.size
        return size if size in USUAL_SIZES else Slot(*path, "size")


def _each(values: tuple[Any, ...] | None, *path: str) -> tuple[Slot, ...] | None:
    return None if values is None else tuple(Slot(*path, place) for place in range(len(values)))


def asked(listing: Listing, arguments: Mapping[str, Any]) -> Asked:
    """Raises Invalid for arguments that make no page."""
    wanted = page_of(listing, arguments)
    sides = (wanted.after is None, wanted.before is None)
    key = (listing.name, tuple(name for name, _ in listing.equal))
    size = wanted.size if wanted.size in USUAL_SIZES else None
    shaping = (size, wanted.backward, wanted.offset > 0, wanted.order, *sides, shape(wanted.filter))
    values = {
        "size": wanted.size,
        "offset": wanted.offset,
        "after": wanted.after,
        "before": wanted.before,
        "filter": wanted.filter,
        "equal": dict(listing.equal),
    }
    return Asked(listing, wanted, key + shaping, values)


def arguments_of(target: Declared, given: dict[str, Any]) -> dict[str, Any]:
    """A connection's arguments as the loaders name them."""
    order = [OrderTerm(target.orders[each["field"].name], each["direction"] is OrderDirection.DESC) for each in given.get("orderBy") or ()]
    return {**given, "order_by": order}


def cut(rows: Rows, wanted: Page) -> Rows:
    """The rows of a page without the one that tells whether the list goes on, in the list's order."""
    kept = rows[: wanted.size] if len(rows) > wanted.size else rows
    return kept[::-1] if wanted.backward else kept
