"""Copies of messages through a real SMTP server: what is noted of them, and a kill between sending and settling."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

from app.delivery.loop import LEASE
from app.delivery.senders import SmtpServer
from app.services import post
from app.services.post import Letter
from app.settings import Settings
from app.store import deliveries, letters
from app.store.deliveries import Due
from app.wiring import worker_of
from tests.clock import Clock
from tests.delivery.given import ending, mail, mail_worker, post_letters, rows, states, until
from tests.delivery.test_smtp import Desk as Server
from tests.delivery.test_smtp import serving
from tests.given import Given
from tests.mailed import receipts_of

LETTER = Letter("zoe@b.example", "address_claimed", {})


class Killing(Server):
    """Has the whole of a mail with these bytes in it, and kills whoever sent it before the answer arrives."""

    child: asyncio.subprocess.Process | None = None

    def __init__(self, marked: bytes = b"") -> None:
        super().__init__()
        self.marked = marked

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its hook
        if self.child is not None and self.marked in envelope.content:
            self.child, dead = None, self.child
            dead.send_signal(signal.SIGKILL)
        return await super().handle_DATA(server, session, envelope)


async def killed_while_sending(server: Killing, settings: Settings, url: str) -> None:
    """A worker of its own process sends there until it is killed."""
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    env = {**os.environ, "AMTDP_SMTP_URL": url, "AMTDP_MAIL_FROM": "desk@amtdp.example"}
    server.child = started = await asyncio.create_subprocess_exec(*command, env=env)
    async with ending(started):
        assert await started.wait() == -signal.SIGKILL


async def _send(given: Given, server: Server) -> None:
    async with serving(server) as port:
        worker = worker_of(given.runtime)
        carrier = SmtpServer(f"smtp://127.0.0.1:{port}")
        worker.senders[post.KIND] = mail(given.runtime.settings, carrier, given.runtime.now)
        await worker.work()


async def test_copies_that_a_server_took_follow_their_thread_and_are_noted_once(given: Given):
    person, desk = await given.member(), await given.desk()
    await given.under_assessment(person, desk)
    server = Server()
    await _send(given, server)
    sent = [message_from_bytes(raw, policy=default) for raw in server.taken]
    theirs = [each for each in sent if each["To"] == person.email]
    assert len(theirs) == 2
    assert len({each["Message-ID"] for each in theirs}) == 2
    (anchor,) = {each["References"] for each in theirs}
    assert {each["In-Reply-To"] for each in theirs} == {anchor}
    inside = {each["References"] for each in sent if each["To"] == desk.lead.email}
    assert anchor not in inside, "what is said inside is another thread"
    first = {each.message_id: each.notified_at for each in await receipts_of(given, person)}
    assert set(first.values()) == {given.runtime.now()}
    assert all(each.touched > 0 for each in await receipts_of(given, person))
    given.runtime.now.move(hours=1)
    await given.submitted(person)
    await _send(given, Server())
    again = {each.message_id: each.notified_at for each in await receipts_of(given, person)}
    assert {id: again[id] for id in first} == first
    assert len(again) == 3


async def test_when_somebody_was_notified_is_noted_once_and_never_moves(given: Given):
    person = await given.member()
    await given.submitted(person)
    (before,) = await receipts_of(given, person)
    for hours in (1, 2):
        at = given.runtime.now() + timedelta(hours=hours)
        async with given.runtime.database.writing() as db:
            await letters.notified(db, [(before.message_id, person.id)] * 2, at)
    (after,) = await receipts_of(given, person)
    assert after.notified_at == given.runtime.now() + timedelta(hours=1)
    assert after.touched > before.touched


async def test_what_a_server_did_not_take_was_notified_to_nobody(given: Given):
    person = await given.member()
    await given.submitted(person)
    await _send(given, Server(data="451 try later"))
    (receipt,) = await receipts_of(given, person)
    assert receipt.notified_at is None


async def test_a_worker_killed_between_sending_and_settling_sends_the_same_message_id_again(
    database, settings
):
    await post_letters(database, settings, Clock(), LETTER)
    server = Killing()
    async with serving(server) as port:
        url = f"smtp://127.0.0.1:{port}"
        await killed_while_sending(server, settings, url)

        async def has_one() -> bool:
            return len(server.taken) == 1

        await until(has_one)
        assert (await rows(database))[0].state == "running"
        late = mail_worker(database, settings, SmtpServer(url), Clock(datetime.now(UTC) + 2 * LEASE))
        await late.work()
        await late.drain()
    assert await states(database, post.KIND) == {"done": 1}
    first, second = (message_from_bytes(raw) for raw in server.taken)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


async def test_a_row_that_cannot_be_opened_keeps_no_other_letter_waiting(database, settings, clock):
    await post_letters(database, settings, clock, LETTER)
    async with database.writing() as db:
        wrong = [Due(post.KIND, each, lane=post.KIND) for each in ("", "gAAAAAxx", "no base64", "QUJD" * 20)]
        await deliveries.put(db, wrong, clock())
    server = Server()
    async with serving(server) as port:
        # failures narrow a lane, so what was claimed with them may go back and come with the next round
        await mail_worker(database, settings, SmtpServer(f"smtp://127.0.0.1:{port}"), clock).drain()
    assert len(server.taken) == 1
    assert await states(database, post.KIND) == {"done": 1, "ready": 4}
    assert {each.last_error for each in await rows(database)} == {None, "Unreadable"}
