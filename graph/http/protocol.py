"""The HTTP and WebSocket protocols of uvicorn, with bounds for clients that are slow, greedy or silent.

uvicorn has no deadline and no size for headers or bodies, and waits for ever for a client that does not read its answer. Nothing here
costs a request a task or a timer: callbacks note when something began, and the server looks at all of its connections now and then.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from graph.http.edge import PROTECTION
from graph.http.refusals import Refusal

LINGER = 1.0  # seconds that a refused client has to read why, before its connection is reset
LONGEST_HEADER = 8000  # bytes of a name with its value; the library for WebSockets breaks on lines of 8192
MOST_FRAMES = 1000  # of one message: a frame may be empty, so that the limit of a message's bytes alone bounds nothing
SLOWEST_READER = 1000  # bytes a second, when nothing more is written until it has read


@dataclass(frozen=True, kw_only=True)
class ConnectionLimits:
    """What a connection may take: sizes in bytes, times in seconds."""

    head_bytes: int = 32 * 1024
    headers: int = 100
    head_seconds: float = 10
    body_seconds: float = 10
    upload_rate: int = 10_000  # bytes a second
    upload_window: float = 10
    write_seconds: float = 30
    connections: int = 5000
    per_address: int = 200
    "0: any number, for servers behind a proxy, where all come from one address."


DEFAULTS = ConnectionLimits()


class Doorkeeper:
    """The bounds of one server, and how many connections each address has."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.addresses: Counter[str] = Counter()
        self.total = 0

    def enter(self, address: str) -> Refusal | None:
        """Counts a new connection; answers why it may not stay."""
        self.total += 1
        self.addresses[address] += 1
        if self.total > self.limits.connections:
            return Refusal(503, "The server has as many connections as it takes; try again later.", code="UNAVAILABLE")
        if 0 < self.limits.per_address < self.addresses[address]:
            message = f"{address} has {self.limits.per_address} connections open, the most it may; close some first."
            return Refusal(503, message, code="RATE_LIMITED")
        return None

    def leave(self, address: str) -> None:
        self.total -= 1
        self.addresses[address] -= 1
        if not self.addresses[address]:
            del self.addresses[address]


class Backlog:
    """What was written and not yet taken by the client: a buffer that does not get smaller is held for nobody."""

    def __init__(self) -> None:
        self.size = 0
        self.since = 0.0

    def stalled(self, size: int, now: float, seconds: float, *, growing: bool) -> bool:
        """Whether the client took nothing, or next to nothing, for so long."""
        due = 1 if growing else min(self.size, SLOWEST_READER * seconds)
        if not size or not self.size or self.size - size >= due:
            self.size, self.since = size, now
            return False
        self.size = max(self.size, size)
        return now - self.since > seconds


