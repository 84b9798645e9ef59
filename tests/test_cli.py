"""The commands as an operator calls them, on a database that is already there."""

import json
import os
import shlex
import signal
import stat
import sys
import tempfile
from pathlib import Path
from socket import create_server

import psycopg
import pytest

import cli
from commands import doctor
from commands.first_start import Load, prepare
from commands.imports import action_named
from commands.listening import listen, url_of
from commands.running import Running, announced, served, servers
from commands.storage import Place, checked_url, reason, server_version, where
from commands.welcome import commands
from database.embedded import EmbeddedServer
from database.upgrade import UpgradeError
from demo.load import SIZES
from graph.schema import schema as graphql_schema
from models.errors import Conflict, Invalid
from models.imports import ImportAction
from tests.backoffice import Piped, Run, execute, rows


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
        "backoffice: There is no active user with the email 'bo@example.com'; `backoffice user list` shows who there is.\n",
    )


def test_a_user_is_created_with_a_password_that_is_printed_once(run: Run, database_url: str) -> None:
    status, output, told = run("user", "create", "--email", "bo@example.com", "--name", "Bo Ek")

    assert (status, len(output.strip())) == (0, 20)
    assert told == (
        "Added bo@example.com, who may sign in at the address that `backoffice serve` prints, "
        "with this password, which is shown only here:\n"
    )
    assert rows(database_url, "select name, email from \"user\" where email like 'bo@%%'") == [("Bo Ek", "bo@example.com")]
    assert run("user", "create", "--email", "BO@example.com", "--name", "Bo")[0] == 1
    assert run("token", "bo@example.com")[0] == 0


def test_a_password_can_be_given_where_no_list_of_processes_shows_it(run: Run, piped: Piped) -> None:
    create = ("user", "create", "--email", "bo@example.com", "--name", "Bo", "--password-stdin")

    with piped("correct horse battery\n"):
        done = run(*create)
    with piped(""):
        status, _, errors = run(*create)

    assert done[:2] == (0, "")
    assert done[2].endswith(", with the password that you gave.\n")
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
        (["serve", "--port", "x"], "Invalid value for '--port': 'x' is no whole number. See `backoffice serve --help`."),
        (["serve", "--port", "70000"], "Invalid value for '--port': 70000 is too large, the most is 65535."),
        (["serve", "--demo", "huge"], "Invalid value for '--demo': 'huge' is not one of 'none', 'reference', 'small', 'large'."),
        (["serve", "--workers", "-1"], "Invalid value for '--workers': -1 is too small, the least is 0."),
        (["serve", "--host", "no.such.host.invalid"], "The host 'no.such.host.invalid' is no address of this machine"),
        (["frobnicate"], "No such command 'frobnicate'. See `backoffice --help`."),
        (["imprt"], "No such command 'imprt'. Did you mean 'import'? See `backoffice --help`."),
        (["user"], "Missing command. See `backoffice user --help`."),
        (["token"], "Missing argument 'email'. See `backoffice token --help`."),
        (["explain", "{query}"], "Variable '$first' has invalid value"),
        (["explain", "{binary}"], "cannot be read as UTF-8 text"),
    ],
)
def test_what_is_refused_is_said_in_one_line(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\nann@example.com\n")
    query, binary = tmp_path / "clients.graphql", tmp_path / "picture.png"
    query.write_text("query ($first: Int!) { clients(first: $first) { totalCount } }")
    binary.write_bytes(b"\x89PNG")

    status, output, errors = run(*(argument.format(file=file, query=query, binary=binary) for argument in arguments))

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


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("POOL_SIZE", "huge", "'huge' is no whole number. Meaning: The connections of a process for queries, "),
        ("POOL_SIZE", "2.5", "'2.5' is no whole number."),
        ("UPLOAD_LIMIT", "-1", "-1 is too small, it must be more than 0."),
        ("OPERATION_SECONDS", "soon", "'soon' is no number."),
        ("ALLOWED_ORIGINS", "https://x", """'https://x' is no list, which is written as in ["https://desk.example.com"]."""),
        ("ALLOWED_ORIGINS", '"https://x"', "'https://x' is no list."),
        ("ALLOWED_ORIGINS", "[1]", "1 is no text."),
    ],
)
def test_a_setting_is_refused_with_its_value_and_what_it_means(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"BACKOFFICE_{variable}", value)

    status, output, errors = run("token", "admin@example.com")

    assert (status, output) == (1, "")
    assert errors.startswith(f"backoffice: The setting BACKOFFICE_{variable} cannot be used: {said}")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["serve"], ["import"], ["user"], ["user", "create"]])
def test_flags_are_shown_without_a_type(run: Run, command: list[str]) -> None:
    status, output, _ = run(*command, "--help")

    assert status == 0
    assert "--help" in output
    assert "<bool>" not in output


def test_ctrl_c_is_answered_in_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", None)
    before = signal.signal(signal.SIGALRM, interrupt)
    os.mkfifo(tmp_path / "never")
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        status, output, errors = run("explain", str(tmp_path / "never"))
    finally:
        signal.signal(signal.SIGALRM, before)

    assert (status, output, errors) == (130, "", "backoffice: Interrupted by Ctrl-C.\n")


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


def test_a_port_that_a_back_office_has_is_refused_with_its_data_and_the_way_to_stop_it() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with announced(Running(4711, port, f"http://127.0.0.1:{port}", "/srv/books")), pytest.raises(Conflict) as refused:
            listen("127.0.0.1", port)
        with pytest.raises(Conflict, match="is taken by another program"):
            listen("127.0.0.1", port)

    assert refused.value.message == (
        f"The port {port} of 127.0.0.1 is taken by a back office that serves /srv/books: open http://127.0.0.1:{port}/graphql, "
        f"stop it with Ctrl-C where it runs or with `kill 4711`, or name another port with --port (make run PORT={port + 1})."
    )


def test_what_a_killed_server_left_is_cleared_away_and_strangers_folders_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server = Running(4711, 8000, "http://127.0.0.1:8000", "/srv/books")
    with announced(server):
        (folder,) = tmp_path.iterdir()
        (file,) = folder.iterdir()
        text = file.read_text()
        assert servers() == [server]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []

    file.write_text(text)
    assert servers() == []
    assert not file.exists()

    folder.chmod(0o755)
    with announced(server):
        assert servers() == []
        assert list(folder.iterdir()) == []


def test_the_doctor_looks_at_the_server_of_the_data_that_it_is_asked_about(run: Run, database_url: str) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with announced(Running(4711, port, f"http://127.0.0.1:{port}", served(Place(Path("data"), database_url)))):
            silent.close()
            _, ours, _ = run("doctor")
            _, other, _ = run("doctor", "--port", "1")
    _, none, _ = run("doctor")

    assert f"server: process 4711 should answer at http://127.0.0.1:{port}, and does not: stop it with `kill 4711`" in ours
    assert "server:" not in other + none
    assert "port: no server runs; " in none


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
    assert all(Path(part).exists() for command in usual for part in shlex.split(command) if part.endswith(".csv"))
    assert all(command.endswith("--data 'my data'") for command in other)


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
