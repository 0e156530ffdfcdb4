"""Where mail goes: a folder of `.eml` files, or an SMTP server."""

import asyncio
import os
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

CONNECTIONS = 5  # to one server at once
SMTP_TIMEOUT = 15.0  # seconds for each step
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class MailSender(Protocol):
    async def send(self, mail: EmailMessage, name: str) -> None:
        """Sends one message; `name` sorts by time and is the same at each attempt. Raises OSError or SMTP errors."""


class EmlFolder:
    """Writes each message as a file, whole or not at all; the folder, read by name, is in order of time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, mail: EmailMessage, name: str) -> None:
        await asyncio.to_thread(self._write, bytes(mail), name)

    def _write(self, raw: bytes, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / f"{name}.eml")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is as durable as the bytes
        finally:
            os.close(folder)


class SmtpServer:
    """`smtp://[user:password@]host[:port]`, with STARTTLS where the server has it; `smtps://` for TLS from the start.

    User and password are percent-decoded. No password leaves the machine in the clear: with one, `smtp://` insists
    on STARTTLS unless the server is on loopback.
    """

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def send(self, mail: EmailMessage, name: str) -> None:  # noqa: ARG002 - the Message-ID names it
        url = self.url
        is_local = url.hostname in LOOPBACK
        message, sender, recipients = _as_written(mail)
        async with self._turns:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=recipients,
                hostname=url.hostname,
                port=url.port,
                username=None if url.username is None else unquote(url.username),
                password=None if url.password is None else unquote(url.password),
                use_tls=url.scheme == "smtps",
                start_tls=True if url.scheme == "smtp" and url.username and not is_local else None,
                timeout=SMTP_TIMEOUT,
            )


def _as_written(mail: EmailMessage) -> tuple[EmailMessage | bytes, str | None, list[str] | None]:
    """The bytes as they were made, from whom and to whom.

    The library would fold them anew, and encode what has no blank to fold at. A mail with an address beyond ASCII is
    left to it, since it asks what the server takes (RFC 6531).
    """
    sender, recipient = parseaddr(mail["From"])[1], parseaddr(mail["To"])[1]
    if not (sender + recipient).isascii():
        return mail, None, None
    return bytes(mail), sender, [recipient]


def mail_sender(smtp_url: str, data_dir: Path) -> MailSender:
    return SmtpServer(smtp_url) if smtp_url else EmlFolder(data_dir / "mail")
