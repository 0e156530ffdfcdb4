"""A server in a process of its own, on its own core, stopped when the block ends."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.cores import SERVICE_CORE, pin

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Served:
    """A running server: its port, its process, and the seconds from start to its first answer."""

    port: int
    pid: int
    ready_after: float


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@contextmanager
def served(
    command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path = ROOT, asks: str = "/"
) -> Iterator[Served]:
    """Runs the command until it answers `asks` on the port; what it says is shown only if it fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdout=said,
            stderr=said,
            preexec_fn=lambda: pin(SERVICE_CORE),  # noqa: PLW1509 - no thread runs here yet
            start_new_session=True,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}{asks}", said)
            yield Served(port, _serving(process.pid), time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str, said: IO[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return  # an answer is an answer
        except OSError:
            time.sleep(0.01)
        else:
            return
    said.seek(0)
    raise RuntimeError(f"the server did not answer:\n{said.read().decode(errors='replace')[-3000:]}")


def _serving(pid: int) -> int:
    """The process that answers: the only child of one that forks its worker, else the process itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if len(children) == 1 else pid


def uvicorn(factory: str, port: int) -> list[str]:
    """One worker, as `amtdp serve` runs it."""
    return [
        sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port),
        "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
