"""Where mail goes: a folder of `.eml` files, or an SMTP server."""

import asyncio
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib


class MailSender(Protocol):
    async def send(self, mail: EmailMessage, name: str) -> None:
        """Sends one message; `name` sorts by time and is the same at each attempt. Raises OSError or SMTP errors."""


class EmlFolder:
    """Writes each message as a file, whole or not at all."""

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


class SmtpServer:
    """`smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    async def send(self, mail: EmailMessage, name: str) -> None:  # noqa: ARG002 - the Message-ID names it
        await aiosmtplib.send(
            mail,
            hostname=self.url.hostname,
            port=self.url.port,
            username=self.url.username,
            password=self.url.password,
            use_tls=self.url.scheme == "smtps",
            timeout=30,
        )


def mail_sender(smtp_url: str, data_dir: Path) -> MailSender:
    return SmtpServer(smtp_url) if smtp_url else EmlFolder(data_dir / "mail")
