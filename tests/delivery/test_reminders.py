"""Reminders and alerts say what holds when they are sent, and stop for whoever knows and once nothing is left to do."""

from datetime import timedelta

import pytest

from app.delivery.alerts import Desk as Alerting
from app.delivery.alerts import attend_deadlines
from tests.given import Desk, Given, Person
from tests.mailed import mailed, mark, receipts_of, subjects, text_of, to

ANSWERS = [{"question": 1, "text": "Three lots."}, {"question": 2, "text": "We did."}]


async def _asked(given: Given) -> tuple[Person, Person, Desk, str]:
    """Two signers who were asked and told so, a week before the reply date."""
    person, desk = await given.member(), await given.desk()
    other = await given.member(applicant_id=person.applicant_id)
    number = (await given.asked(person, desk))["number"]
    await mailed(given)
    given.runtime.now.move(days=7)
    return person, other, desk, number


async def _attend(given: Given) -> None:
    runtime = given.runtime
    await attend_deadlines(Alerting(runtime.database, runtime.keyring, "http://test"), runtime.now())


def _reminded(found) -> list[str]:
    return sorted(str(each["To"]) for each in found if "reply by" in each["Subject"])


async def test_every_signer_is_reminded_a_week_and_a_day_before_the_reply_date(given: Given):
    person, other, _, _ = await _asked(given)
    everyone = sorted([person.email, other.email])
    await _attend(given)
    assert _reminded(await mailed(given)) == everyone
    await _attend(given)
    assert _reminded(await mailed(given)) == []
    given.runtime.now.move(days=6)
    await _attend(given)
    assert _reminded(await mailed(given)) == everyone


@pytest.mark.parametrize("what", ["questions_asked", "reply_reminder"])
async def test_whoever_acknowledged_being_asked_or_reminded_is_reminded_no_more(given: Given, what):
    person, other, _, _ = await _asked(given)
    if what == "reply_reminder":
        await _attend(given)
        await mailed(given)
        given.runtime.now.move(days=6)
    await mark(given, person, what, acknowledged_at=given.runtime.now())
    await _attend(given)
    assert _reminded(await mailed(given)) == [other.email]


async def test_where_everyone_acknowledged_nothing_is_told_at_all(given: Given):
    person, other, _, _ = await _asked(given)
    for each in (person, other):
        await mark(given, each, "questions_asked", acknowledged_at=given.runtime.now())
    await _attend(given)
    assert _reminded(await mailed(given)) == []
    assert await receipts_of(given, person, "reply_reminder") == []


async def test_an_acknowledgement_of_one_round_says_nothing_of_the_next(given: Given):
    person, other, desk, number = await _asked(given)
    await mark(given, person, "questions_asked", acknowledged_at=given.runtime.now())
    assert (await given.move(person, number, "respond", answers=ANSWERS)).status_code == 200
    reply_by = (given.runtime.now() + timedelta(days=7)).date()
    questions = [{"text": "And the fourth?"}]
    asked = await given.move(
        desk.lead, number, "request_information", reply_by=str(reply_by), questions=questions
    )
    assert asked.status_code == 200, asked.text
    await mailed(given)
    await _attend(given)
    assert _reminded(await mailed(given)) == sorted([person.email, other.email])


@pytest.mark.parametrize("what", ["answered", "withdrawn", "acknowledged", "lapsed"])
async def test_a_reminder_that_waits_to_be_sent_is_cancelled_once_it_has_nothing_to_say(given: Given, what):
    person, other, _, number = await _asked(given)
    await _attend(given)
    left = [other.email] if what == "acknowledged" else []
    if what == "answered":
        assert (await given.move(person, number, "respond", answers=ANSWERS)).status_code == 200
    elif what == "withdrawn":
        assert (await given.move(person, number, "withdraw")).status_code == 200
    elif what == "acknowledged":
        await mark(given, person, "reply_reminder", acknowledged_at=given.runtime.now())
    else:
        given.runtime.now.move(days=9)
    assert _reminded(await mailed(given)) == left


async def test_a_reminder_that_was_held_up_says_how_many_days_are_left_now(given: Given):
    person, _, _, _ = await _asked(given)
    await _attend(given)
    given.runtime.now.move(days=2)
    (mail,) = [each for each in to(person, await mailed(given)) if "reply by" in each["Subject"]]
    assert "in 5 days" in text_of(mail)


async def test_an_alert_that_waits_to_be_sent_is_cancelled_by_the_end_of_the_request(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    await mailed(given)
    given.runtime.now.move(days=150)
    await _attend(given)
    assert (await given.move(person, number, "withdraw")).status_code == 200
    assert [each for each in subjects(await mailed(given)) if "due in" in each] == []
    assert len(await receipts_of(given, desk.lead, "due_soon")) == 1
