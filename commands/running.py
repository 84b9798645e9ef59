"""The servers of this user on this machine: where each listens and what it serves, told to nobody else."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from commands.storage import Place, where
from database.guardian import try_lock
from database.places import is_own_folder


@dataclass(frozen=True)
class Running:
    """A server: its process, its address, and the data folder or database that it serves."""

    pid: int
    port: int
    url: str
    serves: str


def served(place: Place) -> str:
    """What a place is called among the servers, without the password that a URL may hold."""
    return where(place.url) if place.url else str(place.data.resolve())


@contextmanager
def announced(server: Running) -> Iterator[None]:
    """Tells of a server as long as its process lives: the lock on its file ends with the process, however that ends."""
    lock = _tell(server)
    try:
        yield
    finally:
        if lock is not None:
            with contextlib.suppress(OSError):
                _file(server).unlink()
            os.close(lock)


def servers() -> list[Running]:
    """Those that live, in the order of their ports; what dead ones left is cleared away."""
    found = []
    folder = private_folder()
    for file in folder.glob("*.json") if folder else []:
        with contextlib.suppress(OSError, ValueError, TypeError):
            if (lock := try_lock(file, shared=True)) is None:
                found.append(Running(**json.loads(file.read_text())))
            else:
                file.unlink()
                os.close(lock)
    return sorted(found, key=lambda server: server.port)


def _tell(server: Running) -> int | None:
    """The lock on the file of a server; None where nothing can be told, and it serves all the same."""
    try:
        draft = _file(server).with_suffix(".new")
        draft.write_text(json.dumps(asdict(server)))
        lock = try_lock(draft)
        # Under the name by which it is found it has its lock already.
        draft.replace(_file(server))
    except OSError:
        return None
    return lock


def _file(server: Running) -> Path:
    folder = private_folder()
    if folder is None:
        raise FileNotFoundError
    return folder / f"{server.pid}.json"


def private_folder() -> Path | None:
    """A folder that this user alone can read; None where there can be none."""
    if sys.platform == "win32":
        return None
    folder = Path(tempfile.gettempdir(), f"backoffice-{os.geteuid()}")
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    # Everybody may write where it lies, and make a folder of this name first.
    return folder if is_own_folder(folder) and not folder.stat().st_mode & 0o077 else None
