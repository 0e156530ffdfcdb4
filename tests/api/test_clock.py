"""The statutory clock over whole cases: nothing moves the due date, every day is accounted for, alerts come in time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given as property_of
from hypothesis import settings as how
from hypothesis import strategies as st

from app.domain.calendars import civil_date
from app.services import verification
from app.store.deliveries import deliveries
from app.store.reminders import reminders
from app.wiring import worker_of
from tests.events import recorded
from tests.given import CONTEXT, DECISIONS, Given

PATH = "/v1/designation-requests"
# New York is at UTC-4 in summer and UTC-5 in winter.
INSTANTS = [
    (
        "2027-03-14T04:59:59",
        "2027-03-13",
        "2027-09-09",
    ),  # the last second before the day of the spring change
    ("2027-03-14T05:00:00", "2027-03-14", "2027-09-10"),
    ("2026-11-01T03:59:59", "2026-10-31", "2027-04-29"),
    ("2026-11-01T04:00:00", "2026-11-01", "2027-04-30"),
    ("2027-01-01T04:59:59", "2026-12-31", "2027-06-29"),  # year end
    ("2027-01-01T05:00:00", "2027-01-01", "2027-06-30"),
    ("2027-09-15T15:00:00", "2027-09-15", "2028-03-13"),  # over 29 February 2028
    ("2028-02-29T05:00:00", "2028-02-29", "2028-08-27"),
]


@pytest.mark.parametrize(("at", "received_on", "due_on"), INSTANTS)
async def test_the_180th_day_after_the_new_york_day_of_receipt(sqlite_given: Given, at, received_on, due_on):
    sqlite_given.runtime.now.at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    person = await sqlite_given.member()
    filed = await sqlite_given.submitted(person)
    assert (filed["received_on"], filed["statutory_due_on"]) == (received_on, due_on)
    assert date.fromisoformat(due_on) - date.fromisoformat(received_on) == timedelta(days=180)
    clock = (await person.get(f"{PATH}/{filed['number']}/clock")).json()
    assert (clock["day"], clock["days_left"]) == (0, 180)


@pytest.mark.parametrize(
    ("reply_by", "last_instant"),
    [
        ("2026-11-01", "2026-11-02T04:59:59"),  # a day of 25 hours
        ("2026-12-31", "2027-01-01T04:59:59"),
    ],
)
async def test_a_reply_is_in_time_until_24_00_new_york(sqlite_given: Given, reply_by, last_instant):
    given = sqlite_given
    given.runtime.now.at = datetime(2026, 10, 20, 15, tzinfo=UTC)
    person, desk = await given.member(), await given.desk()
    answers = [{"question": 1, "text": "Three."}]
    last = datetime.fromisoformat(last_instant).replace(tzinfo=UTC)
    for after, late in ((timedelta(0), False), (timedelta(seconds=1), True)):
        given.runtime.now.at = datetime(2026, 10, 20, 15, tzinfo=UTC)
        number = (await given.under_assessment(person, desk))["number"]
        await given.move(
            desk.lead, number, "request_information", reply_by=reply_by, questions=[{"text": "Which?"}]
        )
        given.runtime.now.at = last + after
        answered = await given.move(person, number, "respond", answers=answers)
        assert answered.status_code == 200, answered.text
        kept = (await person.get(f"{PATH}/{number}/information-requests/1")).json()
        assert kept["response"]["late"] is late


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "accept",
                "ask",
                "answer",
                "rate",
                "recommend",
                "return_to_assessment",
                "designate",
                "deny",
                "set_aside",
                "reject_technically",
                "reinstate",
                "withdraw",
                "wait",
            ]
        ),
        st.integers(0, 40),
    ),
    max_size=14,
)


@how(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@property_of(steps=STEPS)
async def test_no_history_moves_the_due_date_and_every_day_is_accounted_for(
    sqlite_given: Given, steps: list[tuple[str, int]]
):
    given = sqlite_given
    given.runtime.now.at = datetime(2026, 6, 1, 15, tzinfo=UTC)
    person, desk, other = await given.member(), await given.desk(), await given.staff("signatory")
    filed = await given.submitted(person)
    number, at = filed["number"], f"{PATH}/{filed['number']}"
    fixed = {name: filed[name] for name in ("received_at", "received_on", "statutory_due_on")}
    ended: str | None = None
    for step, days in steps:
        given.runtime.now.move(days=days)
        await worker_of(given.runtime).drain()
        await _try(given, person, desk, other, number, step)
        seen = (await desk.coordinator.get(at)).json()
        assert {name: seen[name] for name in fixed} == fixed
        if ended is not None and seen["state"] != "submitted":
            assert seen["ended_on"] == ended
        ended = None if seen["state"] == "submitted" else seen["ended_on"]
        for who in (person, desk.coordinator):
            _accounted((await who.get(f"{at}/clock")).json(), given)
    async with given.runtime.database.reading() as db:
        faults = {fault async for _, fault in verification.broken_chains(db)}
    assert faults == {None}


async def _try(given: Given, person: Any, desk: Any, other: Any, number: str, step: str) -> None:
    """One step, which may well be refused."""
    soon = str(civil_date(given.runtime.now()) + timedelta(days=15))
    answers = [{"question": 1, "text": "Three."}]
    moves: dict[str, tuple[Any, str, dict[str, Any]]] = {
        "accept": (
            desk.coordinator,
            "accept",
            {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)},
        ),
        "ask": (
            desk.lead,
            "request_information",
            {"reply_by": soon, "questions": [{"text": "Which?"}], "note": "It took us long."},
        ),
        "answer": (person, "respond", {"answers": answers}),
        "recommend": (desk.lead, "recommend", {"outcome": "designate", "context_of_use": CONTEXT}),
        "return_to_assessment": (desk.signatory, "return_to_assessment", {"note": "More."}),
        "designate": (desk.signatory, "designate", DECISIONS["designate"]),
        "deny": (desk.signatory, "deny", DECISIONS["deny"]),
        "set_aside": (other, "set_aside", {"note": "Read wrongly."}),
        "reject_technically": (
            desk.coordinator,
            "reject_technically",
            {"cause": "wrong_program", "note": "Not ours.", "written_agreement": "Agreed."},
        ),
        "reinstate": (desk.coordinator, "reinstate", {"note": "Ours."}),
        "withdraw": (person, "withdraw", {}),
    }
    if step == "rate":
        await given.try_to_rate(desk, number)
    elif step in moves:
        who, name, arguments = moves[step]
        answered = await given.move(who, number, name, **arguments)
        assert answered.status_code in {200, 403, 409, 422}, answered.text


def _accounted(clock: dict[str, Any], given: Given) -> None:
    """The intervals begin with the receipt, follow each other, and add up; none runs once the clock has ended."""
    entries = clock["entries"]
    assert entries[0]["from"] == clock["received_on"]
    assert [each["until"] for each in entries[:-1]] == [each["from"] for each in entries[1:]]
    assert entries[-1]["until"] is None
    today = str(civil_date(given.runtime.now()))
    days = [_days(each["from"], each["until"] or today) for each in entries]
    assert min(days) >= 0
    assert sum(days) == _days(clock["received_on"], today)
    running = sum(n for each, n in zip(entries, days, strict=True) if each["kind"] == "running")
    assert clock["day"] == _days(clock["received_on"], clock["ended_on"] or today)
    if all(each["cause"] != "reinstated" for each in entries):  # else the days of a rejection are in between
        assert running == clock["day"]
    assert clock["days_left"] == 180 - clock["day"]


def _days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


async def events_of(
    given: Given, part: str, number: str, audience: str = "program"
) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of the events of a request whose type has the part in it."""
    told = await recorded(given.runtime.database, number)
    return [(type, data) for side, type, data in told if side == audience and part in type]


