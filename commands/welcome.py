"""What the console says when the server answers: where it is, how to sign in, and what to try."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from commands.first_start import KEPT_IN, Administrator
from commands.storage import Place
from web.assets import SAMPLE

DEFAULT_DATA = Path("data")


def welcome(console: Console, url: str, place: Place, administrator: Administrator | None) -> None:
    lines = Table.grid(padding=(0, 2))
    lines.add_row("Open", Text(f"{url}/graphql", style="bold"))
    if administrator:
        lines.add_row("Email", Text(administrator.email, style="bold"))
    if administrator and administrator.password:
        lines.add_row("Password", Text(administrator.password, style="bold"))
    console.print(Panel(lines, title="backoffice", title_align="left", expand=False))
    # Outside the frame, where long lines are not cut into pieces that cannot be copied.
    for line in [
        *whereabouts(place, administrator),
        "",
        "To try:",
        *steps(url, place, administrator),
        "",
        "Ctrl-C stops everything in order; the data stays.",
    ]:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def whereabouts(place: Place, administrator: Administrator | None) -> Iterator[str]:
    """Where to look for the password, which only the start that made it shows."""
    file = place.data / KEPT_IN
    if administrator and administrator.password:
        yield f"The password is also in {file}, for you alone to read."
    elif administrator and file.exists():
        yield f"The first password is in {file}."


def steps(url: str, place: Place, administrator: Administrator | None) -> Iterator[str]:
    yield "  Open the address in a browser, sign in, run the prepared tabs one after the other, and import the sample file."
    yield from (f"  {command}" for command in commands(url, place, administrator))


def commands(url: str, place: Place, administrator: Administrator | None) -> list[str]:
    """Commands to copy, as they work in the current folder."""
    program = shlex.quote(_program())
    where = "" if place.data == DEFAULT_DATA else f" --data {shlex.quote(str(place.data))}"
    examples = [f"{program} import users {shlex.quote(_near(SAMPLE))} --dry-run{where}", f"{program} doctor{where}"]
    if administrator:
        token = f"$({program} token {shlex.quote(administrator.email)}{where})"
        query = """'{"query": "{ clients(first: 3) { nodes { email accounts(first: 2) { totalCount } } } }"}'"""
        examples.insert(0, f'curl {url}/graphql -H "Authorization: Bearer {token}" -H "Content-Type: application/json" -d {query}')
    return examples


def _program() -> str:
    """How this program is called from the current folder, as in `.venv/bin/backoffice`."""
    program = Path(sys.executable).with_name("backoffice")
    return _near(program) if program.exists() else "backoffice"


def _near(path: Path) -> str:
    """A path as it is written in the current folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
