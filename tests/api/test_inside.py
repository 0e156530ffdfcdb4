"""What the program does around a request: nothing of it reaches the applicant, and what is refused leaves no trace."""

import re
from typing import Any
from uuid import uuid4

import pytest

from app.domain.happenings import OF_REQUEST
from app.domain.lifecycle import State
from app.store import feed
from tests import desk, packages, tables
from tests.api import routes
from tests.api.routes import FILE
from tests.desk import PATH, rating
from tests.given import CONTEXT, DECISIONS, Desk, Given, Person
from tests.statements import budget, heard

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b")
DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{24}")
SEALED = re.compile(r'(?<=[="])[A-Za-z0-9_-]{40,}(?=[">&])')
NAMED = re.compile(r"AMTD?-\d{4}-\d{5}|person-[^@]+@member.example|(Member|Applicant) \d+")
HEADERS = ("etag", "link", "content-type", "location")


async def _everything_inside(given: Given, number: str, file: str) -> None:
    """Every step of the desk, on one request."""
    coordinator, lead, other = (
        await given.staff("coordinator"),
        await given.staff("reviewer"),
        await given.staff("reviewer"),
    )
    consultant, recused = await given.staff("consultant"), await given.staff("reviewer", "coordinator")
    await desk.assign(coordinator, number, lead, "lead")
    made = await desk.assign(coordinator, number, other)
    ended = await coordinator.delete(
        f"{PATH}/{number}/assignments/{made['id']}", headers={"If-Match": made["etag"]}
    )
    assert ended.status_code == 204
    await desk.assign(coordinator, number, other, "lead")
    assert (await recused.post(f"{PATH}/{number}/conflicts", json={"reason": "Kin."})).status_code == 201
    assert (await lead.post(f"{PATH}/{number}/notes", json={"text": "A note."})).status_code == 201
    asked = await desk.ask(lead, number, consultant, attachments=[file])
    at = f"{PATH}/{number}/consults"
    assert (await consultant.post(f"{at}/{asked['id']}/opinions", json={"text": "Yes."})).status_code == 201
    taken_back = await desk.ask(lead, number, consultant)
    assert (await lead.post(f"{at}/{taken_back['id']}/cancellations")).status_code == 201
    await desk.assess(lead, number, rating("novelty"), recommendation="deny")
    await desk.assess(other, number, rating("quality"), recommendation="designate")
    assert (await other.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201


async def _seen(given: Given, owner: Person, ids: dict[str, str]) -> dict[str, Any]:
    """Every GET of the applicant, with what names and dates things masked."""
    document, app = given.client._transport.app.openapi(), given.client._transport.app
    shown = {}

    def told(text: str) -> str:
        return _masked(text.replace(ids["reference"], "the one at hand"))  # its place in a list counts

    for walked in routes.walk(app):
        if walked.method != "GET" or walked.is_public or walked.path.startswith("/v1/staff"):
            continue
        if not set(routes.parameters(walked.path)) <= ids.keys():
            continue
        own = next(
            (ids[name] for at, name in routes.WEBHOOKS.items() if walked.path.startswith(at)), ids["id"]
        )
        sent = {**routes.sendable(document, walked), "headers": {}}
        answered = await owner.get(walked.path.format_map({**ids, "id": own}), **sent)
        headers = {name: answered.headers.get(name) for name in HEADERS}
        is_package = headers["content-type"] == "application/zip"
        text = packages.told(answered.content) if is_package else answered.text
        shown[walked.name] = [answered.status_code, told(text), told(str(headers))]
    for query in ("?count=exact", "?sort=-updated_at", "?sort=updated_at&count=exact"):
        shown[query] = told((await owner.get(PATH + query)).text)
    return shown


def _masked(text: str) -> str:
    for pattern, mask in ((ID, "id"), (DIGEST, "digest"), (NAMED, "name"), (SEALED, "sealed")):
        text = pattern.sub(mask, text)
    return re.sub(r'"(value|prefix)":"[A-Za-z0-9_-]+"', "made anew", text)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.UNDER_ASSESSMENT])
async def test_two_histories_that_differ_inside_alone_are_one_to_their_applicants(given: Given, state):
    seen = []
    for inside in (False, True):
        owner = await given.member()
        endpoint = await given.endpoint(owner)
        beside = await given.ready_draft(owner)
        number = (await given.ready_draft(owner))["number"]
        file = (await owner.post(f"{PATH}/{number}/attachments", **FILE)).json()["id"]
        assert (await given.move(owner, number, "submit")).status_code == 200
        assert (await given.move(owner, beside["number"], "submit")).status_code == 200
        await desk.put(given, number, State.UNDER_ASSESSMENT, lead_center="CDER")
        given.runtime.now.move(hours=1)
        if inside:
            await _everything_inside(given, number, file)
        given.runtime.now.move(hours=1)
        await desk.put(given, number, state)
        assert (await given.move(owner, number, "withdraw")).status_code == 200
        async with given.runtime.database.writing() as db:
            await feed.publish(db, 1000)
        delivery = (await given.deliveries(owner, endpoint))[0]["id"]
        ids = {
            "reference": number, "id": str(owner.applicant_id), "aid": file, "n": "1", "key": "ev-0", "from": "1",
            "endpoint_id": endpoint["id"], "delivery_id": delivery,
            "assignment_id": str(uuid4()), "consult_id": str(uuid4()),
        }  # fmt: skip
        seen.append(await _seen(given, owner, ids))
        given.runtime.now.move(hours=-2)
    without, with_it = seen
    assert without.keys() == with_it.keys()
    assert len(without) > 30
    assert {name: (without[name], with_it[name]) for name in without if without[name] != with_it[name]} == {}


