"""Root fields of subscriptions: the row of each event, as it is now."""

from collections.abc import Callable, Collection
from enum import Enum
from typing import Any

from strawberry.types.arguments import StrawberryArgument
from strawberry.utils.str_converters import to_camel_case

from graph.context import Info
from graph.events import Event
from graph.kit.declared import EventRoot, declared_of
from graph.kit.registry import lazy
from graph.kit.resolvers import field, instance, selection
from loaders.rows import rows_by
from loaders.selection import primary_key
from models.errors import NotFound

Events = Callable[..., Any]
"Makes the source of a subscription: given the context and the arguments by their names, it yields an Event for each row to be told."


def followed(
    type_: type,
    events: Events,
    description: str,
    *arguments: StrawberryArgument,
    is_named: bool = False,
    until: tuple[str, Collection[Enum]] | None = None,
) -> Any:
    """A subscription to rows of a type: `import_runs = followed(ImportRun, run_changes, "Every run that changes.")`.

    `is_named`: the caller names the row, so that there is none is an error and the end; otherwise such an event is left out.
    `until`: a column and its values with which a row is told for the last time.
    """
    declared = declared_of(type_)
    key = primary_key(declared.model)
    column, last = until or (key, ())
    root = EventRoot(declared, events, column, frozenset(last))

    async def resolve(event: Event, info: Info, _given: dict[str, Any]) -> Any:
        record = await rows_by(info.context.reads, selection(info, declared, column), key).load(event.key)
        if record is None:
            event.is_last, event.is_absent = is_named, not is_named
            name = to_camel_case(key)
            raise NotFound(f"{name}: there is no {declared.name} {event.key} that you may see.", field=(name,))
        event.is_last = record[column] in root.last
        return instance(declared.type, record)

    return field(lazy(declared.name), description, resolve, lambda: arguments, root)
