"""The command line: `backoffice serve`, `worker`, `import`, `schema`, `token`, `user create`, `doctor`.

Exit status: 0 when all went well, 1 when something was refused or failed (the last line on standard error says what, and what to do),
2 when an import went through but rejected records.
"""

import asyncio
import logging
import os
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.markup import escape

from app import create_app
from commands import doctor as looking
from commands import users
from commands.explain import explain as explain_query
from commands.explain import object_of
from commands.first_start import Load
from commands.imports import SILENT, Order, action_named, run_import
from commands.report import as_json, progress_bar, show
from commands.serve import Plan
from commands.serve import serve as serve_plan
from commands.storage import Place, opened
from commands.workers import end_with_standard_input
from database.embedded import EmbeddedError
from database.upgrade import UpgradeError
from graph.http.protocol import ConnectionLimits
from graph.schema import schema as api
from importers.connections import Unavailable
from importers.worker import work
from models.errors import Refused
from settings import Settings

app = typer.Typer(help="A GraphQL back office for brokers.", pretty_exceptions_enable=False, add_completion=False)
user = typer.Typer(help="The people who use the back office.")
app.add_typer(user, name="user")
output, errors = Console(), Console(stderr=True)

Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every one of this machine.")]
Data = Annotated[Path | None, typer.Option(help="The folder of the embedded PostgreSQL; DATABASE_URL names another one.")]
Email = Annotated[str, typer.Option(help="The email by which the user signs in.")]


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="8000 when not given, or the next free one.")] = None,
    data: Data = None,
    demo: Annotated[
        Load, typer.Option(help="What to fill a new database with: 1,000 or 100,000 clients, reference data, or nothing.")
    ] = Load.REFERENCE,
    workers: Annotated[int, typer.Option(min=0, max=64, help="How many import workers to run beside the server.")] = 1,
) -> None:
    """Start everything: the database, the API, and import workers."""
    settings = Settings()
    plan = Plan(
        place=place(settings, data),
        host=host,
        port=port,
        load=demo,
        workers=workers,
        admin_email=settings.admin_email,
        limits=ConnectionLimits(connections=settings.connections, per_address=settings.connections_per_address),
    )
    serve_plan(plan, lambda url: create_app(settings, url), output)


@app.command()
def worker(data: Data = None, attached: Annotated[bool, typer.Option(hidden=True)] = False) -> None:
    """Run an import worker of its own; as many as wanted, on any machine that reaches the database."""
    if attached:
        end_with_standard_input()
    with opened(place(Settings(), data)) as url:
        work(url, name=f"{socket.gethostname()} {os.getpid()}")


@app.command("import")
def import_(
    action: Annotated[str, typer.Argument(help="What the file is imported as: users, accounts or ibs.")],
    file: Annotated[Path, typer.Argument(help="A CSV or TSV file.", exists=True, dir_okay=False, readable=True)],
    data: Data = None,
    title: Annotated[str | None, typer.Option(help="The job's title; the file's name when not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    user: Annotated[str | None, typer.Option(help="The email of the user to act for; the administrator when not given.")] = None,
) -> int:
    """Import a file and follow it to the end. Exit status: 0 when all is well, 2 when records were rejected, 1 when it failed."""
    settings = Settings()
    order = Order(
        action=action_named(action), path=file, title=title or file.name, dry_run=dry_run, email=user, limit=settings.upload_limit
    )
    with file.open("rb") as content, nullcontext(SILENT) if json else progress_bar(errors, file.stat().st_size) as watcher:
        outcome = asyncio.run(run_import(place(settings, data), order, content, watcher))
    if json:
        print(as_json(outcome))
    else:
        show(output, outcome)
    return outcome.exit_status


@app.command()
def schema() -> None:
    """Print the schema of the API in GraphQL's schema language."""
    print(api.as_str())


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A file with one query.", exists=True, dir_okay=False, readable=True)],
    data: Data = None,
    variables: Annotated[str, typer.Option(help="The variables, as a JSON object.")] = "{}",
    analyze: Annotated[bool, typer.Option("--analyze", help="Show PostgreSQL's plan of each statement too.")] = False,
) -> None:
    """Print how a query is carried out: what it reads, by which statements, and the functions that make the answer."""
    given = object_of(variables)
    for line in asyncio.run(explain_query(place(Settings(), data), file.read_text(), given, analyze=analyze)):
        print(line)


@app.command()
def token(email: Annotated[str, typer.Argument(help="The email of an active user.")], data: Data = None) -> None:
    """Print a bearer token that is good for 12 hours."""
    print(asyncio.run(users.token(place(Settings(), data), email)))


@user.command()
def create(
    email: Email,
    name: Annotated[str, typer.Option(help="The full name.")],
    data: Data = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")] = False,
) -> None:
    """Add a user. Without --password-stdin a password is made up, and printed this once."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    made_up = asyncio.run(users.create(place(Settings(), data), email=email, name=name, password=given))
    if made_up:
        print(made_up)


@user.callback()
def of_users() -> None:
    """The people who use the back office."""


@app.command()
def doctor(data: Data = None, host: Host = "127.0.0.1", port: Annotated[int, typer.Option(min=1, max=65535)] = 8000) -> int:
    """Look whether everything that the program needs is there; the exit status is 1 when something is not."""
    well = True
    for finding in looking.findings(place(Settings(), data), host, port):
        well = well and finding.well
        mark = "[green]ok     [/green]" if finding.well else "[red]problem[/red]"
        output.print(mark, escape(f"{finding.subject}: {finding.found}"), soft_wrap=True, highlight=False)
    return 0 if well else 1


def place(settings: Settings, data: Path | None) -> Place:
    return Place(data or settings.data, settings.database_url)


def main() -> None:
    """Runs the command that is asked for. Whatever was to be expected ends in one line, never in a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="backoffice", standalone_mode=False))
    except (Refused, EmbeddedError, UpgradeError, Unavailable) as problem:
        refuse(str(problem))
    except typer.TyperException as problem:
        refuse(f"{problem.format_message().rstrip('.')}. See `backoffice --help`.")
    except ValidationError as problem:
        refuse(" ".join(f"The setting {variable(error['loc'][0])} cannot be used: {error['msg']}." for error in problem.errors()))
    except SettingsError as problem:
        refuse(f'{problem}; a list is written as JSON, as in ["https://desk.example.com"].')


def variable(setting: int | str) -> str:
    """The environment variable of a setting."""
    name = str(setting).upper()
    return name if name == "DATABASE_URL" else f"BACKOFFICE_{name}"


def refuse(reason: str) -> None:
    print(f"backoffice: {reason}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