async def _recommend(given: Given, company: Desk, number: str) -> None:
    await given.rated(company, number)
    moved = await given.move(
        company.lead, number, "recommend", outcome="designate", context_of_use=CONTEXT, note="As I see it."
    )
    assert moved.status_code == 200, moved.text


async def test_a_recommendation_given_back_and_made_again_is_nothing_to_the_applicant(given: Given):
    """Compared while one is recommended and the other is not, and again when both are decided."""
    seen: list[list[dict[str, Any]]] = []
    for inside in (False, True):
        owner, company = await given.member(), await given.desk()
        endpoint = await given.endpoint(owner)
        number = (await given.under_assessment(owner, company))["number"]
        given.runtime.now.move(hours=1)
        if inside:
            await _recommend(given, company, number)
            back = await given.move(company.signatory, number, "return_to_assessment", note="Say more.")
            assert back.status_code == 200, back.text
            await _recommend(given, company, number)
        given.runtime.now.move(hours=1)
        stages = []
        for decide in (False, True):
            if decide:
                if not inside:
                    await _recommend(given, company, number)
                decided = await given.move(company.signatory, number, "designate", **DECISIONS["designate"])
                assert decided.status_code == 200, decided.text
            async with given.runtime.database.writing() as db:
                await feed.publish(db, 1000)
            delivery = (await given.deliveries(owner, endpoint))[0]["id"]
            ids = {
                "reference": number, "id": str(owner.applicant_id), "n": "1", "key": "ev-0", "from": "1",
                "endpoint_id": endpoint["id"], "delivery_id": delivery,
            }  # fmt: skip
            stages.append(await _seen(given, owner, ids))
        seen.append(stages)
        given.runtime.now.move(hours=-2)
    for without, with_it in zip(*seen, strict=True):
        assert without.keys() == with_it.keys()
        differing = {name for name in without if without[name] != with_it[name]}
        assert differing - MASKED_NAMES == set()


# The letter and the decision say the name of whoever signed, who is another person in each history.
MASKED_NAMES = {
    f"GET {PATH}/{{reference}}/decision",
    f"GET {PATH}/{{reference}}/decision/letter",
}


async def test_the_comparison_would_notice_an_internal_step(given: Given):
    """The control: to the program the same two histories differ in many places."""
    owner, coordinator = await given.member(), await given.staff("coordinator")
    number = (await given.ready_draft(owner))["number"]
    file = (await owner.post(f"{PATH}/{number}/attachments", **FILE)).json()["id"]
    assert (await given.move(owner, number, "submit")).status_code == 200
    ids = {"reference": number, "id": str(owner.applicant_id), "n": "1", "endpoint_id": "", "delivery_id": ""}
    before = await _seen(given, coordinator, ids)
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    await _everything_inside(given, number, file)
    after = await _seen(given, coordinator, ids)
    assert len([name for name in before if before[name] != after[name]]) > 5


async def test_what_is_refused_leaves_every_record_as_it_was(given: Given):
    owner, coordinator, reviewer = (
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("reviewer"),
    )
    auditor, consultant, stranger = (
        await given.staff("auditor"),
        await given.staff("consultant"),
        await given.member(),
    )
    number = (await given.submitted(owner))["number"]
    draft = (await given.draft(owner))["number"]
    lead = await desk.assign(coordinator, number, reviewer, "lead")
    asked = await desk.ask(reviewer, number, consultant)
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    at, before = f"{PATH}/{number}", await tables.snapshot(given.runtime.database)
    person = {"person_id": str(reviewer.id), "part": "lead"}
    question = {"kind": "ett", "consultant_id": str(consultant.id), "question": "?", "parts": ["/content/x"]}
    own = f"{at}/assignments/{lead['id']}"
    refused = [
        (coordinator, "POST", f"{at}/assignments", person, 409),
        (coordinator, "POST", f"{at}/assignments", {**person, "part": "team"}, 409),
        (coordinator, "POST", f"{at}/assignments", {"lead_center": "CDER"}, 409),
        (coordinator, "POST", f"{at}/assignments", {**person, "person_id": str(consultant.id)}, 422),
        (coordinator, "POST", f"{PATH}/{draft}/assignments", person, 404),
        (coordinator, "DELETE", own, None, 409),
        (reviewer, "DELETE", own, None, 403),
        (reviewer, "POST", f"{at}/assignments", person, 403),
        (reviewer, "POST", f"{at}/consults", question, 422),
        (coordinator, "POST", f"{at}/consults", question, 403),
        (reviewer, "POST", f"{at}/consults/{asked['id']}/opinions", {"text": "Mine."}, 403),
        (auditor, "POST", f"{at}/consults/{asked['id']}/cancellations", None, 403),
        (auditor, "POST", f"{at}/notes", {"text": "Seen."}, 403),
        (reviewer, "POST", f"{at}/assessments", {"ratings": [rating("novelty", "met", ())]}, 422),
        (auditor, "POST", f"{at}/assessments", {"ratings": [rating("novelty")]}, 403),
        *(
            (someone, "POST", f"{at}/{name}", body, 404)
            for someone in (owner, stranger)
            for name, body in (
                ("assignments", person),
                ("conflicts", {}),
                ("consults", question),
                (f"consults/{asked['id']}/opinions", {"text": "Mine."}),
                ("notes", {"text": "Seen."}),
                ("assessments", {"ratings": [rating("novelty")]}),
            )
        ),
    ]
    for someone, method, path, body, status in refused:
        sent = {} if body is None else {"json": body}
        answered = await someone.call(method, path, headers={"If-Match": "*"}, **sent)
        assert answered.status_code == status, (method, path, answered.text)
    assert await tables.snapshot(given.runtime.database) == before