async def test_staff_are_alerted_30_14_7_3_and_1_days_before_and_daily_once_overdue(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    started = given.runtime.now.at
    told: list[int] = []
    for day in range(1, 184):
        given.runtime.now.at = started + timedelta(days=day)
        if day < 145:
            continue
        worker = worker_of(given.runtime)
        await worker.chores.plan()
        await worker.drain()
        before = len(told)
        told = [data["days_left"] for _, data in await events_of(given, "due_date_approaching", number)]
        assert len(told) - before <= 1
    assert told == [30, 14, 7, 3, 1, -1, -2, -3]
    applicant = [type for type, _ in await events_of(given, "", number, audience="applicant")]
    assert not [type for type in applicant if "due_date" in type]
    ended = await given.move(person, number, "withdraw")
    assert ended.status_code == 200
    given.runtime.now.move(days=1)
    worker = worker_of(given.runtime)
    await worker.chores.plan()
    await worker.drain()
    assert len(await events_of(given, "due_date_approaching", number)) == len(told)


async def test_an_alert_is_given_once_a_day_however_many_workers_there_are(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    given.runtime.now.move(days=150)
    for _ in range(3):
        worker = worker_of(given.runtime)
        await worker.chores.plan()
        await worker.drain()
        given.runtime.now.move(hours=1)
    assert len(await events_of(given, "due_date_approaching", number)) == 1
    async with given.runtime.database.reading() as db:
        assert len((await db.execute(reminders.select())).all()) == 1
        letters = deliveries.select().where(
            deliveries.c.kind == "mail", deliveries.c.created_at > given.runtime.now() - timedelta(hours=5)
        )
        assert len((await db.execute(letters)).all()) == 2  # the lead and the coordinator


async def test_applicants_are_reminded_of_open_questions_alone(given: Given):
    person, desk = await given.member(), await given.desk()
    open_one = (await given.asked(person, desk, days=10))["number"]
    answered = (await given.asked(person, desk, days=10))["number"]
    given.runtime.now.move(days=1)
    answers = [{"question": 1, "text": "Three."}, {"question": 2, "text": "We."}]
    assert (await given.move(person, answered, "respond", answers=answers)).status_code == 200
    for _ in range(10):
        worker = worker_of(given.runtime)
        await worker.chores.plan()
        await worker.drain()
        given.runtime.now.move(days=1)
    reminded = await events_of(given, "reply_date_approaching", open_one, audience="applicant")
    assert [data["days_left"] for _, data in reminded] == [7, 1]
    assert await events_of(given, "reply_date_approaching", answered, audience="applicant") == []
