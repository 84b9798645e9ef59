"""Answers that are kept, for cells that repeat."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

# A column of which all cells differ, or that holds long texts, must not fill the memory.
LIMIT = 32_768  # answers
LONGEST = 300  # characters


class Known(dict[K, V]):
    """A dictionary that asks a function for what it lacks."""

    def __init__(self, ask: Callable[[K], V]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: K) -> V:
        answer = self._ask(key)
        if len(str(key)) <= LONGEST:
            if len(self) >= LIMIT:
                del self[next(iter(self))]
            self[key] = answer
        return answer
