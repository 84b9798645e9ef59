"""Events of subscriptions: which row is to be told, as it is when it is told."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Event:
    """That the row with this key is to be told; never what is in it, which is read under the rights of the moment."""

    key: Any
    # What its row says once it has been read: nothing will follow, or there is none to be told.
    is_last: bool = False
    is_absent: bool = False
