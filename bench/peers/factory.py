"""This server for `uvicorn --factory`, as it is and with what has an effect left out, so that the effect gets a figure."""

import gc
import os
from unittest.mock import patch

from starlette.applications import Starlette

from app import create_app
from settings import Settings


def create() -> Starlette:
    return create_app(Settings(), os.environ["DATABASE_URL"])


def unfrozen() -> Starlette:
    """The collector goes on looking at what lives for ever."""
    patch.object(gc, "freeze", lambda: None).start()
    return create()


def untuned() -> Starlette:
    """The collector works as Python sets it up."""
    patch.object(gc, "set_threshold", lambda *_: None).start()
    return unfrozen()
