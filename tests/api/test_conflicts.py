"""Conflicts of interest: whoever declares one sees nothing more of the request, in any channel."""

import asyncio

import pytest

from app.api.events import Follower, Reading, Wanted, _listing
from app.domain.lifecycle import State
from app.domain.policy import Scope
from app.services import access
from app.store import feed
from app.store.api_keys import api_keys
from tests import desk
from tests.api import routes
from tests.api.routes import FILE
from tests.desk import PATH
from tests.given import DECISIONS, Given
from tests.mail import letters


async def _filed(given: Given, owner):
    number = (await given.ready_draft(owner))["number"]
    attached = await owner.post(f"{PATH}/{number}/attachments", **FILE)
    assert (await given.move(owner, number, "submit")).status_code == 200
    return number, attached.json()["id"]


async def _published(given: Given) -> None:
    async with given.runtime.database.writing() as db:
        assert await feed.publish(db, 1000)


@pytest.mark.parametrize("role", ["reviewer", "coordinator", "signatory", "counsel", "auditor"])
async def test_from_the_next_call_on_the_request_is_nothing_to_whoever_declared(given: Given, role):
    """Over every route that names the request, the lists, the counts, the feed and the numbers."""
    owner, other = await given.member(), await given.staff("coordinator", "auditor", "reviewer")
    number, file = await _filed(given, owner)
    beside, _ = await _filed(given, owner)
    someone = await given.staff(role)
    await _published(given)
    declared = await someone.post(f"{PATH}/{number}/conflicts", json={"reason": "A cousin works there."})
    assert declared.status_code == 201, declared.text
    document = given.client._transport.app.openapi()
    ids = {"reference": number, "aid": file, "n": "1", "key": "ev-1"}
    walked = [
        each
        for each in routes.walk(given.client._transport.app)
        if each.path.startswith(PATH) and "{reference}" in each.path
    ]
    assert len(walked) > 25
    for each in walked:
        ids |= {
            name: routes.absent(each.path)[name]
            for name in ("assignment_id", "consult_id")
            if name in each.path
        }
        path = each.path.format_map(ids)
        sent = routes.sendable(document, each)
        hidden = await someone.call(each.method, path, **sent)
        assert hidden.status_code == 404, f"{each.name}: {hidden.text}"
        nothing = await someone.call(each.method, path.replace(number, "AMT-2026-99999"), **sent)
        assert hidden.json()["detail"] == nothing.json()["detail"]
    for query in ("", "?count=exact", f"?q={number}&count=exact", "?clock=running", "?sort=statutory_due_on"):
        listed = (await someone.get(PATH + query)).json()
        shown = {each["number"] for each in listed["items"]}
        assert number not in shown
        assert listed.get("total", len(shown)) == len(shown)
        assert beside in {each["number"] for each in (await someone.get(PATH)).json()["items"]}
    if role != "counsel":  # who has no feed
        told = await someone.get("/v1/events")
        assert number not in told.text
        assert beside in told.text
        assert (await someone.get(f"/v1/events?subject={number}")).json()["items"] == []
        theirs = (await other.get(f"/v1/events?subject={number}")).json()["items"]
        assert theirs
        assert (await someone.get(f"/v1/events?after={theirs[0]['id']}")).status_code == 422
    assert (await other.get(f"{PATH}/{number}")).status_code == 200


