"""The listener for mail, behind a real mail server: it takes a mail once it is stored, and refuses what is not ours.

It speaks SMTP or LMTP without encryption or credentials, so it listens on loopback unless told otherwise. Who sent a
mail is for the server in front to find out and to record.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import DBAPIError

from app.domain.errors import DomainError
from app.domain.keyring import Keyring
from app.domain.mails.limits import MAIL_BYTES
from app.domain.mails.mail import Envelope as Addressed
from app.domain.mails.mail import Own
from app.services import mail_intake
from app.storage.blobs import Blobs
from app.store.database import Database

CONNECTIONS: Final = 10  # at once; each may hold a whole mail in memory
RECIPIENTS: Final = 50  # of one mail
LINE: Final = 64 * 1024  # bytes of a line; RFC 5321 asks for 1,000, and servers pass on longer ones
IDLE: Final = 120.0  # seconds that a client may be silent
IDENT: Final = "amtdp intake"
log = structlog.get_logger("amtdp.mail")


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mails: where they are kept, what is ours, and what the time is."""

    database: Database
    blobs: Blobs
    keyring: Keyring
    own: Own
    now: Callable[[], datetime]

    def is_ours(self, recipient: str) -> bool:
        return mail_intake.is_ours(recipient, self.own, self.keyring)

    async def take(self, raw: bytes, *envelopes: Addressed) -> None:
        """For all of them or for none. When it returns the mail can no longer be lost.

        Raises Unavailable, and what the database raises.
        """
        now = self.now()
        blob = await mail_intake.keep(self.blobs, raw)
        async with self.database.writing() as db:
            for each in envelopes:
                await mail_intake.record(db, mail_intake.taken(blob, each, now), now)


class Handler:
    """What aiosmtpd asks at each step."""

    def __init__(self, intake: Intake, *, lmtp: bool) -> None:
        self.intake = intake
        self.lmtp = lmtp

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not self.intake.is_ours(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """One answer for all in SMTP; the same for each in LMTP."""
        del server, session
        answer = await self._stored(envelope)
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if self.lmtp else answer

    async def _stored(self, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        try:
            await self.intake.take(raw, *(Addressed(envelope.mail_from, each) for each in envelope.rcpt_tos))
        except (DomainError, DBAPIError, OSError) as fault:
            log.warning("mail not stored", fault=type(fault).__name__)
            return "451 4.3.0 Not stored; try again"
        return "250 2.0.0 Stored"

    async def handle_exception(self, fault: Exception) -> str:
        log.error("mail listener", exc_info=fault)
        return "451 4.3.0 Try again later"


class _Smtp(SMTP):
    """Lines as long as servers pass them on; leaves the set of open connections when it ends."""

    line_length_limit = LINE
    open_now: "set[_Smtp | _Lmtp]"

    def connection_lost(self, error: Exception | None) -> None:
        self.open_now.discard(self)
        super().connection_lost(error)


class _Lmtp(LMTP):
    line_length_limit = LINE
    open_now: "set[_Smtp | _Lmtp]"

    def connection_lost(self, error: Exception | None) -> None:
        self.open_now.discard(self)
        super().connection_lost(error)


class _Full(asyncio.Protocol):
    """What one connection too many meets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - of TCP it is
        transport.write(b"421 4.3.2 Too many connections; try again\r\n")
        transport.close()


@asynccontextmanager
async def listening(intake: Intake, host: str, port: int, *, lmtp: bool = False) -> AsyncIterator[int]:
    """Takes mail on this port (0: any that is free) until it is left; yields the port."""
    loop = asyncio.get_running_loop()
    open_now: set[_Smtp | _Lmtp] = set()
    handler, kind = Handler(intake, lmtp=lmtp), _Lmtp if lmtp else _Smtp

    def connected() -> asyncio.Protocol:
        if len(open_now) >= CONNECTIONS:
            return _Full()
        made = kind(
            handler,
            data_size_limit=MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname=intake.own.domain,
            ident=IDENT,
            timeout=IDLE,
            loop=loop,
        )
        made.open_now = open_now
        open_now.add(made)
        return made

    server = await loop.create_server(connected, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in list(open_now):
            if each.transport is not None:
                each.transport.close()
        await server.wait_closed()
