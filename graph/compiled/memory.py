"""Configuration rows as a plan shows them: made once for each row and selection, and kept while the tables are as they were."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import orjson

from graph.compiled.calling import Caller, told
from graph.compiled.outputs import Constant, Memory, Unplanned
from graph.kit.ids import encode_id
from loaders.configuration import Configuration
from loaders.lru_cache import LruCache
from loaders.selection import primary_key

# What is shown of configuration rows, by selection, state of the tables, language and arguments; and how many bytes of it are kept.
FRAGMENTS: LruCache[Any, "list[Shown]"] = LruCache(32 * 1024**2)
PER_TABLE = 1_000
PER_ROW = 200
# Arguments are texts of a client's making: what depends on longer ones is not kept.
LONGEST_KEY = 500

numbers = count()


class Shown(dict[Any, Any]):
    """What is shown of the rows of a table, by their keys; made when first asked for."""

    def __init__(self, memory: Memory, reading: "Reading", grow: Callable[[int], None]) -> None:
        super().__init__()
        self._memory = memory
        self._reading = reading
        self._grow = grow

    def __missing__(self, key: Any) -> Any:
        record = self._reading.table(self._memory.declared.model).get(key)
        if record is None:  # written a moment ago, and not in memory yet
            raise Unplanned
        if "" in self._memory.members:
            made = self._reading.output(self._memory.members[""], record)
        else:
            made = self._reading.object(self._memory.members, record)
        # As JSON, so that the writer of the answer only copies it.
        text = orjson.dumps(made)
        self[key] = fragment = None if made is None else orjson.Fragment(text)
        self._grow(PER_ROW + len(text))
        return fragment


class LevelFragments:
    """What is shown of the configuration that a level refers to, by language and arguments, while the tables are as they were."""

    def __init__(self, memories: Sequence[Memory]) -> None:
        self._memories = memories
        self._models = tuple({model for memory in memories for model in memory.models})
        self._calls = [call for memory in memories for call in memory.calls]
        self._number = next(numbers)
        self._versions: tuple[int, ...] = ()
        self._stamp: int | None = None

    def shown(self, configuration: Configuration, caller: Caller) -> Sequence[Shown]:
        """Raises Unplanned when a table is not held."""
        if not self._memories:
            return ()
        stamp = configuration.stamp()
        if stamp is None or stamp != self._stamp:
            self._look(configuration)
            self._stamp = stamp
        given = caller.key(self._calls)
        key = (self._number, self._versions, given)
        found = FRAGMENTS.get(key)
        if found is None:
            reading, grow = Reading(configuration, caller.record), partial(FRAGMENTS.grow, key)
            found = [Shown(memory, reading, grow) for memory in self._memories]
            if given is None or sum(len(each or "") for each in given) <= LONGEST_KEY:
                FRAGMENTS.put(key, found, PER_TABLE * len(found))
        return found

    def _look(self, configuration: Configuration) -> None:
        if any(configuration.table(model) is None for model in self._models):
            raise Unplanned
        self._versions = tuple(configuration.version(model) for model in self._models)


class Reading:
    """Reads the configuration for one set of arguments and one language."""

    def __init__(self, configuration: Configuration, call: Any) -> None:
        self._configuration = configuration
        self._call = call

    def table(self, model: Any) -> Mapping[Any, Mapping[str, Any]]:
        found = self._configuration.table(model)
        if found is None:
            raise Unplanned
        return found

    def object(self, members: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self.output(each, record) for key, each in members.items()}

    def output(self, each: Any, record: Mapping[str, Any]) -> Any:
        match each:
            case Constant(value):
                return value
            case ("id", name, key):
                return encode_id(name, record[key])
            case ("column", name, _):
                return told(record[name])
            case ("objects", name, small):
                return [
                    {key: what.value if isinstance(what, Constant) else row.get(what) for key, what in small.items()}
                    for row in record[name]
                ]
            case ("one", step, target, members):
                found = self._row(step, target, record)
                return None if found is None else self.object(members, found)
            case ("through", step, target, inner):
                found = self._row(step, target, record)
                return None if found is None else self.output(inner, found)
            case ("listed", relation, target, members):
                rows = [row for row in self.table(target.model).values() if row[relation.remote_name] == record[relation.local]]
                names = [*(column.key for column in relation.order), primary_key(target.model)]
                rows.sort(key=lambda row: [row[name] for name in names])
                return [self.object(members, row) for row in rows]
            case ("call", called):
                return self._call(called, record)
        raise Unplanned

    def _row(self, step: Any, target: Any, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        key = record[step.local]
        if key is None:
            return None
        found = self.table(target.model).get(key)
        if found is None:
            raise Unplanned
        return found
