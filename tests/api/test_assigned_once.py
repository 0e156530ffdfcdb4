"""Each person who is given a part is told of it exactly once: a message, a receipt, a letter."""

import asyncio
from collections import Counter

from sqlalchemy import func, select

from app.domain.mailboxes import Desk
from app.store.assignments import assignments
from tests.desk import PATH, assign
from tests.given import Given, Person
from tests.mailed import mailed, receipts_of


async def _assigned(given: Given, person: Person) -> int:
    query = select(func.count()).where(assignments.c.person_id == person.id)
    async with given.runtime.database.reading() as db:
        return int((await db.execute(query)).scalar_one())


async def _insist_once(given: Given, people: list[Person]) -> None:
    letters = Counter(str(each["To"]) for each in await mailed(given) if "you are its" in each["Subject"])
    for each in people:
        times = await _assigned(given, each)
        told = await receipts_of(given, each, "assigned")
        assert len(told) == times == letters[each.email], each.name
        assert all(receipt.notified_at is not None for receipt in told)


async def test_accepting_with_a_lead_assigning_and_handing_on_tell_each_once(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    second, third = await given.staff("reviewer"), await given.staff("reviewer")
    await assign(desk.coordinator, number, second)
    await assign(desk.coordinator, number, third, "lead")
    await assign(desk.coordinator, number, desk.lead, "lead")
    await _insist_once(given, [desk.lead, second, third])


async def test_bulk_assignments_tell_each_once_for_each_request(given: Given):
    person, desk = await given.member(), await given.desk()
    numbers = [(await given.submitted(person))["number"] for _ in range(3)]
    transition = {"name": "accept", "lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    items = [{"reference": each, "transition": transition} for each in (*numbers, numbers[0])]
    answered = await desk.coordinator.post(f"{PATH}/bulk-transitions", json={"items": items})
    assert answered.status_code in {200, 207}, answered.text
    assert sorted(each["status"] for each in answered.json()["items"])[:3] == [200, 200, 200]
    await _insist_once(given, [desk.lead])
    assert await _assigned(given, desk.lead) == 3


async def test_whoever_wins_a_race_each_who_has_a_part_was_told_once(given: Given):
    """Two coordinators, several people, the same request: what was refused told nobody."""
    person, desk = await given.member(), await given.desk()
    number = (await given.submitted(person))["number"]
    other = await given.staff("coordinator")
    people = [desk.lead, *[await given.staff("reviewer") for _ in range(2)]]
    arguments = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}

    async def give(by: Person, to: Person, part: str) -> int:
        body = {"person_id": str(to.id), "part": part}
        return (await by.post(f"{PATH}/{number}/assignments", json=body)).status_code

    answered = await asyncio.gather(
        *(
            give(by, to, part)
            for by in (desk.coordinator, other)
            for to in people
            for part in ("team", "lead")
        ),
        given.move(desk.coordinator, number, "accept", **arguments),
        given.move(other, number, "accept", **arguments),
    )
    codes = [getattr(each, "status_code", each) for each in answered]
    assert set(codes) <= {200, 201, 409, 422}, codes
    assert 201 in codes or 200 in codes
    await _insist_once(given, people)


async def test_a_request_given_to_a_center_lies_at_that_centers_desk_alone(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)

    async def at(desk: Desk) -> list[str]:
        page = await coordinator.get(f"/v1/mailboxes/{desk.mailbox}/threads")
        return [each["about"]["number"] for each in page.json()["items"]]

    assert (await at(Desk.PROGRAM), await at(Desk.CDER)) == ([filed["number"]], [])
    given_to = await coordinator.post(
        f"/v1/designation-requests/{filed['number']}/assignments", json={"lead_center": "CDER"}
    )
    assert given_to.status_code in {200, 201}, given_to.text
    assert (await at(Desk.PROGRAM), await at(Desk.CDER)) == ([], [filed["number"]])
    unread = {each["id"]: each["unread"] for each in (await coordinator.get("/v1/mailboxes")).json()["items"]}
    assert (unread[str(Desk.PROGRAM.mailbox)], unread[str(Desk.CDER.mailbox)]) == (0, 1)
