"""The guardian: the parent of one embedded PostgreSQL, which starts it again when it dies and stops it when nobody uses it any more.

Started by `database.embedded` as a script, so that it needs nothing but the standard library and is up at once.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

SOCKET = ".s.PGSQL.5432"
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36

GRACE = 1.0  # seconds: processes whose server has died end by themselves, but for one that computes or is paused
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds before a server is started again: doubled unless it ran for longer than the longest

Owner = tuple[int, int] | None  # the user id and group id that root hands the server to


@dataclass(frozen=True)
class Plan:
    """What to run: `folder` keeps locks, log and cluster, `run` the socket."""

    folder: str
    run: str
    programs: str
    settings: dict[str, str]
    owner: Owner

    @property
    def cluster(self) -> Path:
        return Path(self.folder, "cluster")

    @property
    def socket_dir(self) -> Path:
        return Path(self.run, "socket")


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """A descriptor that holds the lock, or None while another process does; the kernel lets go of it at any death."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    if os.fork():
        os._exit(0)  # the starter waits for this parent only, and has no child left to reap
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # Users that finish their work after a SIGTERM to all still need the database. A handler, unlike SIG_IGN, is not inherited.
        signal.signal(ignored, lambda *_: None)
    if LIBC is not None:
        LIBC.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        fence = fence_off(plan)
    except TimeoutError as problem:
        sys.exit(str(problem))
    if not plan.cluster.exists():
        initialise(plan, fence)
    supervisor = Supervisor(plan, fence)
    if supervisor.becomes_ready():  # else its starter tells why not
        supervisor.keep_running()
    if supervisor.unused.is_set() and Path(plan.run).parent != Path(plan.folder):
        shutil.rmtree(plan.run, ignore_errors=True)


