"""Every transition of an engagement, from every state, by every role: preview, act and actions follow the table."""

import asyncio

import pytest

from app.delivery.publishing import publish
from app.domain.engagement_lifecycle import TRANSITIONS, EngagementState
from app.domain.policy import GRANTS, STAFF_ROLES, Permission, Role
from tests.engagements import PATH, SECRET, in_state, move
from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot

S = EngagementState
OPEN = [(state, each.name) for each in TRANSITIONS.values() for state in sorted(each.sources)]


async def _callers(given: Given, owner: Person) -> dict[Role, Person]:
    staff = {role: await given.staff(role.value) for role in sorted(STAFF_ROLES)}
    return {**staff, Role.SIGNER: owner, Role.PREPARER: await given.member("preparer", owner.applicant_id)}


def _expected(role: Role, state: EngagementState, name: str) -> tuple[int, str | None]:
    transition, granted = TRANSITIONS[name], GRANTS[role]
    if Permission.READ_REQUESTS not in granted:
        return 404, "not-found"
    if not transition.permissions & granted:
        return 403, "not-permitted"
    return (200, None) if state in transition.sources else (409, "no-such-transition")


@pytest.mark.parametrize("state", S)
async def test_every_role_may_do_what_the_table_says(sqlite_given: Given, state: EngagementState):
    given = sqlite_given
    owner, desk = await given.member(), await given.staff("coordinator")
    callers, number = await _callers(given, owner), await in_state(given, owner, desk, state)
    before = await snapshot(given.runtime.database)
    for role, caller in callers.items():
        shown = await caller.get(f"{PATH}/{number}/actions")
        told = {each["name"]: each for each in shown.json().get("items", ())}
        for name in TRANSITIONS:
            answered = await move(caller, number, name, preview=True)
            code = answered.json().get("code")
            assert (answered.status_code, code) == _expected(role, state, name), (role, name)
            if name in told:
                assert told[name]["allowed"] is (answered.status_code == 200), (role, name)
    assert await snapshot(given.runtime.database) == before


@pytest.mark.parametrize(("state", "name"), OPEN)
async def test_the_preview_is_what_then_happens(given: Given, state: EngagementState, name: str):
    owner, desk = await given.member(), await given.staff("reviewer")
    by = owner if name == "withdraw" else desk
    number = await in_state(given, owner, desk, state)
    before, sent = await by.get(f"{PATH}/{number}"), len(await letters(given.runtime))
    preview, act = await move(by, number, name, preview=True), await move(by, number, name)
    assert preview.headers["etag"] == before.headers["etag"]
    foreseen, happened = preview.json(), act.json()
    assert happened["state"] == happened["status"] == TRANSITIONS[name].target
    assert {member: foreseen[member] for member in happened} == happened
    assert act.headers["etag"] != before.headers["etag"]
    assert (await by.get(f"{PATH}/{number}")).json() == happened
    assert len(await letters(given.runtime)) - sent == len(foreseen["letters"]) == (0 if by is owner else 1)


@pytest.mark.parametrize(
    ("state", "name", "arguments", "pointer", "rule"),
    [
        (S.ACCEPTED, "schedule", {"held_on": "2026-05-31"}, "/held_on", "past"),
        (S.ACCEPTED, "schedule", {"starts_at": "2026-06-21T15:00:00Z"}, "/starts_at", "not-so"),
        (S.SCHEDULED, "reschedule", {"held_on": "2026-05-31"}, "/held_on", "past"),
        (
            S.SCHEDULED,
            "reschedule",
            {"held_on": "2026-06-20", "mode": "meeting", "starts_at": "2026-06-20T11:00:00-04:00"},
            "/held_on",
            "not-so",
        ),
        (S.SCHEDULED, "hold", {"held_on": "2026-06-02"}, "/held_on", "not-so"),
        (S.SCHEDULED, "hold", {"held_on": "2026-05-31"}, "/held_on", "not-so"),
        (S.REQUESTED, "decline", {"reason": "no_time"}, "/reason", "literal-error"),
        (S.REQUESTED, "decline", {"note": None}, "/note", "string-type"),
        (S.HELD, "close", {"outcome": "approved"}, "/outcome", "literal-error"),
    ],
)
async def test_arguments_that_cannot_be_leave_no_trace(given: Given, state, name, arguments, pointer, rule):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = await in_state(given, owner, desk, state)
    before = await snapshot(given.runtime.database)
    answered = await move(desk, number, name, **arguments)
    assert answered.status_code == 422, answered.text
    assert (answered.json()["errors"][0]["pointer"], answered.json()["errors"][0]["rule"]) == (pointer, rule)
    assert await snapshot(given.runtime.database) == before


async def test_of_moves_at_the_same_moment_one_wins(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = await in_state(given, owner, desk, S.REQUESTED)
    names = ["accept", "decline"] * 4
    answered = await asyncio.gather(*(move(desk, number, name) for name in names))
    assert sorted(each.status_code for each in answered) == [200, *[409] * 7]
    history = (await owner.get(f"{PATH}/{number}/history")).json()["items"]
    assert [each["n"] for each in history] == [1, 2]


async def test_a_stale_tag_refuses_a_move(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = (await given.engagement(owner))["number"]
    tag = {"If-Match": (await desk.get(f"{PATH}/{number}")).headers["etag"]}
    path, accept = f"{PATH}/{number}/transitions", {"name": "accept"}
    assert (await desk.post(path, json=accept, headers=tag)).status_code == 200
    refused = await desk.post(
        path, json={"name": "close", "outcome": "redirected", "summary": "x"}, headers=tag
    )
    assert refused.status_code == 412


async def test_each_side_hears_of_every_state_in_a_sequence_of_its_own(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = await in_state(given, owner, desk, S.HELD)
    await move(desk, number, "close")
    await publish(given.runtime.database)
    for caller in (owner, desk):
        found = (await caller.get(f"/v1/events?subject={number}")).json()["items"]
        data = [each["data"] for each in found]
        assert {each["type"] for each in found} == {"engagement.status_changed"}
        assert [each["status"] for each in data] == ["requested", "accepted", "scheduled", "held", "closed"]
        assert [each["sequence"] for each in data] == [1, 2, 3, 4, 5]
        assert data[2]["meeting_on"] == "2026-06-20"
        assert SECRET not in str(found)


async def test_letters_hold_number_and_link_and_nothing_that_either_side_wrote(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    await given.member("preparer", owner.applicant_id)
    await given.member("preparer", owner.applicant_id, confirmed=False)
    number = await in_state(given, owner, desk, S.DECLINED)
    sent = await letters(given.runtime)
    assert [each.template for each in sent] == ["engagement_received"] * 2 + ["engagement_moved"] * 2
    for letter in sent:
        assert letter.facts["number"] == number
        assert set(letter.facts) <= {"number", "link", "status", "date"}
        assert "licensed" not in str(letter.facts)


async def test_the_workflow_is_published(given: Given):
    shown = (await given.client.get("/v1/program/workflows/engagement")).json()
    assert shown["initial"] == "requested"
    accept = next(each for each in shown["transitions"] if each["name"] == "accept")
    assert accept["roles"] == ["coordinator", "reviewer", "system"]
