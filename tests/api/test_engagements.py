"""Asking for an engagement: what is taken, how long it may be, who sees it and what nobody sees."""

import asyncio

import pytest

from app.api.engagements import targets_of
from app.domain import examples
from app.domain.engagement_lifecycle import EngagementState
from app.domain.engagements import CHARACTERS_PER_PAGE, PAGES, EngagementContent
from app.domain.policy import SYSTEM
from app.services import engagements as service
from app.services.engagements import Asked, Requester
from app.services.transitions import Desk
from app.store.logs import access_log
from tests.engagements import PATH, SECRET, in_state, move
from tests.files import pdf
from tests.given import Given
from tests.tables import snapshot

S = EngagementState
LEAST = {
    "format": "ETP",
    "title": "Continuous compression",
    "technology": {"summary": "Powders run without a stop."},
    "questions": ["May it be so?"],
}


async def test_it_is_requested_at_once_with_its_number_and_targets(given: Given):
    owner = await given.member("preparer")
    answered = await owner.post(PATH, json={"content": examples.ENGAGEMENT})
    made = answered.json()
    assert answered.status_code == 201, answered.text
    assert made["number"] == "ENG-2026-00001"
    assert answered.headers["location"] == f"{PATH}/{made['number']}"
    assert (made["state"], made["format"], made["center"], made["origin"]) == (
        "requested",
        "CATT",
        "CBER",
        "api",
    )
    assert made["received_on"] == "2026-06-01"
    assert made["targets"] == {
        "decide_by": "2026-07-31",
        "meet_by": "2026-08-30",
        "next_update_on": "2026-07-01",
    }
    assert made["content"] == examples.ENGAGEMENT
    assert (await owner.get(f"{PATH}/{made['id']}")).json() == made