class Limited(HttpToolsProtocol):
    """HTTP within the limits of a doorkeeper, who is set by `protocols_of`."""

    doorkeeper: Doorkeeper
    # Python shares the names of up to 30 attributes among instances; uvicorn's own are nearly as many, and more would slow each of them.
    __slots__ = ("address", "backlog", "ends_at", "in_head", "overhead", "piece", "received", "refusal", "since")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.address = ""
        self.in_head = True
        self.since = 0.0
        self.received = 0  # bytes of the body since then
        self.piece = 0  # bytes that came last
        self.overhead = 0  # bytes that came since the last whole head or part of a body
        self.refusal: Refusal | None = None
        self.ends_at = 0.0  # when a connection that was refused is reset
        self.backlog = Backlog()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.since = self.loop.time()
        self.address = self.client[0] if self.client else ""
        if refusal := self.doorkeeper.enter(self.address):
            self._refuse(refusal)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorkeeper.leave(self.address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.ends_at:
            return
        self.piece = len(data)
        self.overhead += self.piece
        # Not by super(), here and below: these are called for every request.
        HttpToolsProtocol.data_received(self, data)
        if self.overhead:
            self._continued()

    def _continued(self) -> None:
        """A head, what stands beside the sizes of chunks, or trailers are under way: none of them may go on for ever."""
        if self.in_head and self.overhead == self.piece and self.cycle is not None:
            self.since = self.loop.time()
        if self.overhead > self.doorkeeper.limits.head_bytes and not self.ends_at:
            self._refuse(self._too_large())

    def on_headers_complete(self) -> None:
        limits = self.doorkeeper.limits
        large = self.overhead > limits.head_bytes or self.piece > limits.head_bytes
        if len(self.headers) > limits.headers or (large and self._head_size() > limits.head_bytes):
            self.refusal = self._too_large()
            raise self.refusal
        self.in_head = False
        self.since = self.loop.time()
        self.overhead = self.received = 0
        HttpToolsProtocol.on_headers_complete(self)

    def on_body(self, body: bytes) -> None:
        self.received += len(body)
        self.overhead = 0
        HttpToolsProtocol.on_body(self, body)

    def on_message_complete(self) -> None:
        self.in_head = True
        self.overhead = 0
        HttpToolsProtocol.on_message_complete(self)

    def handle_websocket_upgrade(self) -> None:
        if any(len(name) + len(value) > LONGEST_HEADER for name, value in self.headers) or len(self.url) > LONGEST_HEADER:
            self._refuse(Refusal(431, f"A line of the headers is longer than {LONGEST_HEADER:,} bytes."))
            return
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self.refusal or Refusal(400, "This is not a request as HTTP/1.1 has them."))

    def look(self, now: float) -> None:
        """Ends the connection when its client has had its time."""
        size = self.transport.get_write_buffer_size()
        growing = not (self.flow.write_paused or self.transport.is_closing())
        if 0 < self.ends_at < now or self.backlog.stalled(size, now, self.doorkeeper.limits.write_seconds, growing=growing):
            self.transport.abort()
        elif self.ends_at or self.transport.is_closing():
            return
        elif self.flow.read_paused:
            # It is the application that does not read; the client's time begins when it does.
            self.since, self.received = now, 0
        elif self.in_head:
            self._look_at_head(now)
        elif not self.cycle.waiting_for_100_continue:
            self._look_at_body(now)

    def _look_at_head(self, now: float) -> None:
        if self._under_way() or self.timeout_keep_alive_task is not None or now - self.since < self.doorkeeper.limits.head_seconds:
            return
        if self.headers is not None:  # which is what uvicorn makes of it where a request begins
            seconds = self.doorkeeper.limits.head_seconds
            self._refuse(Refusal(408, f"The headers did not come within {seconds:g} seconds.", code="TIMEOUT"))
        else:
            self.transport.close()

    def _look_at_body(self, now: float) -> None:
        limits = self.doorkeeper.limits
        if any(name == b"content-type" and value.lower().startswith(b"multipart/form-data") for name, value in self.scope["headers"]):
            if now - self.since < limits.upload_window:
                return
            if self.received >= limits.upload_rate * (now - self.since):
                self.since, self.received = now, 0
                return
            why = f"The upload is slower than {limits.upload_rate:,} bytes a second."
        elif now - self.since < limits.body_seconds:
            return
        else:
            why = f"The body did not come within {limits.body_seconds:g} seconds."
        self._refuse(Refusal(408, why, code="TIMEOUT"))

    def _refuse(self, refusal: Refusal) -> None:
        """Answers, where no other answer would be torn by that, and ends the connection."""
        self.ends_at = self.loop.time() + LINGER
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if self.in_head and self._under_way():
            # What was asked for before is still answered; the connection ends with it.
            self.cycle.keep_alive = False
            self.ends_at = float("inf")
            return
        torn = bool(self.pipeline) or (not self.in_head and self.cycle.response_started)
        if self._under_way():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if torn:
            self.transport.close()
            return
        self.transport.write(answer_of(refusal))
        # A reset, which unread bytes would cause, could reach the client before the answer does: so the rest is read and dropped.
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _too_large(self) -> Refusal:
        limits = self.doorkeeper.limits
        return Refusal(431, f"The headers are more than {limits.headers} or larger than {limits.head_bytes:,} bytes.")


class LimitedSocket(WebSocketsSansIOProtocol):
    """WebSockets within the limits of a doorkeeper, to whom Limited handed the connection in."""

    doorkeeper: Doorkeeper

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.backlog = Backlog()

    def connection_lost(self, exc: Exception | None) -> None:
        self.doorkeeper.leave(self.client[0] if self.client else "")
        super().connection_lost(exc)

    def look(self, now: float) -> None:
        """Cuts a connection whose client does not read."""
        growing = self.writable.is_set() and not self.transport.is_closing()
        if self.backlog.stalled(self.transport.get_write_buffer_size(), now, self.doorkeeper.limits.write_seconds, growing=growing):
            self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        if len(self.frames) >= MOST_FRAMES:
            self.frames = []
            self.conn.fail(1009, f"a message has more than {MOST_FRAMES:,} frames")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # uvicorn takes a handshake that was answered by a refusal for one that was forgotten, and logs an error.
            self.handshake_complete = True


def answer_of(refusal: Refusal) -> bytes:
    """A refusal as the bytes of a whole answer."""
    response = refusal.response()
    headers = [*response.raw_headers, *PROTECTION, (b"connection", b"close")]
    return b"".join([STATUS_LINE[refusal.status], *(b"%s: %s\r\n" % header for header in headers), b"\r\n", response.body])


def protocols_of(limits: ConnectionLimits) -> tuple[type[Limited], type[LimitedSocket]]:
    """The protocols of one server."""
    shared = {"doorkeeper": Doorkeeper(limits), "__slots__": ()}
    return type("HTTP", (Limited,), shared), type("WebSocket", (LimitedSocket,), shared)
