"""What one operation may come to: the limits are a row of a table, found for whoever asks."""

from dataclasses import dataclass

from loaders.reading import MOST_ROWS


@dataclass(frozen=True)
class OperationLimits:
    """The most that one operation may read and answer."""

    # Rows that it may read by its shape and page sizes, computed before anything is read.
    cost: int = 100_000
    # Rows that are really read; MOST_ROWS at most.
    rows: int = MOST_ROWS
    # Bytes of the answer as JSON.
    answer: int = 32 * 1024**2


DEFAULT_LIMITS = OperationLimits()