@pytest.mark.parametrize(("format", "center"), [("ETP", "CDER"), ("CATT", "CBER"), ("joint", "both")])
async def test_a_format_is_a_center(sqlite_given: Given, format: str, center: str):
    assert (await sqlite_given.engagement(await sqlite_given.member(), format=format))["center"] == center


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"format": "INTERACT"}, "/content/format"),
        ({"format": None}, "/content/format"),
        ({"title": ""}, "/content/title"),
        ({"questions": []}, "/content/questions"),
        ({"questions": ["Why?"] * 21}, "/content/questions"),
        ({"technology": {}}, "/content/technology/summary"),
        ({"preferred_dates": ["soon"]}, "/content/preferred_dates/0"),
        ({"sponsor": "x"}, "/content/sponsor"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_leaves_no_trace(sqlite_given: Given, change, pointer):
    owner = await sqlite_given.member()
    before = await snapshot(sqlite_given.runtime.database)
    answered = await owner.post(PATH, json={"content": {**LEAST, **change}})
    assert answered.status_code == 422
    assert [each["pointer"] for each in answered.json()["errors"]] == [pointer]
    assert await snapshot(sqlite_given.runtime.database) == before


@pytest.mark.parametrize("format", PAGES)
async def test_the_text_is_held_to_the_pages_of_its_format(sqlite_given: Given, format: str):
    owner = await sqlite_given.member()
    most = PAGES[format] * CHARACTERS_PER_PAGE
    fits = {**LEAST, "format": format, "title": "T", "questions": ["Q"]}
    fits["technology"] = {"summary": "S" * (most - 2)}
    assert (await owner.post(PATH, json={"content": fits})).status_code == 201
    fits["questions"] = ["QQ"]
    refused = await owner.post(PATH, json={"content": fits})
    assert refused.status_code == 422
    problem = refused.json()
    assert (problem["errors"][0]["rule"], problem["stated"], problem["allowed"]) == ("pages", most + 1, most)
    fits["contact"] = {"name": "N" * 200}  # who asks is no part of the paper
    fits["questions"] = ["Q"]
    assert (await owner.post(PATH, json={"content": fits})).status_code == 201


async def test_who_acts_for_more_than_one_applicant_says_for_which(given: Given):
    owner, agent = await given.member(), await given.member()
    at = f"/v1/applicants/{owner.applicant_id}/mandates"
    made = await owner.post(at, json={"agent": str(agent.applicant_id), "scope": ["read", "draft"]})
    assert made.status_code == 201, made.text
    refused = await agent.post(PATH, json={"content": LEAST})
    assert refused.json()["errors"][0]["pointer"] == "/applicant_id"
    asked = await agent.post(PATH, json={"content": LEAST, "applicant_id": str(owner.applicant_id)})
    assert asked.status_code == 201
    assert (await owner.get(f"{PATH}/{asked.json()['number']}")).status_code == 200


async def test_only_a_requester_asks(given: Given):
    for caller in (await given.staff("coordinator", "reviewer"), await given.staff("admin")):
        assert (await caller.post(PATH, json={"content": LEAST})).status_code == 403


async def test_it_can_be_amended_until_the_program_has_decided(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    made = await given.engagement(owner)
    at = f"{PATH}/{made['number']}"
    change = {"content": {"title": "Another", "quality_impact": {"safety": "Better."}}}
    assert (await owner.patch(at, json=change)).status_code == 428
    amended = await owner.patch(at, json=change, headers={"If-Match": made["etag"]})
    assert amended.status_code == 200, amended.text
    assert amended.json()["title"] == amended.json()["content"]["title"] == "Another"
    assert (await owner.patch(at, json=change, headers={"If-Match": made["etag"]})).status_code == 412
    tag = {"If-Match": amended.headers["etag"]}
    same = await owner.patch(at, json=change, headers=tag)
    assert same.headers["etag"] == amended.headers["etag"]
    assert (await owner.patch(at, json={"content": {"questions": None}}, headers=tag)).status_code == 422
    assert (await desk.patch(at, json=change, headers={"If-Match": "*"})).status_code == 403
    await move(desk, made["number"], "accept")
    late = await owner.patch(at, json=change, headers={"If-Match": "*"})
    assert (late.status_code, late.json()["present"]) == (409, "accepted")


async def test_a_request_that_came_by_mail_is_opened_without_a_person(given: Given, clock):
    owner = await given.member()
    arrived = clock()
    clock.move(days=40)
    content = {**LEAST, "format": "CATT"}
    asked = Asked(content, EngagementContent.model_validate(content), "mail", arrived)
    runtime = given.runtime
    async with runtime.database.writing() as db:
        desk = Desk(db, SYSTEM, clock(), runtime.keyring, runtime.settings.public_url)
        requester = Requester(owner.applicant_id, "Applicant", "cdmo")
        made = await service.open(desk, requester, asked, targets_of(runtime.settings))
    shown = (await owner.get(f"{PATH}/{made.number}")).json()
    assert (shown["origin"], shown["received_on"]) == ("mail", "2026-06-01")
    assert shown["targets"]["next_update_on"] == "2026-07-11"  # not before it was known of
    assert (await owner.get(f"{PATH}/{made.number}/history")).json()["items"][0]["actor"] == "system"


async def _walk(given: Given, owner, desk, reviewer):
    """All that the program can do inside: what its requester must see nothing of."""
    number = (await given.engagement(owner))["number"]
    at = f"{PATH}/{number}"
    yield number, None
    assigned = await desk.post(f"{at}/assignments", json={"person_id": str(reviewer.id)})
    assert assigned.status_code == 201, assigned.text
    assert assigned.json()["assigned_to"] == str(reviewer.id)
    yield number, "assigned"
    entry = {
        "statement": SECRET,
        "criteria": {"approvals_with_it": 2, "assessors_trained": True, "experience": "growing"},
        "ready": False,
    }
    assert (await reviewer.post(f"{at}/graduation-log", json=entry)).status_code == 201
    yield number, "graduation"
    stranger = await given.submitted(await given.member())
    linked = await desk.post(f"{at}/links", json={"designation_request": stranger["number"]})
    assert [each["number"] for each in linked.json()["designation_requests"]] == [stranger["number"]]
    yield number, "linked"


async def test_internal_steps_change_nothing_that_the_requester_sees(given: Given, clock):
    owner, desk, reviewer = (
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("reviewer"),
    )
    seen = []
    async for number, _ in _walk(given, owner, desk, reviewer):
        clock.move(minutes=5)
        at = f"{PATH}/{number}"
        shown = [await owner.get(path) for path in (at, f"{at}/history", f"{at}/actions", PATH)]
        seen.append([(each.headers["etag"], each.json()) for each in shown])
    assert len(seen) == 4
    assert all(each == seen[0] for each in seen)


async def test_no_channel_shows_a_requester_notes_or_names_of_the_program(given: Given):
    owner, desk, reviewer = (
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("reviewer"),
    )
    endpoint = await given.endpoint(owner)
    number = [number async for number, _ in _walk(given, owner, desk, reviewer)][-1]
    for name in ("accept", "schedule", "hold", "close"):
        assert (await move(desk, number, name)).status_code == 200
    at = f"{PATH}/{number}"
    internal = await desk.get(f"{at}/history")
    assert SECRET in internal.text
    assert str(desk.id) in internal.text
    assert SECRET in (await desk.get(at)).text
    assert SECRET in (await desk.get(f"{at}/graduation-log")).text
    for path in (at, f"{at}/history", f"{at}/actions", PATH, "/v1/events", "/v1/webhook-deliveries"):
        answered = await owner.get(path)
        for secret in (SECRET, str(desk.id), desk.name, str(reviewer.id), reviewer.name, "assigned_to"):
            assert secret not in answered.text, path
    assert len(await given.deliveries(owner, endpoint)) == 5
    history = (await owner.get(f"{at}/history")).json()["items"]
    assert [each["n"] for each in history] == [1, 2, 3, 4, 5]
    assert [each["actor"] for each in history] == ["applicant", *["program"] * 4]


async def test_what_is_the_programs_alone_is_refused_to_the_requester(given: Given):
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    at = f"{PATH}/{number}"
    entry = {
        "statement": "x",
        "criteria": {"approvals_with_it": 0, "assessors_trained": False, "experience": "limited"},
        "ready": True,
    }
    answered = await asyncio.gather(
        owner.get(f"{at}/graduation-log"),
        owner.post(f"{at}/graduation-log", json=entry),
        owner.post(f"{at}/updates", json={"text": "x"}),
        owner.post(f"{at}/assignments", json={"person_id": str(owner.id)}),
        owner.get(f"{PATH}/timeliness"),
    )
    assert {each.status_code for each in answered} == {403}
    for query in (f"assigned_to={owner.id}", f"applicant={owner.applicant_id}"):
        assert (await owner.get(f"{PATH}?{query}")).status_code == 422


async def test_another_applicant_is_told_of_nothing(given: Given):
    owner, stranger, desk = await given.member(), await given.member(), await given.staff("coordinator")
    number = await in_state(given, owner, desk, S.SCHEDULED)
    filed = await given.submitted(owner)
    linked = await owner.post(f"{PATH}/{number}/links", json={"designation_request": filed["number"]})
    assert linked.status_code == 201, linked.text
    at = f"{PATH}/{number}"
    for path in (at, f"{at}/history", f"{at}/actions", f"{at}/graduation-log", f"{at}/proposal/content"):
        assert (await stranger.get(path)).status_code == 404
    for query in ("", f"?designation_request={filed['number']}", "?state=scheduled"):
        assert (await stranger.get(f"{PATH}{query}")).json()["items"] == []
    assert (await move(stranger, number, "withdraw")).status_code == 404
    assert (await stranger.post(f"{at}/proposal", files={"file": ("p.pdf", pdf())})).status_code == 404


async def test_a_link_is_shown_on_both_sides_and_never_asked_for(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = (await given.engagement(owner))["number"]
    draft, filed = await given.draft(owner), await given.submitted(owner)
    strangers = await given.submitted(await given.member())
    at = f"{PATH}/{number}/links"
    of_draft = await owner.post(at, json={"designation_request": draft["number"]})
    assert of_draft.status_code == 409
    for unseen in (strangers["number"], "AMT-2026-99999"):
        assert (await owner.post(at, json={"designation_request": unseen})).status_code == 422
    linked = await owner.post(at, json={"designation_request": filed["number"]})
    again = await desk.post(at, json={"designation_request": filed["number"]})
    assert (linked.status_code, again.status_code) == (201, 201)
    for caller in (owner, desk):
        shown = (await caller.get(f"{PATH}/{number}")).json()["designation_requests"]
        assert [each["number"] for each in shown] == [filed["number"]]
        listed = (await caller.get(f"{PATH}?designation_request={filed['number']}")).json()["items"]
        assert [each["number"] for each in listed] == [number]
    hidden = await desk.post(at, json={"designation_request": strangers["number"]})
    assert len(hidden.json()["designation_requests"]) == 2
    assert len((await owner.get(f"{PATH}/{number}")).json()["designation_requests"]) == 1
    assert (await owner.get(f"{PATH}?designation_request={strangers['number']}")).json()["items"] == []


async def test_an_assignment_needs_a_coordinator_and_someone_who_can_take_it(given: Given):
    owner, desk, reviewer = (
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("reviewer"),
    )
    number = (await given.engagement(owner))["number"]
    at = f"{PATH}/{number}/assignments"
    auditor = await given.staff("auditor")
    assert (await reviewer.post(at, json={"person_id": str(reviewer.id)})).status_code == 403
    for nobody in (owner.id, auditor.id, owner.applicant_id):
        assert (await desk.post(at, json={"person_id": str(nobody)})).status_code == 422
    first = await desk.post(at, json={"person_id": str(reviewer.id)})
    again = await desk.post(at, json={"person_id": str(reviewer.id)})
    assert first.headers["etag"] == again.headers["etag"]
    listed = (await desk.get(f"{PATH}?assigned_to={reviewer.id}")).json()["items"]
    assert [each["number"] for each in listed] == [number]
    await move(desk, number, "decline")
    assert (await desk.post(at, json={"person_id": str(desk.id)})).status_code == 409


async def test_the_graduation_log_is_read_in_order_by_all_the_staff_and_written_by_few(given: Given):
    owner, reviewer, auditor = (
        await given.member(),
        await given.staff("reviewer"),
        await given.staff("auditor"),
    )
    number = (await given.engagement(owner))["number"]
    at = f"{PATH}/{number}/graduation-log"
    for n in range(3):
        criteria = {"approvals_with_it": n, "assessors_trained": n > 1, "experience": "substantial"}
        entry = {"statement": f"Entry {n}", "criteria": criteria, "ready": n == 2}
        made = await reviewer.post(at, json=entry)
        assert made.status_code == 201, made.text
        assert made.json()["criteria"] == criteria
        assert (await auditor.post(at, json=entry)).status_code == 403
    first = (await auditor.get(f"{at}?limit=2")).json()
    rest = (await auditor.get(f"{at}?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["statement"] for each in first["items"] + rest["items"]] == ["Entry 0", "Entry 1", "Entry 2"]
    assert [each["ready"] for each in first["items"] + rest["items"]] == [False, False, True]


async def test_lists_are_paged_and_filtered(given: Given, clock):
    owner, other, desk = await given.member(), await given.member(), await given.staff("coordinator")
    mine = []
    for format in ("ETP", "CATT", "joint", "CATT"):
        mine.append((await given.engagement(owner, format=format))["number"])
        clock.move(minutes=1)
    theirs = (await given.engagement(other, format="ETP"))["number"]
    since = clock()
    clock.move(minutes=1)
    await move(desk, mine[0], "accept")

    async def numbers(caller, query=""):
        found, cursor = [], ""
        while cursor is not None:
            listed = await caller.get(f"{PATH}?limit=2{query}{cursor}")
            assert listed.status_code == 200, listed.text
            found += [each["number"] for each in listed.json()["items"]]
            cursor = listed.json()["next_cursor"] and f"&cursor={listed.json()['next_cursor']}"
        return found

    last_first = [mine[0], mine[3], mine[2], mine[1]]
    assert await numbers(owner) == last_first
    assert await numbers(desk) == [mine[0], theirs, mine[3], mine[2], mine[1]]
    assert await numbers(owner, "&format=CATT") == [mine[3], mine[1]]
    assert await numbers(owner, "&state=accepted") == await numbers(owner, "&status=accepted") == [mine[0]]
    assert await numbers(owner, "&state=accepted&status=requested") == []
    assert await numbers(desk, f"&applicant={other.applicant_id}") == [theirs]
    at = since.isoformat().replace("+00:00", "Z")
    assert await numbers(desk, f"&updated_since={at}") == [theirs, mine[0]]
    early = "2026-06-01T15:01:30Z"
    assert await numbers(owner, f"&updated_since={early}") == [mine[2], mine[3], mine[0]]


async def test_the_program_reads_how_timely_it_is(given: Given, clock):
    owner, desk = await given.member(), await given.staff("coordinator")
    quick, slow = (await given.engagement(owner))["number"], (await given.engagement(owner))["number"]
    await given.engagement(owner, format="ETP")
    clock.move(days=10)
    await move(desk, quick, "accept")
    clock.move(days=60)
    decided = (await move(desk, slow, "decline")).json()
    assert decided["timeliness"]["decided_in_days"] == 70
    assert decided["timeliness"]["on_time"] is False
    told = (await desk.get(f"{PATH}/timeliness?from=2026-06-01&to=2026-06-30")).json()
    etp, catt = told["items"][:2]
    assert (catt["received"], catt["median_days_to_decision"], catt["decided_on_time"]) == (2, 40, 0.5)
    assert (etp["received"], etp["overdue"], etp["decided_on_time"]) == (1, 1, 0.0)
    assert (await desk.get(f"{PATH}/timeliness?from=2026-06-02")).json()["items"][3]["received"] == 0


async def test_looks_of_the_staff_are_in_the_access_log(given: Given):
    owner, desk = await given.member(), await given.staff("auditor")
    made = await given.engagement(owner)
    await owner.get(f"{PATH}/{made['number']}")
    await desk.get(f"{PATH}/{made['number']}")
    await desk.get(f"{PATH}/{made['number']}/history")
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(access_log.select())).all()
    assert [(each.person_id, str(each.subject_id), each.what) for each in rows] == [
        (desk.id, made["id"], "getEngagement"),
        (desk.id, made["id"], "listEngagementHistory"),
    ]


async def test_an_endpoint_may_ask_for_engagements_alone(given: Given):
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    endpoint = await given.endpoint(owner, subjects=[number], statuses=["withdrawn", "accepted"])
    desk = await given.staff("coordinator")
    await given.submitted(owner)
    await move(desk, number, "accept")
    assert len(await given.deliveries(owner, endpoint)) == 1


async def test_the_address_of_timeliness_is_no_engagement(given: Given):
    desk = await given.staff("coordinator")
    refused = await desk.patch(f"{PATH}/timeliness", json={"content": {}}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
