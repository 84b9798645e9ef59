"""Statements kept as text: built and compiled once for each shape of their arguments, run many times with other values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from asyncpg import DataError
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg

from models.errors import Invalid

DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
Values = Mapping[str, Any]
Statement: TypeAlias = Select[Any]
Reader = Callable[[Values], Any]
FEW = (Enum, bool)
SHAPING = (Mapping, list, tuple, *FEW)
PLACE = re.compile(r"\$(\d+)")


class Slot:
    """Stands in a statement where a value will be: `Slot("filter", "email", "eq")` is `values["filter"]["email"]["eq"]`."""

    def __init__(self, *path: str | int, change: Callable[[Any], Any] | None = None) -> None:
        self._path = path
        self._change = change

    def changed(self, change: Callable[[Any], Any]) -> "Slot":
        """The same value as a function makes it."""
        return Slot(*self._path, change=change)

    def read(self, values: Values) -> Any:
        value: Any = values
        for step in self._path:
            value = value[step]
        return self._change(value) if self._change else value


def slots(given: Any, *path: str | int) -> Any:
    """Plain data with a slot in place of each value that does not shape the statement; a list of such values is one."""
    if isinstance(given, Mapping):
        return {name: slots(each, *path, name) for name, each in given.items()}
    if isinstance(given, list) and given and not any(isinstance(each, SHAPING) for each in given):
        return Slot(*path)
    if isinstance(given, list | tuple):
        return [slots(each, *path, place) for place, each in enumerate(given)]
    return given if given is None or isinstance(given, FEW) else Slot(*path)


def shape(given: Any) -> Any:
    """What of some plain data shapes a statement: its names, the lengths of lists of objects, and the values of types that have few."""
    if isinstance(given, Mapping):
        return tuple((name, shape(each)) for name, each in given.items())
    if isinstance(given, list) and given and not any(isinstance(each, SHAPING) for each in given):
        return "[]"
    if isinstance(given, list | tuple):
        return tuple(shape(each) for each in given)
    return (given,) if given is None or isinstance(given, FEW) else ""


@dataclass(frozen=True)
class Template:
    """The text of a statement, and where the value of each of its parameters comes from."""

    text: str
    readers: tuple[Reader, ...]

    def values(self, given: Values) -> list[Any]:
        return [read(given) for read in self.readers]


def template(statement: Statement) -> Template:
    """Compiles a statement. Values of types that have few stand in its text: PostgreSQL then keeps one plan, which is made for them."""
    compiled: Any = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    processors = compiled._bind_processors
    readers: list[Reader] = []
    places: list[str] = []
    for name in compiled.positiontup or ():
        value = compiled.params[name]
        if isinstance(value, FEW):
            places.append(compiled.render_literal_value(value, compiled.binds[name].type))
        else:
            readers.append(_reader(value, processors.get(name)))
            places.append(f"${len(readers)}")
    return Template(PLACE.sub(lambda found: places[int(found[1]) - 1], str(compiled)), tuple(readers))


def _reader(value: Any, process: Callable[[Any], Any] | None) -> Reader:
    if isinstance(value, Slot):
        return (lambda given: process(value.read(given))) if process else value.read
    if isinstance(value, list) and any(isinstance(each, Slot) for each in value):
        readers = [_reader(each, None) for each in value]
        return lambda given: process([read(given) for read in readers]) if process else [read(given) for read in readers]
    constant = process(value) if process else value
    return lambda _given: constant


async def run(connection: Any, text: str, values: Sequence[Any], *, most: int | None = None) -> Sequence[Any]:
    """The rows of a statement, or the first ones up to a number, which takes two round trips more.

    Raises Invalid when PostgreSQL cannot take a value, such as a number out of its column's range.
    """
    try:
        if most is None:
            rows: Sequence[Any] = await connection.fetch(text, *values)
            return rows
        async with connection.transaction():
            cursor = await connection.cursor(text, *values)
            first: Sequence[Any] = await cursor.fetch(most)
            return first
    except DataError as problem:
        raise Invalid("A value in the arguments is outside the range of its column, or holds a NUL character.") from problem
