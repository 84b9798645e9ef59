"""Computed fields within a plan: the declaration's own functions, over rows that look to them as they do elsewhere."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

from graph.compiled.outputs import Arguments, Called, Constant, Reference, Shown
from graph.context import Context
from loaders.kinds import Kind, kind_of
from loaders.selection import attribute as attribute_of
from loaders.sources import Ref

ArgumentsOf = Callable[[Arguments | None], dict[str, Any]]


class Caller:
    """Calls computed fields for one operation."""

    def __init__(self, context: Context, arguments_of: ArgumentsOf) -> None:
        self._info = SimpleNamespace(context=context)
        self._arguments_of = arguments_of

    def key(self, calls: list[Called]) -> Any:
        """What the answers of some functions depend on, besides their rows."""
        return (self._info.context.locale, *(repr(self._arguments_of(each.arguments)) for each in calls)) if calls else None

    def bound(self, called: Called, refs: Mapping[str, Ref]) -> Callable[[Any], Any]:
        """The function over a row of the level."""
        return over_rows(self._function(called), called.declared, refs)

    def record(self, called: Called, record: Mapping[str, Any]) -> Any:
        """What the function makes of a configuration row."""
        return self._function(called)(SimpleNamespace(**record))

    def _function(self, called: Called) -> Callable[[Any], Any]:
        given = {snake_of(name): value for name, value in self._arguments_of(called.arguments).items()}
        if called.wants_info:
            given["info"] = self._info
        function = called.function
        return lambda row: shown(function(row, **given), called.shown)

    def answer(self, called: Called) -> Any:
        """What a function answers that belongs to no row."""
        given = {snake_of(name): value for name, value in self._arguments_of(called.arguments).items()}
        return called.function(self._info, **given) if called.wants_info else called.function(**given)


def over_rows(function: Callable[[Any], Any], declared: Any, refs: Mapping[str, Ref]) -> Callable[[Any], Any]:
    """A function of a declaration over the rows of a level."""
    places = [(name, ref.index, reader_of(declared.model, name)) for name, ref in refs.items()]

    def of_row(row: Any) -> Any:
        return function(SimpleNamespace(**{name: read(row[index]) if read else row[index] for name, index, read in places}))

    return of_row


def shown(value: Any, members: Shown | None) -> Any:
    """An answer as it is told: of objects, the attributes asked for."""
    if members is None or value is None:
        return told(value)
    if isinstance(value, list):
        return [shown(each, members) for each in value]
    return {key: _member(value, each) for key, each in members.items()}


def _member(value: Any, each: Constant | Reference | tuple[str, Any]) -> Any:
    match each:
        case Constant(constant):
            return constant
        case Reference():
            return None  # until its row has been read
        case (attribute, members):
            return shown(getattr(value, attribute), members)


def told(value: Any) -> Any:
    """A value as the answer shows it; times and days are left to the JSON writer."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return [told(each) for each in value]
    return value


def reader_of(model: Any, name: str) -> Callable[[Any], Any] | None:
    """How a column's value in a row becomes what the models give."""
    found = attribute_of(model, name)
    match kind_of(found):
        case Kind.ENUM:
            kind: type[Enum] = found.type.enum_class
            return lambda word: None if word is None else kind(word)
        case Kind.ENUMS:
            item: type[Enum] = found.type.item_type.enum_class
            return lambda words: [item(word) for word in words]
    return None


def snake_of(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
