"""A server in front of another that breaks connections by a list: what a network does, at the worst moments."""

import contextlib
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

Break = Literal["at once", "request lost", "answer lost", "answer cut", "503", "429"]
BREAKS: tuple[Break, ...] = ("at once", "request lost", "answer lost", "answer cut", "503", "429")
ABRUPT = struct.pack("ii", 1, 0)  # SO_LINGER 0: closing sends a reset
BUSY = "HTTP/1.1 {} Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Breaking:
    """One request a connection. The next breaks are taken from `breaks`; with none left, requests pass."""

    def __init__(self, target: str) -> None:
        where = urlsplit(target)
        self._target = (where.hostname, where.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.breaks: deque[Break] = deque()
        self.passed = 0

    def serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # closed: the block is over
                return
            with caller:
                self._take(caller, self.breaks.popleft() if self.breaks else None)

    def close(self) -> None:
        # a listener that only closes goes on waiting in accept
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _take(self, caller: socket.socket, broken: Break | None) -> None:
        if broken == "at once":
            _reset(caller)
            return
        request = _whole(caller)
        if broken in {"503", "429"}:
            caller.sendall(BUSY.format(broken).encode())
        elif broken == "request lost":
            _reset(caller)
        elif request:
            self._pass_on(caller, request, broken)

    def _pass_on(self, caller: socket.socket, request: bytes, broken: Break | None) -> None:
        self.passed += 1
        with socket.create_connection(self._target) as service:
            service.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b"".join(iter(lambda: service.recv(65536), b""))
        if broken == "answer lost":
            _reset(caller)
        else:
            caller.sendall(answer[:-1] if broken == "answer cut" else answer)


def _whole(caller: socket.socket) -> bytes:
    """A request to its end, as its Content-Length has it."""
    got = b""
    while piece := caller.recv(65536):
        got += piece
        head, ended, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if ended and len(body) >= int(length[1] if length else 0):
            return re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head) + ended + body
    return b""


def _reset(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
    caller.close()


@contextlib.contextmanager
def breaking(target: str) -> Iterator[Breaking]:
    between = Breaking(target)
    thread = threading.Thread(target=between.serve, daemon=True)
    thread.start()
    try:
        yield between
    finally:
        between.close()
        thread.join(timeout=10)
