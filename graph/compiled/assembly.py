"""From rows to answers: a Python function is generated for each object that a plan makes of its rows.

The text of such a function can be printed: it is one list comprehension over rows, `[{"email": r[0], "country": m0[r[1]]} for r in rows]`.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graph.compiled.outputs import Call, Children, Constant, Level, Object, Objects, Output, Remembered, Unplanned, Value
from graph.kit.ids import encode_id

# From rows, what is remembered of configuration, what children have, and computed fields.
Shape = Callable[..., list[Any]]


def missing() -> Any:
    """A row that must be there and is not: what follows is for the execution that tells errors by their paths."""
    raise Unplanned


class Names(dict[Any, Any]):
    """The names of an enumeration's members in the API, by the words that are stored."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__({member.value: member.name for member in kind})
        self[None] = None


class Writer:
    """Writes the functions of one level."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"gid": encode_id, "missing": missing}

    def shape(self, members: Mapping[str, Output]) -> tuple[str, Shape]:
        """The text of a function from rows to objects, and the function."""
        text = f"def shape(rows, m, k, c):\n    return [{self._object(members)} for r in rows]\n"
        scope = dict(self._names)
        exec(compile(text, "<plan>", "exec"), scope)  # noqa: S102 - made of our declarations; names of clients' making are quoted
        made: Shape = scope["shape"]
        return text, made

    def _object(self, members: Mapping[str, Output]) -> str:
        return "{" + ", ".join(f"{key!r}: {self._output(each)}" for key, each in members.items()) + "}"

    def _output(self, each: Output) -> str:
        match each:
            case Constant(value):
                return repr(value)
            case Value(ref, kind, detail):
                return self._value(f"r[{ref.index}]", kind, detail)
            case Object(members, present, nullable):
                made = self._object(members)
                if present is None:
                    return made
                return f"({made} if r[{present.index}] is not None else {'None' if nullable else 'missing()'})"
            case Objects(ref, small):
                made = ", ".join(
                    f"{key!r}: {name.value!r}" if isinstance(name, Constant) else f"{key!r}: x.get({name!r})" for key, name in small.items()
                )
                return f"[{{{made}}} for x in r[{ref.index}]]"
            case Call(number, _):
                return f"c[{number}](r)"
            case Remembered(number, ref, nullable):
                found = f"m[{number}][r[{ref.index}]]"
                return f"(None if r[{ref.index}] is None else {found})" if nullable else found
            case Children(number, ref):
                return f"k[{number}][r[{ref.index}]]"

    def _value(self, cell: str, kind: str, detail: Any) -> str:
        match kind:
            case "id":
                return f"gid({detail!r}, {cell})"
            case "enum":
                return f"{self._enum(detail)}[{cell}]"
            case "enums":
                return f"[{self._enum(detail)}[x] for x in {cell}]"
        return cell

    def _enum(self, kind: type[Enum]) -> str:
        name = f"{kind.__name__}_"
        self._names.setdefault(name, Names(kind))
        return name


def shapes_of(level: Level) -> list[tuple[str, Shape]]:
    writer = Writer()
    return [writer.shape(members) for members in level.shapes]
