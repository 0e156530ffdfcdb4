"""The caller: a process of its own that sends prepared requests over a few connections and times them.

`python -m benchmarks.load` reads a pickled `Burst` from standard input and writes a pickled `Heard`. It speaks just
enough HTTP/1.1 (one request at a time on each kept connection, answers with Content-Length) to cost far less than
any server it asks.
"""

import asyncio
import pickle
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from statistics import median

import uvloop

from benchmarks.cores import CLIENT_CORE, pin

CONNECTIONS = 16


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: bench"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method in {"POST", "PATCH", "PUT"}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Burst:
    """`total` requests, taken in turn from `calls`, over `connections`; any status but `expects` is a failure."""

    port: int
    calls: list[Call]
    total: int
    expects: int
    connections: int = CONNECTIONS
    keep_answers: bool = False


@dataclass(frozen=True)
class Heard:
    """What a burst took: seconds in all, and of each request in order of arrival; one answer as a sample."""

    seconds: float
    latencies: list[float]
    sample: bytes
    answers: list[bytes] = field(
        default_factory=list
    )  # bodies, in order of arrival, where they were asked for

    @property
    def body(self) -> bytes:
        """The body of the sample."""
        return self.sample.partition(b"\r\n\r\n")[2]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class BurstFailed(Exception):
    """The server answered other than expected, so what was measured is not what was asked for."""


class _Caller(asyncio.Protocol):
    def __init__(
        self, left: deque[bytes], heard: list[float], statuses: Counter[int], answers: list[bytes] | None
    ) -> None:
        self.left, self.heard, self.statuses, self.answers = left, heard, statuses, answers
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.sample = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        if not self.left:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.sent_at = time.perf_counter()
        self.transport.write(self.left.popleft())

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.buffer.lower().find(b"content-length:", 0, head)
        length = int(self.buffer[at + 15 : self.buffer.find(b"\r", at)]) if at > 0 else 0
        if len(self.buffer) < head + 4 + length:
            return
        self.heard.append(time.perf_counter() - self.sent_at)
        status = int(self.buffer[9:12])
        self.statuses[status] += 1
        if self.answers is not None:
            self.answers.append(self.buffer[head + 4 :])
        if not self.sample or status >= 300:
            self.sample = self.buffer
        self.buffer = b""
        self.send()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(fault or ConnectionError("the server closed the connection"))


async def _run(burst: Burst) -> tuple[Heard, Counter[int]]:
    wires = [call.wire() for call in burst.calls]
    left = deque(wires[i % len(wires)] for i in range(burst.total))
    heard: list[float] = []
    statuses: Counter[int] = Counter()
    answers: list[bytes] = []
    kept = answers if burst.keep_answers else None
    loop = asyncio.get_running_loop()
    callers = [
        (await loop.create_connection(lambda: _Caller(left, heard, statuses, kept), "127.0.0.1", burst.port))[
            1
        ]
        for _ in range(burst.connections)
    ]
    began = time.perf_counter()
    for caller in callers:
        caller.send()
    await asyncio.gather(*(caller.done for caller in callers))
    sample = next((caller.sample for caller in callers if caller.sample[9:10] != b"2"), callers[0].sample)
    return Heard(time.perf_counter() - began, heard, sample, answers), statuses


def in_turn(port: int, call: Call, yardstick: Call, times: int, expects: int = 200) -> float:
    """What a call takes, told in others made in turn with it: a machine that slows down slows both."""
    heard = send(Burst(port, [call, yardstick], 2 * times, expects, connections=1)).latencies[10:]
    return median(heard[::2]) / median(heard[1::2])


def send(burst: Burst) -> Heard:
    """Sends the burst from a process of its own and waits for it. Raises BurstFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=pickle.dumps(burst), capture_output=True, check=False
    )
    if done.returncode:
        raise BurstFailed(done.stderr.decode()[-2000:])
    heard, statuses = pickle.loads(done.stdout)
    if set(statuses) != {burst.expects}:
        raise BurstFailed(
            f"{burst.calls[0].path}: {dict(statuses)}\n{heard.sample.decode(errors='replace')[:2000]}"
        )
    return heard


if __name__ == "__main__":
    pin(CLIENT_CORE)
    # the classes must be those that the other side knows, not __main__'s
    from benchmarks import load

    asked = pickle.loads(sys.stdin.buffer.read())
    # a buffer of its own: an unbuffered standard output may take only part of a long answer
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(pickle.dumps(uvloop.run(load._run(asked))))  # noqa: SLF001 - itself
