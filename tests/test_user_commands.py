"""`backoffice user`: passwords, and who may come in, on a database that has one administrator."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backoffice import Piped, Run, execute, rows
from tests.served import ROOT

ADMIN, BO = "admin@example.com", "bo@example.com"
ACTIVE = 'select email, active from "user" order by user_id'
SESSIONS = 'select email from user_session join "user" using (user_id) order by email'


@pytest.fixture
def bo(run: Run) -> str:
    """A second user, who has a session, as the administrator has."""
    run("user", "create", "--email", BO, "--name", "Bo Ek")
    run("token", BO)
    run("token", ADMIN)
    return BO


def hash_of(database_url: str, email: str) -> object:
    return rows(database_url, 'select password_hash from "user" where email = %s', email)


def lock_out(database_url: str, email: str) -> None:
    execute(
        database_url,
        f"""insert into sign_in_attempts values
            (sha256('email {email}'), array_fill(now(), array[5]), now() + interval '15 minutes'), ('another', array[now()], now())""",  # noqa: S608
    )


def test_a_password_comes_from_standard_input_ends_all_sessions_and_lets_in_who_was_locked_out(
    run: Run, piped: Piped, bo: str, database_url: str
) -> None:
    before = hash_of(database_url, BO)
    lock_out(database_url, BO)
    run("token", BO)

    with piped("correct horse battery\nand what follows\n"):
        done = run("user", "password", "BO@example.com")

    assert done == (0, "", "bo@example.com has a new password. 2 sessions have ended.\n")
    assert hash_of(database_url, BO) != before
    assert rows(database_url, SESSIONS) == [(ADMIN,)]
    assert rows(database_url, "select subject from sign_in_attempts") == [(b"another",)]


def test_a_password_is_made_up_and_printed_this_once(run: Run, bo: str, database_url: str) -> None:
    before = hash_of(database_url, BO)

    status, output, told = run("user", "password", BO, "--random")

    assert (status, len(output.strip())) == (0, 20)
    assert told == "bo@example.com has a new password. One session has ended.\n"
    assert hash_of(database_url, BO) != before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((BO, "elevenchars\n"), "The password has 11 characters; use 12 to 1000."),
        ((BO, ""), "The password has 0 characters; use 12 to 1000."),
        (("cy@example.com", "correct horse battery\n"), "There is no user with the email 'cy@example.com'; `backoffice user list` shows"),
    ],
)
@pytest.mark.usefixtures("bo")
def test_a_password_that_cannot_be_set_changes_nothing(
    run: Run, piped: Piped, database_url: str, given: tuple[str, str], said: str
) -> None:
    before = hash_of(database_url, BO)

    with piped(given[1]):
        status, output, errors = run("user", "password", given[0])

    assert (status, output) == (1, "")
    assert errors.startswith(f"backoffice: {said}")
    assert hash_of(database_url, BO) == before
    assert rows(database_url, SESSIONS) == [(ADMIN,), (BO,)]


@dataclass
class Terminal:
    """What somebody sees and types."""

    end: int
    process: subprocess.Popen[bytes]
    shown: str = ""

    def type_at(self, prompt: str, answer: str) -> None:
        while not self.shown.endswith(prompt):
            self.shown += os.read(self.end, 1024).decode()
        os.write(self.end, answer.encode())

    def ended(self) -> int:
        status = self.process.wait(10)
        self.shown += os.read(self.end, 1024).decode()
        return status


@contextmanager
def at_a_terminal(*arguments: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_terminal_asks_twice_and_shows_nothing_that_is_typed(bo: str, database_url: str) -> None:
    before = hash_of(database_url, BO)

    with at_a_terminal("user", "password", bo) as terminal:
        terminal.type_at("New password: ", "correct horse battery\n")
        terminal.type_at("The same again: ", "correct horse batteries\n")
        terminal.type_at("New password: ", "correct horse battery\n")
        terminal.type_at("The same again: ", "correct horse battery\n")
        status = terminal.ended()

    assert status == 0
    assert "bo@example.com has a new password. One session has ended." in terminal.shown
    assert "correct" not in terminal.shown
    assert hash_of(database_url, BO) != before


def test_whoever_interrupts_the_prompt_changes_nothing(bo: str, database_url: str) -> None:
    before = hash_of(database_url, BO)

    with at_a_terminal("user", "password", bo) as terminal:
        terminal.type_at("New password: ", "\x04")
        status = terminal.ended()

    assert status == 1
    assert "backoffice: Interrupted." in terminal.shown
    assert "Traceback" not in terminal.shown
    assert hash_of(database_url, BO) == before


def test_the_file_of_the_first_password_goes_when_it_opens_nothing_any_more(run: Run, bo: str, tmp_path: Path) -> None:
    kept = tmp_path / "data" / "admin-password"

    others = run("user", "password", BO, "--random")[2]
    assert kept.exists()
    own = run("user", "password", ADMIN, "--random")[2]

    assert "admin-password" not in others
    assert own == f"admin@example.com has a new password. One session has ended. The file {kept} had the old one and is gone.\n"
    assert not kept.exists()


def test_users_are_listed_one_a_line(run: Run, bo: str, database_url: str) -> None:
    execute(database_url, """update "user" set create_time = '2026-03-04', active = email <> 'bo@example.com'""")

    assert run("user", "list") == (
        0,
        "number  email              name           state     sessions  added\n"
        "1       admin@example.com  Administrator  active    1         2026-03-04\n"
        "2       bo@example.com     Bo Ek          inactive  1         2026-03-04\n",
        "",
    )


def test_a_user_is_made_inactive_and_active_again(run: Run, bo: str, database_url: str) -> None:
    gone = run("user", "deactivate", "Bo@Example.com")
    assert gone == (0, "", "bo@example.com is inactive and cannot sign in. One session has ended. Imports of theirs end as FAILED.\n")
    assert rows(database_url, ACTIVE) == [(ADMIN, True), (BO, False)]
    assert rows(database_url, SESSIONS) == [(ADMIN,)]
    assert run("token", BO)[0] == 1
    assert run("user", "deactivate", BO) == (0, "", "bo@example.com is inactive already.\n")
    assert "The user is inactive: `backoffice user activate bo@example.com`" in run("user", "password", BO, "--random")[2]

    status, _, told = run("user", "activate", BO)

    assert (status, told.partition(",")[0]) == (0, "bo@example.com is active")
    assert rows(database_url, ACTIVE) == [(ADMIN, True), (BO, True)]
    assert run("user", "activate", BO) == (0, "", "bo@example.com is active already.\n")
    assert run("token", BO)[0] == 0


def test_the_last_active_administrator_stays(run: Run, bo: str, database_url: str) -> None:
    run("user", "deactivate", BO)

    status, _, errors = run("user", "deactivate", ADMIN)

    assert status == 1
    assert errors == (
        "backoffice: admin@example.com is the last active administrator, and nobody could sign in any more; "
        "add or activate another first.\n"
    )
    assert rows(database_url, ACTIVE) == [(ADMIN, True), (BO, False)]
    assert rows(database_url, SESSIONS) == [(ADMIN,)]


def test_who_is_locked_out_is_let_in(run: Run, bo: str, database_url: str) -> None:
    lock_out(database_url, BO)

    status, _, told = run("user", "unlock", BO)

    assert (status, told.partition(";")[0]) == (0, "bo@example.com is not locked out any more")
    assert rows(database_url, "select subject from sign_in_attempts") == [(b"another",)]
    assert rows(database_url, SESSIONS) == [(ADMIN,), (BO,)]


@pytest.mark.parametrize("command", ["deactivate", "activate", "unlock"])
def test_nobody_is_changed_who_is_not_there(run: Run, command: str) -> None:
    assert run("user", command, "cy@example.com") == (
        1,
        "",
        "backoffice: There is no user with the email 'cy@example.com'; `backoffice user list` shows who there is.\n",
    )
