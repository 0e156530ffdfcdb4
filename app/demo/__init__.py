"""The demonstration: files the sample requests over HTTP, reviews them over half a year, shows what came of it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
from rich.console import Console

from app.demo.demonstration import NotFiled, file_samples
from app.demo.ending import ending_of
from app.demo.intake import Intake, Refused
from app.demo.mailbox import Mailbox
from app.demo.own_server import ADMIN_ADDRESS, DidNotStart, first_admin, own_server
from app.demo.program import hire
from app.demo.progress import filing, reviewing_days
from app.demo.report import Case, as_json, as_table
from app.demo.reviewing import Clock, NotReviewed, insist_on_clock, review_all
from app.samples import load
from app.samples.review import reviews

__all__ = ["demonstrate"]

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Site:
    """Where it takes place: the server, the folder that its mail is under, and an administrator's key, if any."""

    url: str
    store: Path
    admin_key: str | None


def demonstrate(
    base_url: str | None, data_dir: Path, *, admin_key: str | None = None, machine: bool = False
) -> int:
    """Takes every sample to its end, at the server whose mail is written under `data_dir`; the exit code.

    Without a `base_url` it starts a server of its own, with a fresh store under `data_dir`. At another's server it
    reviews only with the key of an administrator, whose test clock it moves. The table (for a `machine`: JSON) goes
    to standard output, progress and complaints to standard error.
    """
    aside = Console(stderr=True)
    try:
        with _site(base_url, data_dir, admin_key) as site:
            cases = _cases(site, aside)
    except (NotFiled, NotReviewed, DidNotStart, Refused, httpx2.HTTPError) as fault:
        aside.print(str(fault), style="red", markup=False, highlight=False)
        return 1
    if machine:
        print(as_json(cases, site.url))  # noqa: T201 - a command speaks on standard output
        return 0
    Console().print(as_table(cases))
    aside.print(_hint(site, own=base_url is None), markup=False, highlight=False)
    return 0


def _cases(site: Site, aside: Console) -> list[Case]:
    """Files everything and, where there is an administrator, reviews it."""
    with httpx2.Client(base_url=site.url, timeout=_SECONDS, trust_env=False) as client:
        mailbox = Mailbox(site.store / "mail")
        admin = None if site.admin_key is None else Intake(client, site.admin_key)
        if admin is not None:
            insist_on_clock(admin)
            program = hire(client, admin, secrets.token_hex(3))
        with filing(aside, len(load())) as watch:
            filed = list(file_samples(load(), client, mailbox, watch))
        begun = [each.received_on for each in filed if each.received_on is not None]
        if admin is None or not begun:
            return [Case(each) for each in filed]
        clock = Clock(admin, date.fromisoformat(begun[0]))
        with reviewing_days(aside) as days:
            review_all(filed, reviews(), program, clock, days)
        inside, letters = program["director"].signer.intake, site.store / "letters"
        return [
            Case(each, reviews().get(each.sample.slug), ending_of(each, inside, letters))
            if each.received_on is not None
            else Case(each)
            for each in filed
        ]


def _hint(site: Site, *, own: bool) -> str:
    if own:
        return (
            f"Look around:  AMTDP_TEST_CLOCK=true amtdp serve --data-dir {site.store}\n"
            f"A key:        amtdp keys create --email {ADMIN_ADDRESS} --data-dir {site.store}\n"
            f"Letters:      {site.store / 'letters'}"
        )
    if site.admin_key is None:
        return (
            "Filed only: with --admin-key, on a server with a test clock, they are reviewed and decided too."
        )
    return f"Letters:      {site.store / 'letters'}"


@contextmanager
def _site(base_url: str | None, data_dir: Path, admin_key: str | None) -> Iterator[Site]:
    if base_url is not None:
        yield Site(base_url.rstrip("/"), data_dir, admin_key)
        return
    store = data_dir / "demo" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    with own_server(store) as url:
        yield Site(url, store, first_admin(store))
