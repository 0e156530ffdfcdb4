"""The listener: what is not ours is refused, what is taken is stored first, and nothing of it is lost or doubled."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from uuid import uuid4

import aiosmtplib
import pytest

from app.delivery import mail_listener
from app.delivery.mail import Mail
from app.delivery.mail_listener import Intake, listening
from app.delivery.senders import SmtpServer
from app.domain.errors import Unavailable
from app.domain.mails.limits import MAIL_BYTES
from app.domain.mails.mail import Envelope as Addressed
from app.services import mail_intake, post
from app.store import claims
from app.store.attachments import attachments
from app.store.claims import Terms
from app.store.incoming_mails import incoming_mails
from app.store.requests import requests
from app.wiring import intake_of, ways_of
from tests.delivery.given import until
from tests.delivery.given import worker as any_worker
from tests.delivery.test_smtp import Desk, serving
from tests.domain.mails.corpus import corpus, mail
from tests.given import Given, Person
from tests.mail_in.given import PROGRAM, address_of, of_person, passed, rows, said, thread_of, worker

ANA = "ana@northfield.example"


@asynccontextmanager
async def served(intake: Intake, *, lmtp: bool = False):
    async with listening(intake, "127.0.0.1", 0, lmtp=lmtp) as port:
        yield port


async def sent(port: int, raw: bytes, *to: str, sender: str = ANA) -> dict:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        errors, _ = await client.sendmail(sender, list(to or (PROGRAM,)), raw)
        return errors


async def talk(port: int, *lines: bytes) -> list[bytes]:
    """The answer to each line, the greeting first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = [await reader.readline()]
    for line in lines:
        writer.write(line)
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        answers.append(answer)
    writer.close()
    await writer.wait_closed()
    return answers


async def test_a_mail_is_stored_before_it_is_answered(given: Given):
    async with served(intake_of(given.runtime)) as port:
        assert await sent(port, mail()) == {}
        (row,) = await rows(given.runtime)
        assert (row.verdict, row.envelope_sender, row.recipient) == ("arrived", ANA, PROGRAM)
        kept = b"".join([piece async for piece in given.runtime.blobs.read(row.blob)])
        assert kept == mail()


async def test_addresses_that_are_none_of_ours_are_refused(given: Given):
    async with served(intake_of(given.runtime)) as port:
        for to in ("other@amtdp.example", f"reply+{'a' * 42}@amtdp.example", "intake@elsewhere.example"):
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await sent(port, mail(), to)
    assert await rows(given.runtime) == []


