"""The commands as an operator calls them, on a database that is already there."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from socket import create_server

import psycopg
import pytest

import cli
from commands import doctor
from commands.first_start import Load, prepare
from commands.imports import action_named
from commands.listening import listen, url_of
from commands.storage import Place, checked_url, reason, server_version, where
from commands.welcome import commands
from database.embedded import EmbeddedServer
from database.upgrade import UpgradeError
from demo.load import SIZES
from graph.schema import schema as graphql_schema
from models.errors import Conflict, Invalid
from models.imports import ImportAction

Run = Callable[..., tuple[int, str, str]]


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


def test_the_first_start_makes_an_administrator_and_the_second_none(database_url: str, tmp_path: Path) -> None:
    first = prepare(database_url, load=Load.NONE, email="boss@example.com", data=tmp_path / "data", console=cli.errors)
    second = prepare(database_url, load=Load.NONE, email="other@example.com", data=tmp_path / "data", console=cli.errors)

    kept = tmp_path / "data" / "admin-password"
    assert first is not None
    assert second is not None
    assert (first.email, second.email, second.password) == ("boss@example.com", "boss@example.com", None)
    assert kept.read_text() == f"{first.password}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert rows(database_url, 'select email, active from "user"') == [("boss@example.com", True)]


def test_a_password_file_that_others_can_read_is_not_written_into(database_url: str, tmp_path: Path) -> None:
    kept, elsewhere = tmp_path / "admin-password", tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    kept.symlink_to(elsewhere)

    prepare(database_url, load=Load.NONE, email="admin@example.com", data=tmp_path, console=cli.errors)

    assert elsewhere.read_text() == ""
    assert stat.S_IMODE(kept.lstat().st_mode) == 0o600


def test_the_loads_are_those_that_the_demo_knows() -> None:
    assert {load.value for load in Load} == {"none", "reference", *SIZES}


def test_a_token_is_all_that_is_printed_and_is_kept_hashed(run: Run, database_url: str) -> None:
    status, output, _ = run("token", "ADMIN@example.com")

    assert (status, len(output.strip())) == (0, 43)
    assert rows(database_url, "select count(*) from user_session where token_hash = sha256(convert_to(%s, 'UTF8'))", output.strip()) == [
        (1,)
    ]


def test_nobody_gets_a_token_without_being_a_user(run: Run) -> None:
    assert run("token", "bo@example.com") == (
        1,
        "",
        "backoffice: There is no active user with the email 'bo@example.com'; `backoffice user create` adds one.\n",
    )


def test_a_user_is_created_with_a_password_that_is_printed_once(run: Run, database_url: str) -> None:
    status, output, _ = run("user", "create", "--email", "bo@example.com", "--name", "Bo Ek")

    assert (status, len(output.strip())) == (0, 20)
    assert rows(database_url, "select name, email from \"user\" where email like 'bo@%%'") == [("Bo Ek", "bo@example.com")]
    assert run("user", "create", "--email", "BO@example.com", "--name", "Bo")[0] == 1
    assert run("token", "bo@example.com")[0] == 0


def test_a_password_can_be_given_where_no_list_of_processes_shows_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("correct horse battery\n")
    with (tmp_path / "password").open() as given:
        monkeypatch.setattr(sys, "stdin", given)
        assert run("user", "create", "--email", "bo@example.com", "--name", "Bo", "--password-stdin") == (0, "", "")

    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        status, _, errors = run("user", "create", "--email", "cy@example.com", "--name", "Cy", "--password-stdin")

    assert (status, errors) == (1, "backoffice: The password has 0 characters; use 12 to 1000.\n")


def test_an_import_answers_with_its_totals_and_errors_as_json(run: Run, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,first name\nann@example.com,Ann\nbo@example.com,Bo\nnobody,Cy\n")

    status, output, _ = run("import", "users", str(file), "--json", "--title", "March")

    answer = json.loads(output)
    assert status == 2
    assert answer["status"] == "SUCCESS_WITH_ERRORS"
    assert answer["totals"] == {"read": 3, "added": 2, "updated": 0, "skipped": 0, "errored": 1, "warned": 0}
    assert [(error["line"], error["column"], error["code"]) for error in answer["errors"]] == [(4, "email", "INVALID_EMAIL")]
    assert rows(database_url, "select email from client order by email") == [("ann@example.com",), ("bo@example.com",)]
    assert rows(database_url, 'select title, email from import_job join "user" using (user_id)') == [("March", "admin@example.com")]


def test_an_import_shows_its_totals_and_errors_to_people(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,country\nann@example.com,DE\nbo@example.com,[bold]\n")

    status, output, _ = run("import", "import-users", str(file))

    assert status == 2
    assert "SUCCESS_WITH_ERRORS" in output
    assert ["2", "1", "0", "0", "1", "0"] in [line.split() for line in output.splitlines()]
    assert "UNKNOWN_COUNTRY" in output
    assert "'[bold]'" in output


def test_an_import_names_the_columns_that_it_does_not_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,Kunde,Shoe size\nann@example.com,Ann,41\n")

    status, output, _ = run("import", "users", str(file), "--map", "Kunde=first_name")
    again = run("import", "users", str(file), "--json")[1]

    assert status == 0
    assert "The first warnings" in output
    assert "The column 'Shoe size' is not read" in " ".join(output.split())
    assert "Kunde" not in output
    assert [(each["line"], each["column"], each["code"]) for each in json.loads(again)["warnings"]] == [
        (1, "Kunde", "COLUMN_NOT_READ"),
        (1, "Shoe size", "COLUMN_NOT_READ"),
    ]


def test_an_import_can_be_told_how_the_file_is_to_be_read(run: Run, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    lines = ["Kunden;;;", "Mail;Vorname;Geboren;Ort", "ann@example.com;Анна;31.12.1999;k. A.", "bo@example.com;Bo;;Köln"]
    file.write_bytes("\n".join(lines).replace("Köln", "Киев").encode("windows-1251"))
    how = ["--delimiter", "semicolon", "--header-line", "2", "--date-format", "DD.MM.YYYY", "--blank", "k. A.", "--blank", "-"]
    columns = ["--map", "Vorname=first_name", "--map", "Geboren=date_of_birth", "--map", "#4=city", "--on-match", "SKIP"]

    refused = run("import", "users", str(file), *how, *columns)
    status, _, _ = run("import", "users", str(file), *how, *columns, "--encoding", "windows-1251")
    skipped = run("import", "users", str(file), *how, "--map", "Vorname=", "--on-no-match", "skip", "--encoding", "windows-1251")

    assert (refused[0], "'Анна' in windows-1251" in refused[2]) == (1, True)
    assert (status, skipped[0]) == (0, 0)
    assert rows(database_url, "select email, first_name, birthday::text, city from client order by 1") == [
        ("ann@example.com", "Анна", "1999-12-31", None),
        ("bo@example.com", "Bo", None, "Киев"),
    ]
    assert rows(database_url, "select on_match, on_no_match, header_line from import_job order by 1") == [
        ("skip", "create", 2),
        ("update", "skip", 2),
    ]


def test_a_dry_run_writes_nothing(run: Run, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nann@example.com\n")

    status, output, _ = run("import", "IMPORT_USERS", str(file), "--dry-run")

    assert status == 0
    assert "dry run: nothing was written" in output
    assert rows(database_url, "select count(*) from client") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "users", "{file}", "--user", "bo@example.com"], "There is no active user with the email 'bo@example.com'"),
        (["import", "people", "{file}"], "There is no import action 'people'; choose one of: users, accounts, ibs."),
        (["import", "users", "no.csv"], "file 'no.csv' does not exist"),
        (["import", "users", "{file}", "--map", "Ort"], "--map 'Ort' says no column; write it as in 'Mobile=phone'"),
        (["import", "users", "{file}", "--map", "Ort=city"], "There is no column 'Ort'"),
        (["import", "users", "{file}", "--delimiter", "/"], "The delimiter '/' is not supported"),
        (["import", "users", "{file}", "--encoding", "klingon"], "The encoding 'klingon' is unknown"),
        (["import", "users", "{file}", "--date-format", "MM"], "'MM'"),
        (["import", "users", "{file}", "--header-line", "9"], "The file has no line 9 that could be the header"),
        (["import", "accounts", "{file}"], "No column is mapped to the required field 'account_number'"),
        (["serve", "--port", "x"], "Invalid value for '--port'"),
        (["serve", "--demo", "huge"], "'huge' is not one of 'none', 'reference', 'small', 'large'"),
        (["serve", "--workers", "-1"], "Invalid value for '--workers'"),
        (["serve", "--host", "no.such.host.invalid"], "The host 'no.such.host.invalid' is no address of this machine"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["token"], "Missing argument"),
    ],
)
def test_what_is_refused_is_said_in_one_line(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nann@example.com\n")

    status, output, errors = run(*(argument.format(file=file) for argument in arguments))

    assert (status, output) == (1, "")
    assert said in errors
    assert errors.startswith("backoffice: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DATABASE_URL", "postgresql://ann:geheim@127.0.0.1:1/books", "lets us in at 127.0.0.1:1/books: Connection refused."),
        ("DATABASE_URL", "postgresql://ann:geheim@127.0.0.1/books?geheim=1", "a part that PostgreSQL does not know"),
        ("DATABASE_URL", "postgresql://ann:geheim@127.0.0.1:geheim/books", "DATABASE_URL is not a URL"),
        ("DATABASE_URL", "mysql://ann:geheim@127.0.0.1/books", "of the kind 'mysql'"),
        ("BACKOFFICE_UPLOAD_LIMIT", "geheim", "The setting BACKOFFICE_UPLOAD_LIMIT cannot be used"),
        ("BACKOFFICE_ALLOWED_ORIGINS", "geheim", "a list is written as JSON"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_in_one_line_without_its_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)

    status, output, errors = run("token", "admin@example.com")

    assert (status, output) == (1, "")
    assert said in errors
    assert "geheim" not in errors
    assert errors.count("\n") == 1


def test_a_database_of_another_version_is_named_and_left_alone(run: Run, database_url: str) -> None:
    execute(database_url, "update alembic_version set version_num = 'f00d'")

    status, _, errors = run("token", "admin@example.com")
    with pytest.raises(UpgradeError, match="f00d"):
        prepare(database_url, load=Load.NONE, email="admin@example.com", data=Path(), console=cli.errors)

    assert status == 1
    assert "has not the schema of this version" in errors


def test_a_folder_without_a_database_is_left_alone(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")

    status, _, errors = run("token", "admin@example.com", "--data", str(tmp_path / "none"))

    assert status == 1
    assert f"There is no database in {tmp_path / 'none'}: start `backoffice serve --data {tmp_path / 'none'}` once" in errors
    assert not (tmp_path / "none").exists()


def test_the_schema_is_printed_as_the_server_gives_it(run: Run) -> None:
    status, output, _ = run("schema")

    assert status == 0
    assert output == f"{graphql_schema.as_str()}\n"


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("users", ImportAction.IMPORT_USERS),
        ("import-accounts", ImportAction.IMPORT_ACCOUNTS),
        ("IMPORT_IBS", ImportAction.IMPORT_IBS),
        ("Import_Users", ImportAction.IMPORT_USERS),
    ],
)
def test_an_action_goes_by_its_name_with_or_without_import(word: str, action: ImportAction) -> None:
    assert action_named(word) is action


def test_a_port_that_is_taken_is_named_when_asked_for_and_passed_over_when_not() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=f"The port {port} of 127.0.0.1 is taken by another program"):
            listen("127.0.0.1", port)

    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
        assert 8000 <= ports[0] < ports[1] <= 8020
        assert url_of(first) == f"http://127.0.0.1:{ports[0]}"


def test_every_address_is_shown_as_one_that_a_browser_can_open() -> None:
    with listen("0.0.0.0", 0) as everywhere, listen("::1", 0) as modern:  # noqa: S104 - what is tested
        assert url_of(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"
        assert url_of(modern) == f"http://[::1]:{modern.getsockname()[1]}"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ann:geheim@db.example.com:5433/books", "db.example.com:5433/books"),
        ("postgresql:///books?host=/run/postgresql&user=ann", "/run/postgresql/books"),
        ("postgresql:///books", "the local socket/books"),
    ],
)
def test_a_server_is_named_without_user_and_password(url: str, place: str) -> None:
    assert where(url) == place


def test_urls_of_other_drivers_and_services_are_taken() -> None:
    assert checked_url("postgres://ann@db/books") == "postgresql://ann@db/books"
    assert checked_url("postgresql+asyncpg://ann@db/books") == "postgresql://ann@db/books"
    with pytest.raises(Invalid):
        checked_url("books")


def test_the_reason_of_a_refused_connection_is_given_alone(postgres: EmbeddedServer) -> None:
    assert server_version(postgres.url) >= 150_000
    with pytest.raises(psycopg.OperationalError) as refusal:
        psycopg.connect(postgres.url.replace("/backoffice?", "/nowhere?"))

    assert reason(refusal.value) == 'database "nowhere" does not exist'


def test_the_doctor_finds_what_is_missing(run: Run, tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        status, output, _ = run("doctor", "--port", str(taken.getsockname()[1]))

    lines = {line[8:].partition(":")[0]: line for line in output.splitlines()}
    assert status == 1
    assert lines["Python"].startswith("ok ")
    assert lines["PostgreSQL"].startswith("ok      PostgreSQL: version 18 at ")
    assert lines["migrations"] == "ok      migrations: all applied"
    assert lines["users"].endswith("users: 1 active")
    assert lines["workers"].startswith("problem workers: none lives")
    assert "is taken by another program" in lines["port"]


def test_the_doctor_compares_what_is_installed_with_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("typer==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0\nonly-elsewhere==1.0 ; sys_platform == 'win32' \\\n")

    finding = doctor.packages(lock)

    assert (finding.well, finding.found) == (
        False,
        "no-such-package, typer: missing, or not of the version in requirements.lock; run `make setup`.",
    )
    assert doctor.packages(doctor.LOCK).well
    assert doctor.packages(tmp_path / "none").well


def test_commands_to_copy_name_the_folder_where_it_is_not_the_usual_one() -> None:
    usual = commands("http://127.0.0.1:8000", Place(Path("data"), None), None)
    other = commands("http://127.0.0.1:8000", Place(Path("my data"), None), None)

    assert not any("--data" in command for command in usual)
    assert all(command.endswith("--data 'my data'") for command in other)


def rows(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_explain_prints_plan_statements_and_functions(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "query.graphql"
    file.write_text("query ($n: Int) { clients(first: $n) { nodes { email country { alpha2Code } } } }")

    status, told, _ = run("explain", str(file), "--variables", '{"n": 3}', "--analyze")
    refused, _, why = run("explain", str(file), "--variables", "three")

    assert (status, refused) == (0, 1)
    assert "read Client: r[0] email" in told
    assert "LIMIT 4" in told
    assert "Execution Time" in told
    assert "'three' are not JSON" in why
