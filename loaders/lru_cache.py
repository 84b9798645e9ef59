"""An LRU cache bounded in bytes, as its users estimate them: whatever outlives a request is kept in one."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

SHORT = 500
ANSWERS = 200


class LruCache(Generic[Key, Value]):
    """What was used longest ago makes room for what is new. Keys must be short: they are not counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        try:
            self._entries.move_to_end(key)
        except KeyError:
            return None
        return self._entries[key]

    def put(self, key: Key, value: Value, size: int) -> Value:
        """Keeps a value of so many bytes; what is larger than the whole cache is not kept. Answers the value."""
        self.discard(key)
        self._entries[key] = value
        self._sizes[key] = 0
        self.grow(key, size)
        return value

    def grow(self, key: Key, size: int) -> None:
        """Counts bytes that a value has taken since it was put; of one that is kept no longer, none."""
        if key not in self._sizes:
            return
        self._sizes[key] += size
        self.size += size
        while self.size > self._limit:
            self.discard(next(iter(self._entries)))

    def discard(self, key: Key) -> None:
        if self._entries.pop(key, None) is not None:
            self.size -= self._sizes.pop(key)


def cached_when_short(function: Callable[..., Value]) -> Callable[..., Value]:
    """Caches the last answers for texts of up to SHORT characters; what depends on longer ones is made anew each time."""
    cached = lru_cache(ANSWERS)(function)

    @wraps(function)
    def answer(text: str, *others: Hashable) -> Value:
        return cached(text, *others) if len(text) <= SHORT else function(text, *others)

    return answer
