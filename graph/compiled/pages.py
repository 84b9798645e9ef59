"""The pages that connections ask for: their arguments, what of them shapes a statement, and their values."""

from dataclasses import replace
from typing import Any

from graph.compiled.connections import Rows
from graph.kit.declared import Declared
from graph.kit.types import OrderDirection
from loaders.orders import OrderTerm
from loaders.pages import Page
from loaders.templates import shape, slots


def arguments_of(target: Declared, given: dict[str, Any]) -> dict[str, Any]:
    """A connection's arguments as the loaders name them."""
    order = [OrderTerm(target.orders[each["field"].name], each["direction"] is OrderDirection.DESC) for each in given.get("orderBy") or ()]
    return {**given, "order_by": order}


def with_slots(wanted: Page, *path: str) -> Page:
    """The page with a slot in place of each value, for a statement that is kept."""
    return replace(
        wanted,
        after=None if wanted.after is None else tuple(slots(list(wanted.after), *path, "after")),
        before=None if wanted.before is None else tuple(slots(list(wanted.before), *path, "before")),
        filter=slots(wanted.filter, *path, "filter"),
    )


def values_of(wanted: Page) -> dict[str, Any]:
    return {"after": wanted.after, "before": wanted.before, "filter": wanted.filter}


def shape_of(wanted: Page) -> tuple[Any, ...]:
    """What of a page shapes its statement; the filter's part comes last."""
    sides = (wanted.after is None, wanted.before is None)
    return (wanted.size, wanted.backward, wanted.offset, wanted.order, *sides, shape(wanted.filter))


def cut(rows: Rows, wanted: Page) -> Rows:
    """The rows of a page without the one that tells whether the list goes on, in the list's order."""
    kept = rows[: wanted.size] if len(rows) > wanted.size else rows
    return kept[::-1] if wanted.backward else kept
