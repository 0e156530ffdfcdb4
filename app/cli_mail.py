"""`amtdp mail-listen` and `amtdp ingest`: mail comes in, from a mail server or from a file."""

import asyncio
import signal
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app import logs
from app.delivery.mail_listener import listening
from app.domain.errors import DomainError, Invalid
from app.domain.mails.limits import MAIL_BYTES
from app.domain.mails.mail import Envelope
from app.services import mail_intake
from app.services.moved_clock import time_of
from app.services.passwords import Passwords
from app.settings import Mode, Settings, settings_of
from app.store import migrations
from app.store.database import Database
from app.wiring import intake_of, runtime_for, utc_now

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Embedded store; also AMTDP_DATA_DIR.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")]


def mail_listen(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8025,
    lmtp: Annotated[bool, typer.Option("--lmtp", help="LMTP, which answers for each recipient.")] = False,
    off_loopback: Annotated[
        bool,
        typer.Option("--off-loopback", help="Allows a host that others can reach: behind a mail server."),
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take mail by SMTP or LMTP; the delivery loop of `serve` or `worker` acts on it."""
    if not off_loopback and not _is_loopback(host):
        raise typer.BadParameter("others can reach this host: say --off-loopback if you mean it")
    settings = settings_of(data_dir, database_url)
    if settings.test_clock:
        sys.exit("With AMTDP_TEST_CLOCK mail comes in by `amtdp ingest`: what listens has another clock.")
    logs.configure(as_json=settings.mode is Mode.PRODUCTION)
    asyncio.run(_listen(settings, host, port, lmtp=lmtp))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _listen(settings: Settings, host: str, port: int, *, lmtp: bool) -> None:
    database = Database(settings.database)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await migrations.upgrade(database)
        intake = intake_of(runtime_for(settings, database, utc_now, Passwords()))
        async with listening(intake, host, port, lmtp=lmtp) as bound:
            typer.echo(f"mail for {settings.mail_address} on {host}:{bound}")
            await stop.wait()
    finally:
        await database.close()


def ingest(
    file: Annotated[str, typer.Argument(help="A mail as a file, or - for standard input.")],
    recipient: Annotated[
        list[str] | None, typer.Option(help="Repeat for several; else the program's address.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Of the envelope, where it is known.")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="When it came, for a mail that lay in a mailbox: the 180 days count from then."),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take a mail from a file, as the listener does; prints its id for each recipient."""
    came_at = None if received_at is None else _instant(received_at)
    raw = sys.stdin.buffer.read(MAIL_BYTES + 1) if file == "-" else _read(Path(file))
    if len(raw) > MAIL_BYTES:
        raise typer.BadParameter(f"a mail has at most {MAIL_BYTES} bytes")
    settings = settings_of(data_dir, database_url)
    to = recipient or [settings.mail_address]
    try:
        kept = asyncio.run(_ingest(settings, raw, [Envelope(sender, each) for each in to], came_at))
    except DomainError as refused:
        raise typer.BadParameter(refused.detail) from None
    for each in kept:
        typer.echo(str(each))


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAIL_BYTES + 1)
    except OSError as fault:
        raise typer.BadParameter(f"cannot read: {fault.strerror}") from None


def _instant(text: str) -> datetime:
    """Without an offset it would be anybody's guess on which day a mail came."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter("an instant with its offset, as 2026-03-02T09:30:00-05:00")
    return found.astimezone(UTC)


async def _ingest(
    settings: Settings, raw: bytes, envelopes: Iterable[Envelope], came_at: datetime | None
) -> list[UUID]:
    database = Database(settings.database)
    try:
        await migrations.upgrade(database)
        runtime = runtime_for(settings, database, utc_now, Passwords())
        async with database.reading() as db:
            now = await time_of(db, utc_now())
        if came_at is not None and came_at > now:
            raise Invalid("A mail that is here came before now.")
        kept = await mail_intake.keep(runtime.blobs, raw)
        taken = [mail_intake.taken(kept, each, now, came_at) for each in envelopes]
        async with database.writing() as db:
            return [await mail_intake.record(db, each, now) for each in taken]
    finally:
        await database.close()