async def test_a_stream_that_is_open_shows_nothing_of_it_any_more(given: Given):
    owner, someone = await given.member(), await given.staff("reviewer")
    number, _ = await _filed(given, owner)
    assert (await someone.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    assert (await given.move(owner, number, "withdraw")).status_code == 200
    await _published(given)
    runtime = given.runtime
    async with runtime.database.reading() as db:
        actor = await access.identify(db, runtime.keyring, someone.key, runtime.now())
    reading = Reading(runtime, _listing(actor, Wanted()), Wanted(), 50)
    sent, _ = await Follower(reading, someone.key, 0).read()
    assert number.encode() not in sent


async def test_a_lead_who_declares_leaves_the_request_without_one_and_the_coordinators_hear_of_it(
    given: Given,
):
    owner, coordinator, other = (
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("coordinator"),
    )
    number, _ = await _filed(given, owner)
    lead = await given.staff("reviewer")
    assert (await other.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    await desk.assign(coordinator, number, lead, "lead")
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    already = len(await letters(given.runtime, coordinator.email))
    declared = await lead.post(f"{PATH}/{number}/conflicts", json={"reason": "A private reason."})
    assert declared.json()["reason"] == "A private reason."
    shown = (await coordinator.get(f"{PATH}/{number}")).json()
    assert shown["lead_reviewer_id"] is None
    [kept] = await desk.items(coordinator, f"{PATH}/{number}/assignments")
    assert (kept["ended_by"], kept["reason"]) == (str(lead.id), "conflict declared")
    told = (await letters(given.runtime, coordinator.email))[already:]
    assert [(each.template, each.facts["left"]) for each in told] == [("conflict_declared", "lead reviewer")]
    assert "private" not in str(told[0].facts)
    assert await letters(given.runtime, other.email) == [], "recused themselves"
    listed = await desk.items(coordinator, f"{PATH}/{number}/conflicts")
    assert {each["person_id"] for each in listed} == {str(lead.id), str(other.id)}
    entries = (await coordinator.get(f"{PATH}/{number}/events")).text
    assert "conflict_declared" in entries
    assert "private" not in entries
    renewed = await coordinator.post(
        f"{PATH}/{number}/assignments", json={"person_id": str(lead.id), "part": "team"}
    )
    assert renewed.json()["errors"][0]["rule"] == "recused"


async def test_a_conflict_is_declared_once_even_by_two_calls_at_the_same_moment(given: Given):
    owner, someone = await given.member(), await given.staff("reviewer")
    number, _ = await _filed(given, owner)
    at = f"{PATH}/{number}/conflicts"
    assert (await someone.get(f"/v1/applicants/{owner.applicant_id}")).status_code == 200
    answered = await asyncio.gather(*(someone.post(at, json={}) for _ in range(3)))
    assert sorted(each.status_code for each in answered) == [201, 404, 404]
    # of its applicant nothing else is on the desk
    assert (await someone.get(f"/v1/applicants/{owner.applicant_id}")).status_code == 404
    assert await desk.items(someone, "/v1/applicants") == []


async def test_neither_machines_nor_applicants_declare_conflicts(given: Given):
    owner = await given.member()
    number, _ = await _filed(given, owner)
    assert (await owner.post(f"{PATH}/{number}/conflicts", json={})).status_code == 404
    machine = await given.staff("coordinator")
    async with given.runtime.database.writing() as db:
        own = api_keys.update().where(api_keys.c.person_id == machine.id)
        await db.execute(own.values(person_id=None, scopes=" ".join(Scope), label="dashboard"))
    assert (await machine.get(f"{PATH}/{number}")).status_code == 200
    assert (await machine.post(f"{PATH}/{number}/conflicts", json={})).status_code == 403
    assert (await machine.get(f"{PATH}/{number}/conflicts")).json()["items"] == []


async def test_the_numbers_of_the_workload_leave_out_what_the_viewer_may_not_know_of(given: Given):
    owner, one, two = await given.member(), await given.staff("coordinator"), await given.staff("coordinator")
    reviewer, idle = await given.staff("reviewer"), await given.staff("reviewer")
    number, _ = await _filed(given, owner)
    beside, _ = await _filed(given, owner)
    await desk.assign(one, number, reviewer, "lead")
    await desk.assign(one, beside, reviewer, "team")
    await desk.put(given, beside, State.INFORMATION_REQUESTED)

    async def load(viewer):
        rows = await desk.items(viewer, "/v1/reports/workload")
        return {each["person"]["id"]: each for each in rows}

    whole = (await load(two))[str(reviewer.id)]
    assert (whole["lead"], whole["team"], whole["overdue"], whole["questions_open"]) == (1, 1, 0, 1)
    assert whole["nearest_due_on"] == "2026-11-28"
    assert (await load(two))[str(idle.id)]["nearest_due_on"] is None
    assert (await two.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    rest = (await load(two))[str(reviewer.id)]
    assert (rest["lead"], rest["team"]) == (0, 1)
    assert (await load(one))[str(reviewer.id)] == whole
    given.runtime.now.move(days=181)
    assert (await load(one))[str(reviewer.id)]["overdue"] == 2
    assert (await given.move(owner, number, "withdraw")).status_code == 200
    assert (await load(one))[str(reviewer.id)]["lead"] == 0
    auditor = await given.staff("auditor")
    assert (await auditor.get("/v1/reports/workload")).status_code == 200
    for someone, status in ((owner, 404), (reviewer, 403), (await given.staff("admin"), 403)):
        assert (await someone.get("/v1/reports/workload")).status_code == status
    pages = [(await one.get("/v1/reports/workload?limit=1")).json()]
    while pages[-1]["next_cursor"]:
        cursor = pages[-1]["next_cursor"]
        pages.append((await one.get(f"/v1/reports/workload?limit=1&cursor={cursor}")).json())
    assert [each["items"][0]["person"]["id"] for each in pages] == sorted([str(reviewer.id), str(idle.id)])


async def test_whoever_is_recused_hears_nothing_of_the_designation_either(given: Given):
    owner, company = await given.member(), await given.desk()
    other = await given.staff("auditor")
    number = (await given.recommended(owner, company))["number"]
    declared = await company.lead.post(f"{PATH}/{number}/conflicts", json={})
    assert declared.status_code == 201
    decided = await given.move(company.signatory, number, "designate", **DECISIONS["designate"])
    assert decided.status_code == 200, decided.text
    await _published(given)
    for who, sees in ((company.lead, False), (other, True)):
        read = await who.get("/v1/events?limit=200")
        assert read.status_code == 200, read.text
        types = [each["type"] for each in read.json()["items"]]
        assert any(each.startswith("designation.") for each in types) is sees
        assert ((await who.get("/v1/designations")).json()["items"] != []) is sees
