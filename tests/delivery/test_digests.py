"""Digests: what people chose to have in one letter a day comes once, without what was opened, and to nobody else."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given as drawn
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.delivery import digests
from app.delivery.loop import LEASE
from app.delivery.senders import SmtpServer
from app.domain.identity import new_id
from app.services import bounces, post
from app.services.bounces import Report
from app.store.assignments import conflicts
from app.store.deliveries import deliveries
from app.store.digests import digest_items
from app.store.messages import messages
from app.store.receipts import receipts
from app.wiring import worker_of
from tests.delivery.given import mail as carried
from tests.delivery.test_mail_copies import Killing, killed_while_sending
from tests.delivery.test_smtp import serving
from tests.given import Desk, Given, Person
from tests.mailed import mailed, mark, prefer, receipts_of, subjects, text_of, to

NEW_YORK = ZoneInfo("America/New_York")


async def _waiting(given: Given) -> int:
    async with given.runtime.database.reading() as db:
        return int((await db.execute(select(func.count()).select_from(digest_items))).scalar_one())


async def _returned(given: Given, person: Person, desk: Desk) -> str:
    number: str = (await given.recommended(person, desk))["number"]
    returned = await given.move(desk.signatory, number, "return_to_assessment", note="Once more.")
    assert returned.status_code == 200, returned.text
    return number


async def _told(given: Given) -> tuple[Person, Desk, str]:
    """A lead who has two things in the digest that comes, and nothing else that waits to be mailed."""
    person, desk = await given.member(), await given.desk()
    await prefer(desk.lead, review="digest")
    number = await _returned(given, person, desk)
    assert (await given.move(person, number, "withdraw")).status_code == 200
    assert [each for each in to(desk.lead, await mailed(given)) if "you are its" not in each["Subject"]] == []
    assert await _waiting(given) == 2
    return person, desk, number


def _next_morning(given: Given) -> None:
    given.runtime.now.at = digests.begins_at(digests.latest_day(given.runtime.now()) + timedelta(days=1))


async def test_a_digest_has_the_subjects_and_links_of_a_day_and_comes_once(given: Given):
    _, desk, number = await _told(given)
    _next_morning(given)
    given.runtime.now.move(minutes=-1)
    assert await mailed(given, house=True) == []
    _next_morning(given)
    (mail,) = await mailed(given, house=True)
    assert mail["To"] == desk.lead.email
    day = given.runtime.now().astimezone(NEW_YORK).date()
    assert mail["Subject"] == f"Your digest of {day}"
    text = text_of(mail)
    link = f"{given.runtime.settings.public_url}/v1/designation-requests/{number}"
    assert f"{number}: recommendation returned\n{link}" in text
    assert f"{number}: withdrawn\n{link}" in text
    for template in ("recommendation_returned", "withdrawn_inside"):
        (receipt,) = await receipts_of(given, desk.lead, template)
        assert receipt.notified_at == given.runtime.now()
    assert await _waiting(given) == 0
    for _ in range(3):
        given.runtime.now.move(hours=13)
        assert await mailed(given, house=True) == []


async def test_what_was_opened_meanwhile_is_left_out_and_an_empty_digest_is_dropped(given: Given):
    _, desk, number = await _told(given)
    await mark(given, desk.lead, "recommendation_returned", opened_at=given.runtime.now())
    _next_morning(given)
    (mail,) = await mailed(given, house=True)
    assert "recommendation returned" not in text_of(mail)
    assert f"{number}: withdrawn" in text_of(mail)
    _, other, _ = await _told(given)
    for template in ("recommendation_returned", "withdrawn_inside"):
        await mark(given, other.lead, template, opened_at=given.runtime.now())
    _next_morning(given)
    assert await mailed(given, house=True) == []
    assert await _waiting(given) == 0


async def test_whoever_may_not_see_it_any_more_is_told_nothing_of_it(given: Given):
    _, desk, number = await _told(given)
    request = (await desk.coordinator.get(f"/v1/designation-requests/{number}")).json()["id"]
    async with given.runtime.database.writing() as db:
        row = {"person_id": desk.lead.id, "declared_at": given.runtime.now()}
        await db.execute(conflicts.insert(), {**row, "request_id": UUID(request)})
    _next_morning(given)
    assert await mailed(given, house=True) == []


async def test_an_applicants_people_have_digests_and_one_who_left_has_none(given: Given):
    person, desk = await given.member(), await given.desk()
    other = await given.member("preparer", applicant_id=person.applicant_id)
    for each in (person, other):
        await prefer(each, engagements="digest", progress="digest")
    await given.under_assessment(person, desk)
    await given.engagement(person)
    await mailed(given)
    at = f"/v1/applicants/{person.applicant_id}/members/{other.id}"
    tag = (await person.get(at)).headers["etag"]
    assert (await person.delete(at, headers={"If-Match": tag})).status_code == 204
    _next_morning(given)
    found = [each for each in await mailed(given, house=True) if "digest" in str(each["Subject"])]
    assert [each["To"] for each in found] == [person.email]
    assert "under assessment" in text_of(found[0])


async def test_what_was_unchosen_meanwhile_does_not_come(given: Given):
    _, desk, _ = await _told(given)
    await prefer(desk.lead, review="never")
    _next_morning(given)
    assert await mailed(given, house=True) == []
    assert await _waiting(given) == 0


async def test_an_address_that_takes_no_mail_meanwhile_gets_no_digest(given: Given):
    _, desk, _ = await _told(given)
    async with given.runtime.database.writing() as db:
        assert await bounces.record(
            db, Report(bounces.COMPLAINED, None, desk.lead.email), given.runtime.now()
        )
    _next_morning(given)
    assert await mailed(given, house=True) == []
    assert await _waiting(given) == 0


async def test_what_a_person_wrote_is_a_number_and_a_link_in_a_digest(given: Given):
    person, desk = await given.member(), await given.desk()
    await prefer(desk.lead, messages="digest")
    await given.under_assessment(person, desk)
    await mailed(given)
    now = given.runtime.now()
    (told,) = await receipts_of(given, desk.lead, "assigned")
    row = {
        "id": new_id(),
        "thread_id": told.thread_id,
        "seq": 50,
        "at": now,
        "side": "applicant",
        "via": "api",
    }
    person_and_message = {"message_id": row["id"], "person_id": desk.lead.id}
    receipt = {**person_and_message, "thread_id": told.thread_id, "available_at": now, "touched": 1}
    async with given.runtime.database.writing() as db:
        await db.execute(messages.insert(), {**row, "text": "canary"})
        await db.execute(receipts.insert(), receipt)
        await db.execute(digest_items.insert(), {**person_and_message, "at": now})
    _next_morning(given)
    (mail,) = await mailed(given, house=True)
    link = f"{given.runtime.settings.public_url}/v1/threads/{told.thread_id}"
    assert f": a new message\n{link}" in text_of(mail)
    assert "canary" not in str(mail)


async def test_the_link_in_a_digest_stops_digests(given: Given):
    _, desk, _ = await _told(given)
    _next_morning(given)
    (mail,) = await mailed(given, house=True)
    path = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(given.runtime.settings.public_url)
    assert (await given.client.post(path)).json()["stops"] == ["review"]
    chosen = (await desk.lead.get("/v1/me/notification-preferences")).json()["mail"]
    assert (chosen["review"], chosen["sign_offs"]) == ("never", "now")


async def test_workers_that_race_queue_one_digest_with_everything_in_it(given: Given):
    _, desk, _ = await _told(given)
    _next_morning(given)
    runtime = given.runtime

    async def attend() -> None:
        await digests.attend(runtime.database, runtime.keyring, "http://test", runtime.now())

    await asyncio.gather(*(attend() for _ in range(6)))
    sent = [each for each in await mailed(given) if each["To"] == desk.lead.email]
    assert len(sent) == 1
    assert "recommendation returned" in text_of(sent[0])
    assert "withdrawn" in text_of(sent[0])


async def test_a_digest_whose_worker_is_killed_after_sending_is_the_same_mail_again(given: Given):
    given.runtime.now.at = datetime.now(UTC) - timedelta(days=3)  # the killed one has a clock of its own
    await _told(given)
    _next_morning(given)
    runtime = given.runtime
    await digests.attend(runtime.database, runtime.keyring, "http://test", runtime.now())
    server = Killing(b"Your digest of")
    async with serving(server) as port:
        url = f"smtp://127.0.0.1:{port}"
        await killed_while_sending(server, runtime.settings, url)
        runtime.now.at = datetime.now(UTC) + 2 * LEASE
        worker = worker_of(runtime)
        worker.senders[post.KIND] = carried(runtime.settings, SmtpServer(url), runtime.now)
        await worker.work()  # finds that the lease has ended
        await worker.drain()
        await worker.close()
    sent = [message_from_bytes(raw) for raw in server.taken if server.marked in raw]
    assert len(sent) == 2
    assert len({each["Message-ID"] for each in sent}) == 1, "by which a server knows it"
    assert len({each["Date"] for each in sent}) == 1
    assert await _waiting(given) == 0


async def test_what_comes_late_waits_for_the_next_day(given: Given):
    _, desk, number = await _told(given)
    _next_morning(given)
    assert len(await mailed(given, house=True)) == 1
    person = await given.member()
    other = await _returned(given, person, desk)
    given.runtime.now.move(hours=2)
    assert all("digest" not in each for each in subjects(await mailed(given, house=True)))
    _next_morning(given)
    (mail,) = to(desk.lead, await mailed(given, house=True))
    assert other in text_of(mail)
    assert number not in text_of(mail)
    async with given.runtime.database.reading() as db:
        keys = select(deliveries.c.unique_key).where(deliveries.c.unique_key.like("digest:%"))
        assert len(set((await db.execute(keys)).scalars())) == 2


@drawn(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_last_digest_was_at_seven_in_new_york_and_less_than_a_day_and_an_hour_ago(at):
    now = at.replace(tzinfo=UTC)
    begun = digests.begins_at(digests.latest_day(now))
    assert begun.astimezone(NEW_YORK).hour == 7
    assert timedelta(0) <= now - begun < timedelta(hours=25)
