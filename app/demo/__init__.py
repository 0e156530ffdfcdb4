"""The demonstration: files the sample requests over HTTP as applicants would, and shows what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from rich.console import Console

from app.demo.demonstration import Filed, NotFiled, file_samples
from app.demo.mailbox import Mailbox
from app.demo.own_server import DidNotStart, own_server
from app.demo.report import as_json, as_table, progress
from app.samples import load

__all__ = ["demonstrate"]

_SECONDS = 60.0


def demonstrate(base_url: str | None, data_dir: Path, *, machine: bool = False) -> int:
    """Files every sample at the server whose mail is written under `data_dir`; the exit code.

    Without a `base_url` it starts a server of its own, with a fresh store under `data_dir`. The table (for a
    `machine`: JSON) goes to standard output, progress and complaints to standard error.
    """
    store = data_dir if base_url else data_dir / "demo" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = Console(stderr=True)
    filed: list[Filed] = []
    try:
        with _server(base_url, store) as url:
            client = httpx2.Client(base_url=url, timeout=_SECONDS, trust_env=False)
            with client, progress(aside, len(load())) as watch:
                filed.extend(file_samples(load(), client, Mailbox(store / "mail"), watch))
    except (NotFiled, DidNotStart) as fault:
        aside.print(str(fault), style="red", markup=False, highlight=False)
        return 1
    if machine:
        print(as_json(filed, url))  # noqa: T201 - a command speaks on standard output
        return 0
    Console().print(as_table(filed))
    if base_url is None:
        aside.print(f"Look around: amtdp serve --data-dir {store}", markup=False, highlight=False)
    return 0


@contextmanager
def _server(base_url: str | None, data_dir: Path) -> Iterator[str]:
    if base_url is not None:
        yield base_url.rstrip("/")
        return
    with own_server(data_dir) as url:
        yield url