async def test_the_desk_keeps_to_the_budgets_of_statements_however_much_there_is(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    reviewer, consultant = await given.staff("reviewer"), await given.staff("consultant")
    number = (await given.submitted(owner))["number"]
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    at = f"{PATH}/{number}"

    async def cost(someone: Person, method: str, path: str, **sent: Any) -> int:
        with heard(given.runtime.database) as statements:
            answered = await someone.call(method, path, **sent)
        assert answered.is_success, answered.text
        return len(statements)

    async def acts() -> dict[str, int]:
        someone = await given.staff("reviewer")
        part = {"person_id": str(someone.id), "part": "lead"}
        question = {
            "kind": "ett",
            "consultant_id": str(consultant.id),
            "question": "?",
            "parts": ["/content/title"],
        }
        return {
            "assign": await cost(coordinator, "POST", f"{at}/assignments", json=part),
            "note": await cost(reviewer, "POST", f"{at}/notes", json={"text": "Seen."}),
            "ask": await cost(reviewer, "POST", f"{at}/consults", json=question),
            "assess": await cost(
                reviewer, "POST", f"{at}/assessments", json={"ratings": [rating("novelty")]}
            ),
            "declare": await cost(someone, "POST", f"{at}/conflicts", json={}),
        }

    async def looks() -> dict[str, int]:
        names = ("assignments", "conflicts", "consults", "notes", "assessments")
        read = {name: await cost(reviewer, "GET", f"{at}/{name}") for name in names}
        read["workload"] = await cost(coordinator, "GET", "/v1/reports/workload")
        read["own"] = await cost(consultant, "GET", "/v1/consults")
        return read

    first_acts, first_looks = await acts(), await looks()
    for _ in range(3):
        await acts()
    assert (await acts(), await looks()) == (first_acts, first_looks)
    assert max(first_acts.values()) <= budget(given.runtime.database, 16), first_acts
    assert max(first_looks.values()) <= 5, first_looks


async def test_every_list_of_the_desk_is_the_same_page_by_page(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    number = (await given.ready_draft(owner))["number"]
    file = (await owner.post(f"{PATH}/{number}/attachments", **FILE)).json()["id"]
    assert (await given.move(owner, number, "submit")).status_code == 200
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    await _everything_inside(given, number, file)
    counts = {}
    for name in ("assignments", "conflicts", "consults", "notes", "assessments"):
        at = f"{PATH}/{number}/{name}"
        whole, seen, path = await desk.items(coordinator, at), [], f"{at}?limit=1"
        while path:
            page = (await coordinator.get(path)).json()
            seen += page["items"]
            path = page["next_cursor"] and f"{at}?limit=1&cursor={page['next_cursor']}"
        assert seen == whole, name
        counts[name] = len(whole)
    assert counts == {"assignments": 3, "conflicts": 2, "consults": 2, "notes": 1, "assessments": 2}


async def test_what_the_desk_did_is_told_in_words_to_the_program(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    number = (await given.ready_draft(owner))["number"]
    file = (await owner.post(f"{PATH}/{number}/attachments", **FILE)).json()["id"]
    assert (await given.move(owner, number, "submit")).status_code == 200
    assert (
        await coordinator.post(f"{PATH}/{number}/assignments", json={"lead_center": "CDER"})
    ).status_code == 201
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    await _everything_inside(given, number, file)
    told = {each["what"]: each["text"] for each in await desk.items(coordinator, f"{PATH}/{number}/timeline")}
    inside = {
        "center_assigned", "assigned", "unassigned", "conflict_declared", "consult_asked", "opinion_given",
        "consult_cancelled", "note_written", "assessed",
    }  # fmt: skip
    assert inside <= told.keys()
    assert all(told[name] == OF_REQUEST[name] for name in inside)
