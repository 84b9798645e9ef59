"""Several levels read by one statement: their rows stand in one result, each level's in the columns of its types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Integer, Select, cast, literal_column, null, union_all
from sqlalchemy.types import TypeEngine

from models.access import over_values


@dataclass(frozen=True)
class Part:
    """The rows of a level, or their numbers; `places` are the labels of their columns by place."""

    tag: int
    rows: FromClause
    places: Mapping[int, str]


def together(types: Sequence[TypeEngine[Any]], parts: Sequence[Part]) -> Select[Any]:
    """The rows of all parts, part by part and each in its order; behind the columns of these types stands the tag of the part."""
    selects = [over_values(part.rows, *_columns(types, part)) for part in parts]
    rows = (union_all(*selects) if len(selects) > 1 else selects[0]).subquery("u")
    return over_values(rows, *(rows.c[f"r{place}"] for place in range(len(types))), rows.c["_tag"]).order_by(rows.c["_tag"], rows.c["_n"])


def _columns(types: Sequence[TypeEngine[Any]], part: Part) -> list[Any]:
    columns = [part.rows.c[part.places[place]] if place in part.places else cast(null(), type_) for place, type_ in enumerate(types)]
    tag = literal_column(str(part.tag), Integer())
    number = part.rows.c["_n"] if "_n" in part.rows.c else literal_column("0")
    return [*(each.label(f"r{place}") for place, each in enumerate(columns)), tag.label("_tag"), number.label("_n")]
