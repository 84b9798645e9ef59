"""Connections of a plan: pages as found become what the operation asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.compiled.outputs import Connection
from loaders.cursors import encode
from loaders.pages import Page

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A page as found: its rows, whether the list goes on, and its number of rows if that was counted."""

    wanted: Page
    marks: int
    rows: Rows
    # The objects made of the rows, in each shape.
    made: Sequence[list[Any]]
    more: bool
    total: int | None

    def cursor(self, row: Any) -> str:
        return encode(self.wanted.mark, [row[self.marks + place] for place in range(len(self.wanted.order))])


def connection_object(connection: Connection, found: Found) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, (kind, detail) in connection.members.items():
        match kind:
            case "nodes":
                made[key] = found.made[detail]
            case "edges":
                made[key] = edges(detail, found)
            case "pageInfo":
                made[key] = page_info(detail, found)
            case "totalCount":
                made[key] = found.total
            case _:
                made[key] = detail
    return made


def edges(members: Mapping[str, tuple[str, Any]], found: Found) -> list[dict[str, Any]]:
    columns: list[list[Any]] = []
    for kind, detail in members.values():
        match kind:
            case "node":
                columns.append(found.made[detail])
            case "cursor":
                columns.append([found.cursor(row) for row in found.rows])
            case _:
                columns.append([detail] * len(found.rows))
    if not columns:  # all of them skipped
        return [{} for _ in found.rows]
    return [dict(zip(members, cells, strict=True)) for cells in zip(*columns, strict=True)]


def page_info(members: Mapping[str, str], found: Found) -> dict[str, Any]:
    wanted, rows = found.wanted, found.rows
    made: dict[str, Any] = {}
    for key, name in members.items():
        match name:
            case "hasNextPage":
                made[key] = wanted.before is not None if wanted.backward else found.more
            case "hasPreviousPage":
                made[key] = found.more if wanted.backward else wanted.after is not None or wanted.offset > 0
            case "startCursor":
                made[key] = found.cursor(rows[0]) if rows else None
            case "endCursor":
                made[key] = found.cursor(rows[-1]) if rows else None
            case _:
                made[key] = "PageInfo"
    return made
