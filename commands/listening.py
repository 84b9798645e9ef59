"""The socket that the server listens on: the port that was asked for, or the first free one."""

import errno
import os
import socket

from commands.running import servers
from models.errors import Conflict

FIRST_PORT, LAST_PORT = 8000, 8020
BACKLOG = 2048


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket; taken before anything else starts, so that a port that cannot be had is known at once."""
    if port is not None:
        try:
            return _listen(host, port)
        except OSError as problem:
            raise Conflict(_refusal(host, port, problem)) from problem
    for candidate in range(FIRST_PORT, LAST_PORT + 1):
        try:
            return _listen(host, candidate)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise Conflict(_refusal(host, candidate, problem)) from problem
    raise Conflict(f"The ports {FIRST_PORT} to {LAST_PORT} of {host} are all taken; name a free one with --port (make run PORT=9000).")


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds it, as in http://127.0.0.1:8000."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - an address to translate, not to bind
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=BACKLOG)


def _refusal(host: str, port: int, problem: OSError) -> str:
    if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
        return f"The host {host!r} is no address of this machine; use 127.0.0.1 for this machine alone, 0.0.0.0 for all that reach it."
    if problem.errno == errno.EADDRINUSE:
        return _taken(host, port)
    if problem.errno == errno.EACCES:
        return f"The port {port} is kept for root; name one above 1023 with --port."
    return f"The port {port} of {host} cannot be listened on: {os.strerror(problem.errno or 0)}."


def _taken(host: str, port: int) -> str:
    other = f"or name another port with --port (make run PORT={port + 1})."
    for server in servers():
        if server.port == port:
            return (
                f"The port {port} of {host} is taken by a back office that serves {server.serves}: open {server.url}/graphql, "
                f"stop it with Ctrl-C where it runs or with `kill {server.pid}`, {other}"
            )
    return f"The port {port} of {host} is taken by another program: stop it, {other}"
