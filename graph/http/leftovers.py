"""What sockets and streams leave behind: cycles of the web server and of graphql-core, which only the garbage collector frees.

Those that lived long are in its oldest generation, which it would look at after some ten thousand of them: a few hundred megabytes.
"""

import asyncio
import gc
from time import monotonic

# They hold about 20 kB each.
MOST = 200
# Seconds, within which those that leave together have all left.
LATER = 1.0
# A collection takes time from everybody: the next one is this many times as far away as it took.
SHARE = 100


class Leftovers:
    """Has everything collected when enough has been left."""

    def __init__(self) -> None:
        self._left = 0
        self._not_before = 0.0

    def add(self) -> None:
        self._left += 1
        if self._left == MOST:
            wait = max(LATER, self._not_before - monotonic())
            asyncio.get_running_loop().call_later(wait, self._collect)

    def _collect(self) -> None:
        self._left = 0
        begun = monotonic()
        gc.collect()
        ended = monotonic()
        self._not_before = ended + SHARE * (ended - begun)
