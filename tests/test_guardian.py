"""The guardian: what it does when its server dies, on servers of the test's own."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from database.embedded import EmbeddedServer, is_locked, start
from tests.test_embedded import answer, ended, eventually, guardian_of, linux, postmaster, write_42

KEEPING = {"fsync": "off"}  # loses nothing with its server, only with the machine
SLEEP = b"select pg_sleep(60)"
COMPUTE = b"do $$ begin loop end loop; end $$"  # never waits, and so never learns that its server is dead


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextlib.contextmanager
def busy(url: str, *statements: bytes) -> Iterator[None]:
    """Sessions whose statements are being executed."""
    with contextlib.ExitStack() as sessions:
        for statement in statements:
            connection = sessions.enter_context(contextlib.closing(psycopg.connect(url)))
            connection.pgconn.send_query(statement)
        active = "select count(*) from pg_stat_activity where state = 'active' and backend_type = 'client backend'"
        assert eventually(lambda: answer(url, active) == len(statements) + 1)
        yield


def answers_42(server: EmbeddedServer) -> Callable[[], bool]:
    def condition() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return answer(server.url, "select number from kept") == 42
        return False

    return condition


def kill_server(data: Path) -> None:
    process = postmaster(data)
    process.kill()
    assert ended(process)


def pauses(server: EmbeddedServer) -> list[str]:
    """The seconds to each further start, as the log tells them."""
    return re.findall(r"LOG:  PostgreSQL is in use and will be started again in (\S+) seconds: ", server.log.read_text())


def starts(server: EmbeddedServer) -> int:
    return server.log.read_text().count("starting PostgreSQL")


def nothing_lives(data: Path) -> bool:
    """Whether the lock is free that every process of a server inherits."""
    return not is_locked(data / "postgresql/server.lock", shared=False)


@linux
def test_a_server_that_was_killed_at_work_runs_again_each_time(data: Path) -> None:
    with contextlib.closing(start(data, settings=KEEPING)) as server:
        write_42(server.url)
        guardian = guardian_of(data)

        for killed in (1, 2):
            with busy(server.url, SLEEP, COMPUTE):
                processes = [postmaster(data), *postmaster(data).children()]
                kill_server(data)

                assert eventually(answers_42(server))
                assert not any(process.is_running() for process in processes)
            assert guardian_of(data) == guardian
            assert starts(server) == 1 + killed

        assert pauses(server) == ["0.1", "0.2"]
        assert server.log.read_text().count("0.1 seconds: it has ended with signal 9\n") == 1


def test_a_server_that_was_stopped_while_in_use_runs_again(data: Path) -> None:
    with contextlib.closing(start(data, settings=KEEPING)) as server:
        write_42(server.url)
        process = postmaster(data)
        process.terminate()
        assert ended(process)

        assert eventually(answers_42(server))
        assert "in 0.1 seconds: it has ended with exit code 0\n" in server.log.read_text()


@linux
@pytest.mark.parametrize("moment", ["server dead", "pause", "restart"])
def test_nothing_is_left_when_the_last_user_goes_while_the_server_is_down(data: Path, moment: str) -> None:
    server = start(data, settings=KEEPING)
    write_42(server.url)
    guardian = guardian_of(data)
    with busy(server.url, SLEEP, COMPUTE):
        kill_server(data)
        assert moment == "server dead" or eventually(lambda: pauses(server))
        assert moment != "restart" or eventually(lambda: starts(server) == 2)

        server.close()

    assert ended(guardian)
    assert nothing_lives(data)
    assert starts(server) == 1 or moment != "server dead"
    with contextlib.closing(start(data, settings=KEEPING)) as again:
        assert answers_42(again)()


def test_a_cluster_that_was_taken_away_is_told_ever_more_seldom_until_it_is_back(data: Path) -> None:
    cluster, away = data / "postgresql/cluster", data / "away"
    with contextlib.closing(start(data, settings=KEEPING)) as server:
        write_42(server.url)
        process = postmaster(data)
        cluster.rename(away)
        process.kill()

        assert eventually(lambda: len(pauses(server)) == 4)
        away.rename(cluster)

        assert f"0.8 seconds: {cluster} was taken away; bring it back, or end the programs that use it\n" in server.log.read_text()
        assert pauses(server)[:4] == ["0.1", "0.2", "0.4", "0.8"]
        assert eventually(answers_42(server))


def test_a_server_that_does_not_start_is_tried_again_until_it_does(data: Path) -> None:
    with contextlib.closing(start(data, settings=KEEPING)) as server:
        write_42(server.url)
        configuration = data / "postgresql/cluster/postgresql.auto.conf"
        good = configuration.read_text()
        configuration.write_text("work_mem = 'much'\n")
        kill_server(data)

        assert eventually(lambda: len(pauses(server)) == 3)
        configuration.write_text(good)

        assert 'invalid value for parameter "work_mem": "much"' in server.log.read_text()
        assert "in 0.2 seconds: it has ended with exit code 1\n" in server.log.read_text()
        assert eventually(answers_42(server))


def test_a_guardian_whose_folder_was_replaced_leaves_the_new_server_alone(data: Path, tmp_path: Path) -> None:
    first = start(data, settings=KEEPING)
    guardian, process = guardian_of(data), postmaster(data)
    data.rename(tmp_path / "away")
    with contextlib.closing(start(data, settings=KEEPING)) as second:
        write_42(second.url)
        other = postmaster(data)

        process.kill()

        log = tmp_path / "away/postgresql/server.log"
        assert eventually(lambda: log.read_text().count("cluster was taken away") == 2)
        assert postmaster(data) == other
        assert answers_42(second)()
        first.close()
        assert ended(guardian)
        assert answers_42(second)()


def test_a_user_whose_folder_was_taken_away_can_leave(data: Path, tmp_path: Path) -> None:
    server = start(data, settings=KEEPING)
    guardian = guardian_of(data)
    data.rename(tmp_path / "away")

    server.close()

    assert ended(guardian)
    assert nothing_lives(tmp_path / "away")
