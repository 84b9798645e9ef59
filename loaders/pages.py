"""Pages of lists by keyset: of a whole table, and of what belongs to each of many parents, in one statement for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, FromClause, Row, Select, bindparam, func, lateral, literal_column, true
from sqlalchemy.types import TypeEngine

from loaders.cursors import decode, encode, fingerprint
from loaders.filters import Filter, FilterFields, check_size, condition
from loaders.orders import OrderTerm, beyond, order_expression, sorting, total_order
from loaders.reading import BatchLoader, Reads
from loaders.relations import Relation
from loaders.rows import Record
from loaders.selection import Selection, attribute
from loaders.templates import Slot
from models.access import Viewer, over_values, visible
from models.base import Base
from models.errors import Invalid

PAGE = 50
PAGE_LIMIT = 500
OFFSET_LIMIT = 10_000
# Sizes that stand in a statement's text, so that PostgreSQL keeps one plan, made for pages of this size. Pages of other sizes share a
# statement whose size is a parameter; PostgreSQL plans that anew for each.
USUAL_SIZES = frozenset({1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500})
Membership = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]


def equals(remote: ColumnElement[Any], parent: ColumnElement[Any]) -> ColumnElement[bool]:
    return remote == parent


@dataclass(frozen=True)
class Listing:
    """A list that can be paged: which rows, by what they can be filtered, in which order when none is given."""

    name: str
    model: type[Base]
    filters: FilterFields | None = None
    order: tuple[OrderTerm, ...] = ()
    relation: Relation | None = None
    # How a row belongs to its parent, from the relation's column and the parent's key.
    membership: Membership = equals
    # Columns that must have a value besides.
    equal: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Page:
    """The page wanted: the arguments of a connection, read and checked. In a statement that is kept, slots stand for its values."""

    size: Any
    backward: bool
    offset: Any
    order: tuple[OrderTerm, ...]
    mark: str
    after: tuple[Any, ...] | None
    before: tuple[Any, ...] | None
    # Compared by the mark, which is made of it.
    filter: Filter = field(compare=False)


@dataclass(frozen=True)
class Slice:
    """A page as found: its rows, the cursor of each, and whether there are rows on either side."""

    records: Sequence[Record]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def page_of(listing: Listing, arguments: Mapping[str, Any]) -> Page:
    """Reads first, after, last, before, offset, filter and order_by. Raises Invalid naming the argument."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise Invalid("first and last are both given; use first with after, or last with before.", field=("last",))
    for name, value, limit in (("first", first, PAGE_LIMIT), ("last", last, PAGE_LIMIT), ("offset", arguments.get("offset"), OFFSET_LIMIT)):
        if value is not None and not 0 <= value <= limit:
            raise Invalid(f"{name} is {value}; use a number from 0 to {limit}.", field=(name,))
    offset = arguments.get("offset") or 0
    if offset and (last is not None or arguments.get("after") is not None or arguments.get("before") is not None):
        raise Invalid(
            "offset counts from the start of the list; leave out last, after and before, or use a cursor alone.", field=("offset",)
        )
    order = total_order(listing.model, arguments.get("order_by") or listing.order)
    wanted: Filter = arguments.get("filter") or {}
    check_size(wanted)
    plain = not wanted and not listing.equal
    mark = _mark(listing.name, order) if plain else fingerprint(listing.name, listing.equal, order, wanted)
    cursors = {
        name: tuple(decode(mark, arguments[name], _kinds(listing.model, order), argument=name)) if arguments.get(name) is not None else None
        for name in ("after", "before")
    }
    size: int = last if last is not None else PAGE if first is None else first
    return Page(size, last is not None, offset, order, mark, cursors["after"], cursors["before"], wanted)


@lru_cache(500)
def _kinds(model: type[Base], order: tuple[OrderTerm, ...]) -> list[type]:
    return [order_expression(model, term).type.python_type for term in order]


# Only what has no value of a client's making in it.
@lru_cache(500)
def _mark(name: str, order: tuple[OrderTerm, ...]) -> str:
    return fingerprint(name, (), order, {})


async def page(reads: Reads, listing: Listing, selection: Selection, wanted: Page) -> Slice:
    """A page of a list that has no parent."""
    columns = [*selection.expressions(), *marks(listing, wanted)]
    return _slice(selection, wanted, await reads.rows(cut(reads.viewer, listing, columns, wanted)))


async def count(reads: Reads, listing: Listing, filter_: Filter) -> int:
    """How many rows a list without a parent has."""
    ((number,),) = await reads.rows(filtered(reads.viewer, listing, [func.count()], filter_))
    return int(number)


