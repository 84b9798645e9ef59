"""What is left for the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PACKAGES = {"graph", "graphql", "loaders", "sqlalchemy", "strawberry"}


@contextmanager
def garbage_left() -> Iterator[list[Any]]:
    """What only the garbage collector can free of what makes answers within; known afterwards."""
    gc.collect()
    gc.disable()
    found: list[Any] = []
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += [each for each in gc.garbage if type(each).__module__.partition(".")[0] in PACKAGES]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