class Supervisor:
    """The supervisor of a server that has been started: it starts it again until `unused` is set, and stops it then."""

    def __init__(self, plan: Plan, fence: int) -> None:
        self.plan = plan
        self.unused = threading.Event()
        self._starting = threading.Lock()
        self._users = os.open(Path(plan.folder, "users.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._start(fence)
        threading.Thread(target=self._stop_when_unused, daemon=True).start()

    def becomes_ready(self) -> bool:
        """Waits until the server accepts connections; False when it has ended before."""
        while self.server.poll() is None and not is_ready(self.plan, self.server.pid):
            time.sleep(0.02)
        return is_ready(self.plan, self.server.pid)  # one that was killed at once leaves the file in which it said so

    def keep_running(self) -> None:
        """Returns when nobody uses the server and nothing of it lives."""
        pause, began = 0.0, time.monotonic()
        outcome = self._outcome()
        while not self.unused.is_set():
            pause = min(2 * pause, LONGEST_PAUSE) if pause and time.monotonic() - began < LONGEST_PAUSE else SHORTEST_PAUSE
            say(f"PostgreSQL is in use and will be started again in {pause:.1f} seconds: {outcome}")
            self.unused.wait(pause)
            began = time.monotonic()
            outcome = self._restart_outcome()

    def _outcome(self) -> str:
        status = self.server.wait()
        end_orphans()
        return f"it has ended with {f'signal {-status}' if status < 0 else f'exit code {status}'}"

    def _restart_outcome(self) -> str:
        try:
            self._check_folder()
            self._start(fence_off(self.plan))
        except (OSError, subprocess.SubprocessError) as problem:
            return str(problem)
        return self._outcome()

    def _check_folder(self) -> None:
        """Refuses a folder that was taken away, and another one in its place, which has a guardian of its own."""
        lock = Path(self.plan.folder, "users.lock")
        if not (self.plan.cluster.exists() and lock.exists() and os.path.samestat(lock.stat(), os.fstat(self._users))):
            raise FileNotFoundError(f"{self.plan.cluster} was taken away; bring it back, or end the programs that use it")

    def _start(self, fence: int) -> None:
        with self._starting:
            try:
                if self.unused.is_set():
                    return
                empty_folder(self.plan.socket_dir, self.plan)
                self.server = spawn(self.plan, server_command(self.plan), cwd=self.plan.cluster, fence=fence)
            finally:
                os.close(fence)  # the server's processes alone hold it from here on

    def _stop_when_unused(self) -> None:
        fcntl.flock(self._users, fcntl.LOCK_EX)
        with self._starting:
            self.unused.set()
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(60)
        except subprocess.TimeoutExpired:
            self.server.send_signal(signal.SIGQUIT)


def say(message: str) -> None:
    """Writes a line to the server's log, in its form."""
    with contextlib.suppress(OSError):  # a full disk is no reason to leave the server down
        os.write(1, f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC [{os.getpid()}] LOG:  {message}\n".encode())


def is_ready(plan: Plan, pid: int) -> bool:
    """Whether the server of that process id has written that it accepts connections."""
    try:
        lines = (plan.cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return lines[:1] == [str(pid)] and lines[-1].strip() == "ready"


def fence_off(plan: Plan) -> int:
    """A lock that only the server's processes keep: once it is had, nothing of an earlier server lives, whatever pid files say."""
    deadline = time.monotonic() + 60
    while (fence := try_lock(Path(plan.folder, "server.lock"))) is None:
        if time.monotonic() > deadline:
            raise TimeoutError("Processes of an earlier server hold server.lock and do not end; end them and start again.")
        interrupt_orphan(plan)
        time.sleep(0.01)
    return fence


def end_orphans() -> None:
    """Ends what a dead server left, which Linux makes the guardian's children: its shared memory is lost, the WAL is whole without them."""
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(ChildProcessError):  # none is left
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)
        while True:
            for child in children():
                os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def children() -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            after_name = stat.read_text(errors="replace").rpartition(")")[2]  # a name may hold blanks and brackets
            if int(after_name.split()[1]) == os.getpid():
                yield int(stat.parent.name)


def interrupt_orphan(plan: Plan) -> None:
    """Stops a server that outlived its guardian (no parent-death signal on macOS): its socket answers, so its pid file is its own."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(plan.socket_dir / SOCKET))
            pid = int((plan.cluster / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
    # As the server's user, whose file it is: root would signal whatever process that user wrote there.
    user, group = plan.owner or (None, None)
    kill = ["/bin/sh", "-c", 'kill -INT "$0"', str(pid)]
    groups: list[int] | None = [] if plan.owner else None
    subprocess.run(kill, user=user, group=group, extra_groups=groups, env=CLEAN_ENVIRONMENT, check=False)  # noqa: S603 - only a number varies


def initialise(plan: Plan, fence: int) -> None:
    """Makes the cluster under another name first, so that half a cluster never counts."""
    half = Path(plan.folder, "cluster.new")
    empty_folder(half, plan)
    command = [f"{plan.programs}/initdb", "-D", here(plan, half), "-U", "backoffice", "-E", "UTF8", "--auth=trust", "--no-instructions"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if plan.settings.get("fsync") == "off":
        command.append("--no-sync")
    if spawn(plan, command, cwd=half, fence=fence).wait() != 0:
        sys.exit(1)
    half.rename(plan.cluster)


def server_command(plan: Plan) -> list[str]:
    command = [f"{plan.programs}/postgres", "-D", here(plan, plan.cluster)]
    for name, value in plan.settings.items():
        command += ["-c", f"{name}={value}"]
    command += ["-c", "listen_addresses=", "-c", "port=5432"]
    return [*command, "-c", f"unix_socket_directories={plan.socket_dir}", "-c", "unix_socket_permissions=0700"]


def here(plan: Plan, folder: Path) -> str:
    """Names the folder that a process starts in; a user that cannot pass the folders above it (a 0700 home of root) reaches it so."""
    return "/proc/self/cwd" if plan.owner and sys.platform == "linux" else str(folder)


def empty_folder(path: Path, plan: Plan) -> None:
    """An empty folder that only the server's user, and root, may enter."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    if plan.owner:
        os.chown(path, *plan.owner)


def spawn(plan: Plan, command: list[str], *, cwd: Path, fence: int) -> subprocess.Popen[bytes]:
    guardian = os.getpid()
    user, group = plan.owner or (None, None)

    def prepare() -> None:
        # Runs as the server's user in its folder: the kernel drops a death signal that is set before a change of user.
        if LIBC is not None:
            LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGINT)
            if os.getppid() != guardian:
                os._exit(1)
        disclaim_pid_file(Path("postmaster.pid"), guardian)

    return subprocess.Popen(  # noqa: S603 - the programs of the package
        command,
        cwd=cwd,
        user=user,
        group=group,
        extra_groups=[] if plan.owner else None,
        umask=0o077,
        env=CLEAN_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        pass_fds=[fence],
        preexec_fn=prepare,  # noqa: PLW1509 - the only other thread waits in the kernel, and holds nothing
    )


def disclaim_pid_file(path: Path, guardian: int) -> None:
    """Puts the guardian's id in the place of a dead server's: PostgreSQL believes that any living process of that id is a server.

    It takes its parent's id for harmless and goes on to what cannot be reused, the shared memory that the file names.
    """
    if not path.exists():
        return
    lines = path.read_text().splitlines(keepends=True)
    if not lines or not lines[0].strip().isdigit():
        path.unlink()  # cut short by a power failure; PostgreSQL refuses to start beside it
    elif int(lines[0]) == os.getpid() or not same_folder(Path("/proc", lines[0].strip(), "cwd")):  # its own: containers repeat ids
        path.write_text("".join([f"{guardian}\n", *lines[1:]]))


def same_folder(path: Path) -> bool:
    """Whether a process that works there is a server that somebody started by hand on this cluster."""
    try:
        return path.samefile(".")
    except OSError:
        return False


if __name__ == "__main__":
    main()