async def test_its_size_is_announced_and_more_is_refused(sqlite_given: Given):
    async with served(intake_of(sqlite_given.runtime)) as port:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
            await client.ehlo()
            assert client.esmtp_extensions["size"] == str(MAIL_BYTES)
            with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
                await client.mail(ANA, options=[f"SIZE={MAIL_BYTES + 1}"])
            assert refused.value.code == 552
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
            await client.ehlo()
            await client.mail(ANA)
            await client.rcpt(PROGRAM)
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await client.data((b"x" * 998 + b"\r\n") * (MAIL_BYTES // 1000 + 1))
        assert refused.value.code == 552
    assert await rows(sqlite_given.runtime) == []


async def test_where_storage_is_away_the_sender_keeps_the_mail(given: Given):
    class Away:
        async def put(self, name, chunks):
            raise Unavailable

    whole = intake_of(given.runtime)
    away = Intake(whole.database, Away(), whole.keyring, whole.own, whole.now)
    async with served(away) as port:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await sent(port, mail())
    assert refused.value.code == 451
    assert await rows(given.runtime) == []


async def test_a_sender_that_saw_no_answer_sends_again_and_it_is_one_mail(given: Given):
    async with served(intake_of(given.runtime)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"EHLO x\r\nMAIL FROM:<{ANA}>\r\nRCPT TO:<{PROGRAM}>\r\nDATA\r\n"
        writer.write(head.encode() + mail() + b"\r\n.\r\n")
        await writer.drain()
        writer.transport.abort()  # before any answer to the data could be read
        for _ in range(3):
            await sent(port, mail())
        await worker(given.runtime).drain()
    assert {row.verdict for row in await rows(given.runtime)} == {"filed"}
    assert len(await rows(given.runtime)) == 1


async def test_lmtp_answers_for_each_recipient(given: Given):
    person = await given.member()
    thread = address_of(given.runtime, thread_of(await given.submitted(person), person))
    data = of_person(person) + b"\r\n.\r\n"
    async with served(intake_of(given.runtime), lmtp=True) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        writer.write(b"LHLO x\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        for line in (f"MAIL FROM:<{person.email}>", f"RCPT TO:<{PROGRAM}>", f"RCPT TO:<{thread}>", "DATA"):
            writer.write(f"{line}\r\n".encode())
            assert (await reader.readline())[:1] in b"23"
        writer.write(data)
        assert [(await reader.readline())[:3] for _ in range(2)] == [b"250", b"250"]
        writer.close()
        await writer.wait_closed()
    await worker(given.runtime).drain()
    assert [row.verdict for row in await rows(given.runtime)] == ["filed", "replied"]


async def test_connections_are_bounded_and_come_free_again(given: Given):
    async with served(intake_of(given.runtime)) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(mail_listener.CONNECTIONS)]
        assert all([(await reader.readline()).startswith(b"220") for reader, _ in held])
        assert (await talk(port))[0].startswith(b"421")
        for _, writer in held:
            writer.close()
            await writer.wait_closed()

        async def has_room() -> bool:
            return (await talk(port))[0].startswith(b"220")

        await until(has_room)


async def test_recipients_are_bounded(given: Given):
    async with served(intake_of(given.runtime)) as port:
        lines = [b"EHLO x\r\n", b"MAIL FROM:<a@b.example>\r\n"]
        lines += [f"RCPT TO:<{PROGRAM}>\r\n".encode()] * (mail_listener.RECIPIENTS + 1)
        answers = await talk(port, *lines)
    assert answers[-2].startswith(b"250")
    assert answers[-1].startswith(b"452")


async def test_what_follows_a_bare_line_feed_and_a_dot_is_no_second_mail(given: Given):
    smuggled = (
        mail("Hello\n") + b"\n.\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\nFrom: e\r\n"
    )
    async with served(intake_of(given.runtime)) as port:
        await talk(
            port, b"EHLO x\r\n", f"MAIL FROM:<{ANA}>\r\n".encode(), f"RCPT TO:<{PROGRAM}>\r\n".encode(),
            b"DATA\r\n", smuggled + b".\r\n",
        )  # fmt: skip
    (row,) = await rows(given.runtime)
    assert row.envelope_sender == ANA


async def test_every_hostile_mail_is_stored_or_refused_and_the_listener_goes_on(given: Given, clock):
    answers: dict[str, bytes] = {}
    kept: dict[str, list[str]] = {}
    begun = [b"EHLO x\r\n", f"MAIL FROM:<{ANA}>\r\n".encode(), f"RCPT TO:<{PROGRAM}>\r\n".encode()]
    before = 0
    async with served(intake_of(given.runtime)) as port:
        for name, raw in corpus():
            if name == "smuggled end of data":
                continue
            clock.move(days=1, seconds=1)
            data = raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n"
            *_, answer = await talk(port, *begun, b"DATA\r\n", data)
            answers[name] = answer[:3]
            assert (await talk(port))[0].startswith(b"220"), name
            await worker(given.runtime).drain()
            found = await rows(given.runtime)
            kept[name] = [row.verdict for row in found[before:]]
            before = len(found)
    assert set(answers.values()) == {b"250", b"500"}  # 500: a line longer than any server passes on
    assert {name for name, found in kept.items() if len(found) != (answers[name] == b"250")} == set()
    assert {name for name, found in kept.items() if "arrived" in found} == set()


def answered(letter: Message, person: Person, address: str) -> bytes:
    """What a mail program makes of the letter when its reader presses reply, with our server's word on top."""
    reply = EmailMessage(policy=SMTP)
    reply["Authentication-Results"] = passed(person.email.rpartition("@")[2])
    reply["From"], reply["To"] = person.email, address
    reply["Subject"], reply["In-Reply-To"] = f"Re: {letter['Subject']}", letter["Message-ID"]
    quoted = "".join(f"> {line}\n" for line in str(letter.get_payload()[0].get_payload()).splitlines())
    reply.set_content(f"Here is what you asked for.\n\nOn Monday the desk wrote:\n{quoted}")
    return reply.as_bytes()


async def test_a_round_trip_through_two_real_servers_lands_in_the_thread(given: Given, settings, clock):
    """Our letter leaves by SMTP, is answered by whoever got it, and the answer comes back through the listener."""
    person = await given.member()
    thread = thread_of(await given.submitted(person), person)
    there = Desk()
    async with serving(there) as port:
        carrier = SmtpServer(f"smtp://127.0.0.1:{port}")
        out = Mail(given.runtime.keyring, carrier, "desk@amtdp.example", clock, ways_of(given.runtime))
        await any_worker(given.runtime.database, out, clock, post.KIND).drain()
    letter = next(
        found for found in map(message_from_bytes, there.taken) if found["Subject"].endswith(": received")
    )
    address = letter["Reply-To"]
    assert address == address_of(given.runtime, thread)
    async with served(intake_of(given.runtime)) as port:
        await sent(port, answered(letter, person, address), address, sender=person.email)
    await worker(given.runtime).drain()
    *_, last = await said(given.runtime, thread)
    assert (last.text, last.via, last.by) == ("Here is what you asked for.", "mail", person.id)
    assert "> Your request" in last.quoted


@pytest.mark.parametrize("at", ["after the bytes", "after the row"])
async def test_a_process_that_dies_at_any_step_leaves_nothing_that_was_answered_undone(given: Given, at: str):
    """Without an answer the sender sends again, and what was left of the first time does no harm."""
    intake = intake_of(given.runtime)
    kept = await mail_intake.keep(intake.blobs, mail())
    taken = mail_intake.taken(kept, Addressed(ANA, PROGRAM), intake.now())
    if at == "after the row":
        async with given.runtime.database.writing() as db:
            await mail_intake.record(db, taken, intake.now())
    async with served(intake) as port:
        await sent(port, mail())
    await worker(given.runtime).drain()
    assert [row.verdict for row in await rows(given.runtime)] == ["filed"]


async def test_two_workers_with_one_mail_file_it_once(given: Given):
    """One whose claim was taken over acts no more, and the files it had stored go again."""
    await intake_of(given.runtime).take(mail(), Addressed(ANA, PROGRAM))
    terms = Terms(uuid4(), given.runtime.now() + timedelta(minutes=5), 100)
    async with given.runtime.database.writing() as db:
        due = await claims.claim(db, given.runtime.now(), terms)
    (claimed,) = (each for each in due if each.kind == mail_intake.KIND)
    first, second = (worker(given.runtime).senders[mail_intake.KIND] for _ in range(2))
    await asyncio.gather(first.send(claimed), second.send(claimed))
    async with given.runtime.database.reading() as db:
        held = {each.blob for each in await db.execute(attachments.select())}
    assert [row.verdict for row in await rows(given.runtime)] == ["filed"]
    stored = {each.name async for each in given.runtime.blobs.listed()}
    assert {name for name in stored if not name.startswith("mails/")} == held


async def test_a_mail_that_is_queued_twice_is_acted_on_once(given: Given):
    runtime = given.runtime
    await intake_of(runtime).take(mail(), Addressed(ANA, PROGRAM))
    async with runtime.database.writing() as db:
        (row,) = await db.execute(incoming_mails.select())
        await mail_intake.look_at(db, row.id, runtime.now(), "again")
        due = await claims.claim(db, runtime.now(), Terms(uuid4(), runtime.now() + timedelta(minutes=5), 100))
    sender = worker(runtime).senders[mail_intake.KIND]
    mine = [each for each in due if each.kind == mail_intake.KIND]
    assert len(mine) == 2
    await asyncio.gather(*(sender.send(each) for each in mine))
    async with runtime.database.reading() as db:
        assert len(list(await db.execute(requests.select()))) == 1
