"""`backoffice` as an operator calls it, in the process of the tests, and a look into the database behind it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

import cli
from commands.first_start import Load, prepare

Run = Callable[..., tuple[int, str, str]]
Piped = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Calls `backoffice` on a database of the test's own that has been served once; answers exit status, output and errors."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BACKOFFICE_DATA", str(tmp_path / "data"))
    prepare(database_url, load=Load.NONE, email="admin@example.com", data=tmp_path / "data", console=cli.errors)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["backoffice", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Piped:
    """Gives a command its standard input."""

    @contextmanager
    def pipe(content: str) -> Iterator[None]:
        (tmp_path / "input").write_text(content)
        with (tmp_path / "input").open() as given, monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", given)
            yield

    return pipe


def rows(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())