def pages_of(reads: Reads, listing: Listing, selection: Selection, wanted: Page) -> BatchLoader:
    """Loads the page of each parent, by the parent's key."""

    async def batch(keys: list[Any]) -> list[Slice]:
        inner = lateral(cut(reads.viewer, listing, [*selection.expressions(), *marks(listing, wanted)], wanted), name="child")
        # Each parent's rows come in their order; said once more for all, as nothing else promises it.
        statement = of_parents(listing, keys, inner).order_by(*sorting_marks(wanted, inner))
        found: dict[Any, list[Row[Any]]] = {key: [] for key in keys}
        for row in await reads.rows(statement):
            found[row._mapping["_parent"]].append(row)
        return [_slice(selection, wanted, found[key]) for key in keys]

    return reads.loader(("pages", listing.name, selection, wanted), batch)


def counts_of(reads: Reads, listing: Listing, filter_: Filter) -> BatchLoader:
    """Loads the number of rows of each parent."""

    async def batch(keys: list[Any]) -> list[int]:
        inner = lateral(filtered(reads.viewer, listing, [func.count().label("_count")], filter_), name="child")
        found = {row._mapping["_parent"]: row._mapping["_count"] for row in await reads.rows(of_parents(listing, keys, inner))}
        return [found[key] for key in keys]

    return reads.loader(("counts", listing.name, listing.equal, fingerprint(filter_)), batch)


def of_parents(listing: Listing, keys: list[Any], child: FromClause) -> Select[Any]:
    """A statement that runs a lateral subquery once for each of the keys, which it knows as `parent.key`."""
    parents = func.unnest(bindparam("parents", keys, type_=ARRAY(_key_type(listing)))).table_valued("key").render_derived(name="parent")
    return over_values(parents, parents.c.key.label("_parent"), *child.c).join(child, true())


def _key_type(listing: Listing) -> TypeEngine[Any]:
    if listing.relation is None:
        raise TypeError(f"The list {listing.name} has no parents.")
    return listing.relation.remote.type


def filtered(viewer: Viewer, listing: Listing, columns: list[Any], filter_: Filter) -> Select[Any]:
    """The rows of a list, of `parent.key` if it has parents, that fulfil a filter."""
    if listing.relation is None:
        statement = visible(listing.model, viewer, *columns)
    else:
        parent: ColumnElement[Any] = literal_column("parent.key", _key_type(listing))
        statement = listing.relation.select(viewer, *columns).where(listing.membership(listing.relation.remote, parent))
    for name, value in listing.equal:
        statement = statement.where(attribute(listing.model, name) == value)
    return statement.where(condition(listing.filters, filter_, viewer)) if listing.filters and filter_ else statement


def cut(viewer: Viewer, listing: Listing, columns: list[Any], wanted: Page) -> Select[Any]:
    """The rows of a page and one more, which tells whether the list goes on."""
    statement = filtered(viewer, listing, columns, wanted.filter)
    if wanted.after is not None:
        statement = statement.where(beyond(listing.model, wanted.order, wanted.after, reverse=False))
    if wanted.before is not None:
        statement = statement.where(beyond(listing.model, wanted.order, wanted.before, reverse=True))
    statement = statement.order_by(*sorting(listing.model, wanted.order, reverse=wanted.backward))
    statement = statement.limit(number_of_rows(wanted.size, 1))
    return statement.offset(number_of_rows(wanted.offset)) if wanted.offset else statement


def number_of_rows(number: int | Slot, more: int = 0) -> ColumnElement[int]:
    """A number of rows and some more, in a statement: usual ones in its text, others as a parameter."""
    if isinstance(number, Slot):
        return bindparam(None, number.changed(lambda found: found + more), type_=BigInteger())
    if number in USUAL_SIZES:
        return literal_column(str(number + more), BigInteger())
    return bindparam(None, number + more, type_=BigInteger())


def marks(listing: Listing, wanted: Page) -> list[ColumnElement[Any]]:
    """What a row's cursor is made of."""
    return [order_expression(listing.model, term).label(f"_mark{place}") for place, term in enumerate(wanted.order)]


def sorting_marks(wanted: Page, child: FromClause) -> list[ColumnElement[Any]]:
    return [
        child.c[f"_mark{place}"].desc() if term.descending != wanted.backward else child.c[f"_mark{place}"].asc()
        for place, term in enumerate(wanted.order)
    ]


def _slice(selection: Selection, wanted: Page, rows: Sequence[Row[Any]]) -> Slice:
    more = len(rows) > wanted.size
    kept = rows[: wanted.size]
    if wanted.backward:
        kept = kept[::-1]
    places = range(len(wanted.order))
    return Slice(
        records=[selection.record(row) for row in kept],
        cursors=[encode(wanted.mark, [row._mapping[f"_mark{place}"] for place in places]) for row in kept],
        has_next=wanted.before is not None if wanted.backward else more,
        has_previous=more if wanted.backward else wanted.after is not None or wanted.offset > 0,
    )
