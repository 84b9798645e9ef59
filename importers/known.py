"""Answers that are kept, for cells that repeat."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

LIMIT = 32_768  # answers; a column of which all cells differ must not fill the memory


class Known(dict[K, V]):
    """A dictionary that asks a function for what it lacks."""

    def __init__(self, ask: Callable[[K], V]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: K) -> V:
        if len(self) >= LIMIT:
            self.clear()
        answer = self[key] = self._ask(key)
        return answer
