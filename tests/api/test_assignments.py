"""Who works on a request: parts, replacement, ends, and who is told."""

import asyncio
from uuid import uuid4

import pytest

from app.domain import exact_json
from app.domain.lifecycle import State
from tests import desk
from tests.desk import PATH
from tests.given import Given
from tests.mail import letters

STAFFED = (State.UNDER_ASSESSMENT, State.RECOMMENDED, State.DESIGNATED, State.NOT_DESIGNATED)


async def _cast(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    return owner, coordinator, (await given.submitted(owner))["number"]


async def _journal(by, number):
    return [each["entry"] for each in await desk.items(by, f"{PATH}/{number}/events")]


async def test_a_lead_is_assigned_told_once_and_announced_to_the_program(given: Given):
    _, coordinator, number = await _cast(given)
    lead = await given.staff("reviewer")
    before = (await coordinator.get(f"{PATH}/{number}")).headers["etag"]
    made = await desk.assign(coordinator, number, lead, "lead", lead_center="CBER")
    assert (made["part"], made["lead_center"], made["lead_reviewer_id"]) == ("lead", "CBER", str(lead.id))
    shown = await coordinator.get(f"{PATH}/{number}")
    assert shown.headers["etag"] != before
    assert (shown.json()["lead_center"], shown.json()["lead_reviewer_id"]) == ("CBER", str(lead.id))
    [letter] = await letters(given.runtime, lead.email)
    assert (letter.template, letter.facts["number"], letter.facts["part"]) == (
        "assigned",
        number,
        "lead reviewer",
    )
    assert letter.facts["due"] == shown.json()["statutory_due_on"]
    [entry] = [each for each in await _journal(coordinator, number) if each["action"] == "assigned"]
    assert entry["facts"] == {"assignment": made["id"], "person": str(lead.id), "part": "lead"}
    async with given.runtime.database.reading() as db:
        from app.store.journal import events

        rows = (
            await db.execute(events.select().where(events.c.type == "designation_request.assigned"))
        ).all()
    assert [row.audience for row in rows] == ["program"]
    assert exact_json.decode(rows[0].body)["data"]["person_id"] == str(lead.id)


async def test_another_lead_takes_the_place_of_the_first_and_the_record_of_both_stays(given: Given):
    _, coordinator, number = await _cast(given)
    first, second = await given.staff("reviewer"), await given.staff("reviewer")
    await desk.assign(coordinator, number, first, "lead")
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    await desk.assess(first, number, desk.rating("novelty"))
    await desk.assign(coordinator, number, second, "team")
    given.runtime.now.move(days=3)
    await desk.assign(coordinator, number, second, "lead")
    kept = await desk.items(coordinator, f"{PATH}/{number}/assignments")
    assert [(each["person_id"], each["part"], each["ended_at"] is None) for each in kept] == [
        (str(first.id), "lead", False),
        (str(second.id), "team", False),
        (str(second.id), "lead", True),
    ]
    assert {each["ended_by"] for each in kept[:2]} == {str(coordinator.id)}
    assert all(each["reason"].startswith("replaced") for each in kept[:2])
    assert (await coordinator.get(f"{PATH}/{number}")).json()["lead_reviewer_id"] == str(second.id)
    assert len(await desk.items(coordinator, f"{PATH}/{number}/assessments")) == 1
    actions = [each["action"] for each in await _journal(coordinator, number)]
    assert (actions.count("assigned"), actions.count("unassigned")) == (3, 2)


@pytest.mark.parametrize("part", ["lead", "team"])
async def test_the_same_person_in_the_same_part_is_a_conflict_that_names_the_assignment(given: Given, part):
    _, coordinator, number = await _cast(given)
    reviewer = await given.staff("reviewer")
    made = await desk.assign(coordinator, number, reviewer, part)
    body = {"person_id": str(reviewer.id), "part": part}
    again = await coordinator.post(f"{PATH}/{number}/assignments", json=body)
    assert (again.status_code, again.json()["assignment_id"]) == (409, made["id"])
    assert len(await letters(given.runtime, reviewer.email)) == 1


async def test_two_leads_at_once_leave_one(given: Given):
    _, coordinator, number = await _cast(given)
    rivals = [await given.staff("reviewer") for _ in range(3)]
    await asyncio.gather(*(desk.assign(coordinator, number, each, "lead") for each in rivals))
    kept = await desk.items(coordinator, f"{PATH}/{number}/assignments")
    at_work = [each for each in kept if each["ended_at"] is None]
    shown = (await coordinator.get(f"{PATH}/{number}")).json()
    assert [each["person_id"] for each in at_work] == [shown["lead_reviewer_id"]]
    assert len(kept) == 3


@pytest.mark.parametrize("state", STAFFED)
async def test_a_lead_is_replaced_but_not_ended_from_the_assessment_on(given: Given, state):
    _, coordinator, number = await _cast(given)
    lead, other = await given.staff("reviewer"), await given.staff("reviewer")
    made = await desk.assign(coordinator, number, lead, "lead")
    await desk.put(given, number, state)
    at, tag = f"{PATH}/{number}/assignments/{made['id']}", {"If-Match": made["etag"]}
    assert (await coordinator.delete(at, headers=tag)).status_code == 409
    demoted = {"person_id": str(lead.id), "part": "team"}
    assert (await coordinator.post(f"{PATH}/{number}/assignments", json=demoted)).status_code == 409
    await desk.assign(coordinator, number, other, "lead")
    assert (await coordinator.get(f"{PATH}/{number}")).json()["lead_reviewer_id"] == str(other.id)


async def test_before_the_assessment_a_lead_may_be_ended_or_join_the_team(given: Given):
    _, coordinator, number = await _cast(given)
    lead = await given.staff("reviewer")
    await desk.assign(coordinator, number, lead, "lead")
    joined = await desk.assign(coordinator, number, lead, "team")
    assert joined["lead_reviewer_id"] is None
    await desk.assign(coordinator, number, lead, "lead")
    kept = await desk.items(coordinator, f"{PATH}/{number}/assignments")
    assert [each["part"] for each in kept if each["ended_at"] is None] == ["lead"]


async def test_an_assignment_is_ended_once_by_whoever_has_its_tag(given: Given):
    _, coordinator, number = await _cast(given)
    reviewer = await given.staff("reviewer")
    made = await desk.assign(coordinator, number, reviewer)
    at = f"{PATH}/{number}/assignments/{made['id']}"
    assert (await coordinator.get(at)).headers["etag"] == made["etag"]
    assert (await coordinator.delete(at)).status_code == 428
    assert (await coordinator.delete(at, headers={"If-Match": '"x"'})).status_code == 412
    assert (await reviewer.delete(at, headers={"If-Match": made["etag"]})).status_code == 403
    assert (await coordinator.delete(at, headers={"If-Match": made["etag"]})).status_code == 204
    ended = await coordinator.get(at)
    assert ended.json()["ended_by"] == str(coordinator.id)
    assert ended.headers["etag"] != made["etag"]
    assert (await coordinator.delete(at, headers={"If-Match": made["etag"]})).status_code == 412
    assert (await coordinator.delete(at, headers={"If-Match": "*"})).status_code == 409
    assert (await coordinator.get(f"{PATH}/{number}/assignments/{uuid4()}")).status_code == 404


async def test_the_lead_center_is_set_before_the_assessment_and_stays_from_then_on(given: Given):
    owner, coordinator, number = await _cast(given)
    at = f"{PATH}/{number}/assignments"
    first = await coordinator.post(at, json={"lead_center": "CDER"})
    assert (first.status_code, first.json()["id"], first.json()["lead_center"]) == (201, None, "CDER")
    assert (await coordinator.post(at, json={"lead_center": "CDER"})).status_code == 409
    assert (await coordinator.post(at, json={"lead_center": "both"})).status_code == 201
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    seen = (await owner.get(f"{PATH}/{number}")).json()
    assert (await coordinator.post(at, json={"lead_center": "CBER"})).status_code == 409
    reviewer = await given.staff("reviewer")
    body = {"person_id": str(reviewer.id), "part": "lead", "lead_center": "CBER"}
    assert (await coordinator.post(at, json=body)).status_code == 409
    assert (await coordinator.post(at, json={**body, "lead_center": "both"})).status_code == 201
    assert (await owner.get(f"{PATH}/{number}")).json() == seen


async def test_only_people_who_may_review_are_assigned_and_only_by_a_coordinator(given: Given):
    owner, coordinator, number = await _cast(given)
    reviewer, signatory = await given.staff("reviewer"), await given.staff("signatory")
    gone, recused = await given.staff("reviewer"), await given.staff("reviewer")
    admin = await given.staff("admin")
    closed = await admin.patch(f"/v1/staff/{gone.id}", json={"active": False}, headers={"If-Match": "*"})
    assert closed.status_code == 200, closed.text
    assert (await recused.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    at = f"{PATH}/{number}/assignments"
    for person_id, rule in (
        (signatory.id, "no-such-person"),
        (owner.id, "no-such-person"),
        (gone.id, "no-such-person"),
        (uuid4(), "no-such-person"),
        (recused.id, "recused"),
    ):
        refused = await coordinator.post(at, json={"person_id": str(person_id), "part": "team"})
        [flaw] = refused.json()["errors"]
        assert (refused.status_code, flaw["pointer"], flaw["rule"]) == (422, "/person_id", rule)
    for body in ({}, {"part": "lead"}, {"person_id": str(reviewer.id)}):
        assert (await coordinator.post(at, json=body)).status_code == 422
    body = {"person_id": str(reviewer.id), "part": "team"}
    for someone, status in ((reviewer, 403), (signatory, 403), (admin, 404), (owner, 404)):
        assert (await someone.post(at, json=body)).status_code == status
    assert (await owner.get(at)).status_code == 404
    assert (await reviewer.get(at)).json()["items"] == []


async def test_the_list_is_filtered_by_whoever_works_on_it_and_by_the_clock(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    one, two = await given.staff("reviewer"), await given.staff("reviewer")
    numbers = []
    for _ in range(6):
        numbers.append((await given.submitted(owner))["number"])
        given.runtime.now.move(days=1)
    for place, number in enumerate(numbers):
        await desk.assign(coordinator, number, one, "lead" if place % 2 else "team")
    await desk.assign(coordinator, numbers[0], two, "lead")
    assert (await given.move(owner, numbers[1], "withdraw")).status_code == 200
    left = await desk.assign(coordinator, numbers[2], two, "team")
    at = f"{PATH}/{numbers[2]}/assignments/{left['id']}"
    assert (await coordinator.delete(at, headers={"If-Match": "*"})).status_code == 204

    async def found(query: str) -> list[str]:
        seen, path = [], f"{PATH}?limit=2&{query}"
        while path:
            answered = await coordinator.get(path)
            assert answered.status_code == 200, answered.text
            seen += [each["number"] for each in answered.json()["items"]]
            link = answered.headers.get("link")
            path = link.split(">")[0].removeprefix("<") if link else None
        return seen

    queue = [number for number in numbers if number != numbers[1]]
    assert await found(f"assigned_to={one.id}&sort=statutory_due_on") == numbers
    assert await found(f"assigned_to={one.id}&sort=-statutory_due_on") == numbers[::-1]
    assert set(await found(f"assigned_to={one.id}")) == set(numbers)
    assert await found(f"assigned_to={one.id}&clock=running") == queue
    assert await found(f"assigned_to={two.id}&sort=statutory_due_on") == [numbers[0]]
    assert await found("clock=running") == queue
    assert await found("clock=ended") == [numbers[1]]
    assert await found("clock=overdue") == []
    given.runtime.now.move(days=176)
    assert await found("clock=overdue") == queue[:1]
    total = (await coordinator.get(f"{PATH}?assigned_to={one.id}&clock=running&count=exact")).json()["total"]
    assert total == len(queue)
    assert (await owner.get(f"{PATH}?clock=running")).status_code == 422


@pytest.mark.parametrize("ended", ["rejected", "withdrawn"])
async def test_a_center_given_before_the_assessment_stays_inside_when_the_request_ends_there(
    given: Given, ended
):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    number = (await given.submitted(owner))["number"]
    made = await coordinator.post(f"{PATH}/{number}/assignments", json={"lead_center": "CBER"})
    assert made.status_code == 201
    rejection = {"note": "Theirs.", "cause": "wrong_program", "written_agreement": "They wrote so."}
    moved = (
        await given.move(coordinator, number, "reject_technically", **rejection)
        if ended == "rejected"
        else await given.move(owner, number, "withdraw")
    )
    assert moved.json()["status"] == ended
    assert (await owner.get(f"{PATH}/{number}")).json()["lead_center"] is None
    assert (await owner.get(f"{PATH}?center=CBER")).json()["items"] == []
    assert (await coordinator.get(f"{PATH}/{number}")).json()["lead_center"] == "CBER"
    assert len((await coordinator.get(f"{PATH}?center=CBER")).json()["items"]) == 1
