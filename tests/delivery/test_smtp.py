"""Mail through a real SMTP server on loopback, and what becomes of its refusals."""

import asyncio
import resource
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from app.delivery.senders import EmlFolder, SmtpServer, mail_sender
from app.services.post import Letter
from tests.delivery.given import mail_worker, post_letters, rows

LETTER = Letter("zoe@b.example", "request_received", {
    "number": "AMT-2026-00001", "due": "2026-11-28", "link": "http://t/v1/designation-requests/AMT-2026-00001",
})  # fmt: skip


class Desk:
    """Takes mail, or answers RCPT or DATA as it was told to."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt, self.data = rcpt, data
        self.taken: list[bytes] = []
        self.recipients: list[str] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - its hook
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its hook
        self.taken.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        return self.data


@asynccontextmanager
async def serving(desk: Desk, **more):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(desk, enable_SMTPUTF8=True, loop=loop, **more), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_a_letter_arrives_as_it_was_rendered(database, settings, clock):
    await post_letters(database, settings, clock, LETTER)
    desk = Desk()
    async with serving(desk) as port:
        await mail_worker(database, settings, SmtpServer(f"smtp://127.0.0.1:{port}"), clock).drain()
    (raw,) = desk.taken
    mail = message_from_bytes(raw)
    assert desk.recipients == ["zoe@b.example"]
    assert mail["Subject"] == "AMT-2026-00001: received"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.get_payload()] == ["text/plain", "text/html"]
    assert (await rows(database))[0].state == "done"


async def test_an_address_beyond_ascii_reaches_a_server_that_takes_it(database, settings, clock):
    await post_letters(database, settings, clock, replace(LETTER, to="josé@b.example"))
    desk = Desk()
    async with serving(desk) as port:
        await mail_worker(database, settings, SmtpServer(f"smtp://127.0.0.1:{port}"), clock).drain()
    assert desk.recipients == ["josé@b.example"]
    assert "\r\nTo: josé@b.example\r\n".encode() in desk.taken[0]


@pytest.mark.parametrize(
    ("desk", "state", "reason"),
    [
        (Desk(rcpt="550 no <zoe@b.example> here"), "dead", "SMTPRecipientsRefused 550"),
        (Desk(rcpt="450 greylisted"), "ready", "SMTPRecipientsRefused 450"),
        (Desk(data="554 looks like spam"), "dead", "SMTPDataError 554"),
        (Desk(data="451 try later"), "ready", "SMTPDataError 451"),
    ],
)
async def test_a_final_refusal_ends_a_letter_and_a_passing_one_does_not(
    database, settings, clock, desk, state, reason
):
    await post_letters(database, settings, clock, LETTER)
    async with serving(desk) as port:
        await mail_worker(database, settings, SmtpServer(f"smtp://127.0.0.1:{port}"), clock).work()
    (row,) = await rows(database)
    assert (row.state, row.last_error) == (state, reason), "and the address is not in it"


async def test_a_server_that_is_not_there_is_tried_later(database, settings, clock):
    async with serving(Desk()) as port:
        pass
    await post_letters(database, settings, clock, LETTER)
    await mail_worker(database, settings, SmtpServer(f"smtp://127.0.0.1:{port}"), clock).work()
    (row,) = await rows(database)
    assert (row.state, row.last_error) == ("ready", "SMTPConnectError")


async def test_user_and_password_are_percent_decoded():
    desk = Desk()

    def check(server, session, envelope, mechanism, login):
        desk.logins.append((login.login, login.password))
        return AuthResult(success=True)

    mail = EmailMessage()
    mail["From"], mail["To"] = "a@b.example", "c@d.example"
    async with serving(desk, authenticator=check, auth_require_tls=False) as port:
        await SmtpServer(f"smtp://desk%40b:p%2Fw%3A@127.0.0.1:{port}").send(mail, "x")
    assert desk.logins == [(b"desk@b", b"p/w:")]


async def test_mail_goes_to_a_folder_until_a_server_is_named(tmp_path):
    assert isinstance(mail_sender("", tmp_path), EmlFolder)
    assert isinstance(mail_sender("smtps://mail.example", tmp_path), SmtpServer)


async def test_a_message_is_a_file_only_once_it_is_whole(tmp_path):
    folder, mail, large = EmlFolder(tmp_path / "mail"), EmailMessage(), EmailMessage()
    mail.set_content("x")
    large.set_content("x" * 70 + "\n" * 2_000_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            await folder.send(large, "one")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "mail").glob("*.eml")) == []
    for name in ("20260102T000000", "20260101T000000"):
        await folder.send(mail, name)
    await folder.send(mail, "20260101T000000")  # again: the same file
    names = [each.name for each in sorted((tmp_path / "mail").glob("*.eml"))]
    assert names == ["20260101T000000.eml", "20260102T000000.eml"]
