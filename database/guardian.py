"""The guardian: the parent of one embedded PostgreSQL, which stops it when the last process that uses it is gone.

Started by `database.embedded` as a script, so that it needs nothing but the standard library and is up at once.
"""

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
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

SOCKET = ".s.PGSQL.5432"
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
SET_PARENT_DEATH_SIGNAL = 1

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
    fence = fence_off(plan)
    if not plan.cluster.exists():
        initialise(plan, fence)
    empty_folder(plan.socket_dir, plan)
    server = spawn(plan, server_command(plan), cwd=plan.cluster, fence=fence)
    unused = threading.Event()
    users = os.open(Path(plan.folder, "users.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    threading.Thread(target=stop_when_unused, args=(users, unused, server), daemon=True).start()
    server.wait()
    if unused.is_set() and Path(plan.run).parent != Path(plan.folder):
        shutil.rmtree(plan.run, ignore_errors=True)


def fence_off(plan: Plan) -> int:
    """A lock that every process of the server inherits: once it is had, nothing of an earlier server lives, whatever pid files say."""
    deadline = time.monotonic() + 60
    while (fence := try_lock(Path(plan.folder, "server.lock"))) is None:
        if time.monotonic() > deadline:
            sys.exit("Processes of an earlier server hold server.lock and do not end; end them and start again.")
        interrupt_orphan(plan)
        time.sleep(0.01)
    return fence


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
        preexec_fn=prepare,  # noqa: PLW1509 - no thread has been started yet
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
    elif not same_folder(Path("/proc", lines[0].strip(), "cwd")):
        path.write_text("".join([f"{guardian}\n", *lines[1:]]))


def same_folder(path: Path) -> bool:
    """Whether a process that works there is a server that somebody started by hand on this cluster."""
    try:
        return path.samefile(".")
    except OSError:
        return False


def stop_when_unused(users: int, unused: threading.Event, server: subprocess.Popen[bytes]) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    unused.set()
    server.send_signal(signal.SIGINT)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    main()
