"""How graphql-core's execution resolves what a type declares: dataloaders of the operation, with the columns asked for."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from graph.context import Info
from graph.kit.declared import Declared, Listed, One, Part, declared_of
from graph.kit.ids import encode_id
from graph.kit.registry import NAMES, LazyField, lazy, optional
from graph.kit.walk import Walk
from loaders.reading import AT_ONCE
from loaders.rows import Record, lists_of, rows_by
from loaders.selection import Selection, primary_key

Resolver = Callable[[Any, Info, dict[str, Any]], Any]
Arguments = Callable[[], Sequence[StrawberryArgument]]


class Resolve(FieldExtension):
    """Lets a declaration resolve a field; its arguments are asked for when the schema is built and all types are known."""

    def __init__(self, resolver: Resolver, arguments: Arguments) -> None:
        self._resolver = resolver
        self._arguments = arguments

    def apply(self, field: StrawberryField) -> None:
        field.arguments = list(self._arguments())

    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return self._resolver(source, info, arguments)


def field(
    annotation: StrawberryAnnotation, description: str, resolver: Resolver | None, arguments: Arguments = tuple, root: Any = None
) -> Any:
    """A field of a type still to be known by its name; without a resolver, the attribute of its own name."""
    extensions: list[FieldExtension] = [Resolve(resolver, arguments)] if resolver else []
    made = LazyField(type_annotation=annotation, description=description, extensions=extensions)
    made.root = root
    return made


def resolved(description: str) -> Callable[[Callable[..., Any]], Any]:
    """A method that resolves a field of a type without a model: `@resolved("Who is signed in.")`."""
    return lambda function: strawberry.field(resolver=function, description=description)


def referred(type_name: str, description: str) -> Callable[[Callable[[Any], tuple[str, Any] | None]], Any]:
    """A method that names the row which stands at a field, by its type and key: `@referred("User", "Who is signed in.")`."""

    def declare(points: Callable[[Any], tuple[str, Any] | None]) -> Any:
        async def resolve(source: Any, info: Info, _arguments: dict[str, Any]) -> Any:
            named = points(source)
            if named is None:
                return None
            target = declared_of(NAMES[named[0]])
            record = await rows_by(info.context.reads, selection(info, target), primary_key(target.model)).load(named[1])
            return None if record is None else instance(target.type, record)

        made = field(lazy(optional(type_name, nullable=True)), description, resolve)
        made.points = points
        made.init = False  # nobody gives it
        return made

    return declare


def argument(name: str, annotation: str, description: str, default: Any = strawberry.UNSET) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(annotation, namespace=NAMES),
        description=description,
        default=default,
    )


def instance(type_: type, record: Record) -> Any:
    """An object of a graph type with a row's columns as attributes."""
    made: Any = object.__new__(type_)
    made.__dict__.update(record)
    return made


def gradually(info: Info, objects: list[Any]) -> Any:
    """A list for graphql-core to complete; of a long one it gets some objects at a time, and others their turn between."""
    return objects if len(objects) <= AT_ONCE else _parts(info, objects)


async def _parts(info: Info, objects: list[Any]) -> AsyncIterator[Any]:
    for each in objects:
        await info.context.reads.give_way()
        yield each


def selection(info: Info, declared: Declared, *also: str) -> Selection:
    """The columns that the operation asks for below this field, and some that are needed besides."""
    raw = info._raw_info
    return Selection.of(declared.model, declared.needs(Walk(raw), raw.field_nodes) | set(also))


def declared_for(model: Any) -> Declared:
    """What is declared of the type that shows a model: it bears the model's name."""
    return declared_of(NAMES[model.__name__])


def global_id(declared: Declared, key: str) -> Resolver:
    return lambda source, _info, _arguments: encode_id(declared.name, getattr(source, key))


def attribute(name: str) -> Resolver:
    return lambda source, _info, _arguments: getattr(source, name)


def values(name: str, type_: type) -> Resolver:
    """Keys that the type does not know are left out, those that it may lack are null."""
    known = [each.python_name for each in get_object_definition(type_, strict=True).fields]

    def resolve(source: Any, _info: Info, _arguments: dict[str, Any]) -> list[Any]:
        return [instance(type_, {key: each.get(key) for key in known}) for each in getattr(source, name)]

    return resolve


def part(declared: Part) -> Resolver:
    def resolve(source: Any, _info: Info, _arguments: dict[str, Any]) -> Any:
        if declared.present is not None and getattr(source, declared.present) is None:
            return None
        if not declared.prefix:
            return instance(declared.type, vars(source))
        own = {name.removeprefix(declared.prefix): value for name, value in vars(source).items() if name.startswith(declared.prefix)}
        return instance(declared.type, own)

    return resolve


def one(declared: One) -> Resolver:
    *steps, last = declared.path

    async def resolve(source: Any, info: Info, _arguments: dict[str, Any]) -> Any:
        target = declared_for(last.target)
        key = getattr(source, declared.path[0].local)
        for step, following in zip(steps, declared.path[1:], strict=True):
            key = await _next_key(info, step, key, following.local)
        if key is None:
            return None
        remote = last.remote_name
        record = await rows_by(info.context.reads, selection(info, target, remote), remote, last.order).load(key)
        await info.context.reads.give_way()
        return None if record is None else instance(target.type, record)

    return resolve


async def _next_key(info: Info, step: Any, key: Any, wanted: str) -> Any:
    """The key of the row after the next, which stands in the next row."""
    if key is None:
        return None
    between = Selection.of(step.target, {wanted, step.remote_name})
    record = await rows_by(info.context.reads, between, step.remote_name, step.order).load(key)
    return None if record is None else record[wanted]


def listed(declared: Listed) -> Resolver:
    async def resolve(source: Any, info: Info, _arguments: dict[str, Any]) -> Any:
        target = declared_for(declared.relation.target)
        loader = lists_of(info.context.reads, selection(info, target), declared.relation)
        records = await loader.load(getattr(source, declared.relation.local))
        await info.context.reads.give_way()
        return gradually(info, [instance(target.type, record) for record in records])

    return resolve
