"""How often a call asks the database: a budget for each, transaction control included, whatever the request holds."""

import copy
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.domain import exact_json
from app.domain.calendars import civil_date
from tests.given import CONTEXT, DECISIONS, Given, Person, sound_content
from tests.statements import budget, heard

PATH = "/v1/designation-requests"
WRITE, SIGNED, READ = 8, 16, 4
READS = (
    "",
    "/readiness",
    "/actions",
    "/versions",
    "/versions/1",
    "/attachments",
    "/events",
    "/timeline",
    "/clock",
    "/receipt",
)


async def cost(given: Given, call: Callable[[], Awaitable[httpx2.Response]]) -> int:
    """How many statements a call takes that succeeds."""
    with heard(given.runtime.database) as statements:
        answered = await call()
    assert answered.is_success, answered.text
    return len(statements)


def wide(evidence: int) -> dict[str, Any]:
    """A content that may be filed, with this many evidence items."""
    content = sound_content()
    items = content["scalability"]["evidence"]
    for place in range(len(items), evidence):
        items.append({**copy.deepcopy(items[0]), "key": f"more-{place}"})
    return content


async def ready(given: Given, person: Person, content: dict[str, Any]) -> dict[str, Any]:
    body = exact_json.encode({"content": content})
    answered = await person.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answered.status_code == 201, answered.text
    return {**answered.json(), "etag": answered.headers["etag"]}


async def crowded(given: Given) -> Person:
    """A signer of an applicant that has nine other members."""
    person = await given.member()
    for _ in range(9):
        await given.member(applicant_id=person.applicant_id)
    return person


async def test_opening_and_amending_a_draft_take_at_most_eight_statements(given: Given):
    person = await given.member()
    once = {"Idempotency-Key": "a-key"}
    opened = await cost(given, lambda: person.post(PATH, json={"content": {}}, headers=once))
    draft = await given.draft(person)
    at, tag = f"{PATH}/{draft['number']}", {"If-Match": draft["etag"]}
    amended = await cost(given, lambda: person.patch(at, json={"content": {"title": "B"}}, headers=tag))
    assert (opened <= WRITE, amended <= WRITE) == (True, True), (opened, amended)


@pytest.mark.parametrize("move", ["submit", "withdraw"])
async def test_a_signed_transition_takes_as_many_statements_for_much_as_for_little(given: Given, move: str):
    counts = {}
    for name, person, content in (
        ("little", await given.member(), wide(1)),
        ("evidence", await given.member(), wide(40)),
        ("members", await crowded(given), wide(1)),
    ):
        draft = await ready(given, person, content)
        if move != "submit":
            filed = await given.move(person, draft["number"], "submit")
            assert filed.status_code == 200, filed.text
        number = draft["number"]
        counts[name] = await cost(given, lambda: given.move(person, number, move))  # noqa: B023 - awaited here
    assert len(set(counts.values())) == 1, counts
    assert counts["little"] <= budget(given.runtime.database, SIGNED), counts


async def _review(given: Given, person: Person, content: dict[str, Any], team: int) -> dict[str, int]:
    """What each step of a review costs, for a request with this content and so many reviewers beside the lead."""
    desk = await given.desk()
    number = (await ready(given, person, content))["number"]
    assert (await given.move(person, number, "submit")).status_code == 200
    for _ in range(team):
        body = {"person_id": str((await given.staff("reviewer")).id), "part": "team"}
        assert (await desk.coordinator.post(f"{PATH}/{number}/assignments", json=body)).status_code == 201
    soon = str(civil_date(given.runtime.now()) + timedelta(days=20))
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    answers = [{"question": 1, "text": "As said."}]
    amended = {"scalability": {"no_gmp_because": "Engineering runs."}}
    opens = [{"text": "Which lots?", "opens": ["/content/scalability"]}]
    said = {"outcome": "designate", "context_of_use": CONTEXT}
    steps: tuple[tuple[Person, str, dict[str, Any]], ...] = (
        (desk.coordinator, "accept", lead),
        (desk.lead, "request_information", {"reply_by": soon, "questions": opens}),
        (person, "respond", {"answers": answers, "content": amended}),
        (desk.lead, "recommend", said),
        (desk.signatory, "return_to_assessment", {"note": "Say more."}),
        (desk.lead, "recommend", said),
        (desk.signatory, "designate", DECISIONS["designate"]),
    )
    counts = {}
    for who, name, arguments in steps:
        if name == "recommend":
            await given.rated(desk, number)
        counts[name] = await cost(given, lambda: given.move(who, number, name, **arguments))  # noqa: B023 - awaited here
    return counts


async def test_a_review_takes_as_many_statements_for_much_as_for_little(given: Given):
    little = await _review(given, await given.member(), wide(1), team=0)
    much = await _review(given, await crowded(given), wide(40), team=6)
    assert much == little
    assert max(little.values()) <= budget(given.runtime.database, SIGNED), little


async def test_an_unsigned_transition_stays_in_the_same_budget(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    number = (await given.submitted(person))["number"]
    rejected = await cost(
        given,
        lambda: given.move(
            coordinator,
            number,
            "reject_technically",
            cause="wrong_program",
            note="Not ours.",
            written_agreement="Agreed.",
        ),
    )
    reinstated = await cost(given, lambda: given.move(coordinator, number, "reinstate", note="Ours."))
    assert max(rejected, reinstated) <= SIGNED, (rejected, reinstated)


async def test_a_read_takes_at_most_four_statements(given: Given):
    person = await given.member()
    number = (await given.submitted(person))["number"]
    counts = {path: await cost(given, lambda: person.get(f"{PATH}/{number}{path}")) for path in READS}  # noqa: B023 - awaited here
    for path in (PATH, f"{PATH}?status=received&sort=received_on", f"{PATH}?count=exact", "/v1/me"):
        counts[path] = await cost(given, lambda: person.get(path))  # noqa: B023 - awaited here
    assert max(counts.values()) <= READ, counts


async def test_a_page_takes_as_many_statements_whatever_it_holds(given: Given):
    person = await given.member()
    await given.draft(person)
    one = await cost(given, lambda: person.get(PATH))
    for _ in range(20):
        await given.draft(person)
    assert await cost(given, lambda: person.get(PATH)) == one


HOOKS = "/v1/webhook-endpoints"
ENGAGEMENTS = "/v1/engagements"


async def test_endpoints_and_their_log_are_read_in_four_statements_whatever_they_hold(given: Given):
    person = await given.member()
    endpoint = await given.endpoint(person, headers={"X-Team": "a"})
    await given.submitted(person)
    paths = [HOOKS, f"{HOOKS}/{endpoint['id']}"]
    paths += [f"{HOOKS}/{endpoint['id']}/deliveries{query}" for query in ("", "?status=pending&subject=x")]
    paths.append(f"/v1/webhook-deliveries/{(await given.deliveries(person, endpoint))[0]['id']}")
    few = {path: await cost(given, lambda: person.get(path)) for path in paths}  # noqa: B023 - awaited here
    for _ in range(5):
        await given.endpoint(person)
        await given.submitted(person)
    many = {path: await cost(given, lambda: person.get(path)) for path in paths}  # noqa: B023 - awaited here
    assert few == many
    assert max(few.values()) <= READ, few


async def test_an_endpoint_is_made_changed_and_deleted_within_the_budget_of_a_write(given: Given):
    person = await given.member()
    body = {"url": "https://hooks.partner.example/in", "event_types": ["*"]}
    once = {"Idempotency-Key": "a-key"}
    made = await cost(given, lambda: person.post(HOOKS, json=body, headers=once))
    endpoint = await given.endpoint(person)
    at, tag = f"{HOOKS}/{endpoint['id']}", {"If-Match": "*"}
    counts = {
        "make": made,
        "change": await cost(given, lambda: person.patch(at, json={"description": "x"}, headers=tag)),
        "test": await cost(given, lambda: person.post(f"{at}/test-deliveries")),
        "delete": await cost(given, lambda: person.delete(at, headers=tag)),
    }
    assert max(counts.values()) <= WRITE, counts


async def _costs_of_sending_again(given: Given, endpoints: int, filed: int) -> dict[str, int]:
    person = await given.member()
    first, *_ = [await given.endpoint(person) for _ in range(endpoints)]
    for _ in range(filed):
        await given.submitted(person)
    at, delivery = f"{HOOKS}/{first['id']}", (await given.deliveries(person, first))[0]["id"]
    calls: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
        "redeliver": lambda: person.post(f"/v1/webhook-deliveries/{delivery}/redeliveries"),
        "rotate": lambda: person.post(f"{at}/secret-rotations"),
        "disable": lambda: person.patch(at, json={"status": "disabled"}, headers={"If-Match": "*"}),
        "enable": lambda: person.patch(at, json={"status": "active"}, headers={"If-Match": "*"}),
        "recover": lambda: person.post(f"{at}/recoveries", json={"since": "2026-06-01T00:00:00Z"}),
    }
    return {name: await cost(given, call) for name, call in calls.items()}


async def test_what_tells_or_sends_again_takes_as_many_statements_for_much_as_for_little(given: Given):
    little = await _costs_of_sending_again(given, endpoints=2, filed=1)
    assert await _costs_of_sending_again(given, endpoints=9, filed=6) == little
    assert max(little.values()) <= SIGNED, little


async def test_engagements_are_opened_moved_and_read_within_the_budgets(given: Given):
    counts = []
    for owner in (await given.member(), await crowded(given)):
        desk = await given.staff("coordinator")
        made = await given.engagement(owner)
        at, content = f"{ENGAGEMENTS}/{made['number']}", made["content"]
        calls: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
            "ask": lambda: owner.post(ENGAGEMENTS, json={"content": content}),  # noqa: B023 - awaited here
            "accept": lambda: desk.post(f"{at}/transitions", json={"name": "accept"}),  # noqa: B023
            "tell": lambda: desk.post(f"{at}/updates", json={"text": "A word."}),  # noqa: B023
            "withdraw": lambda: owner.post(f"{at}/transitions", json={"name": "withdraw"}),  # noqa: B023
        }
        reads = {rest: await cost(given, lambda: owner.get(f"{at}{rest}")) for rest in ("", "/history")}  # noqa: B023
        reads["list"] = await cost(given, lambda: owner.get(f"{ENGAGEMENTS}?state=requested"))  # noqa: B023
        assert max(reads.values()) <= READ, reads
        counts.append({name: await cost(given, call) for name, call in calls.items()})
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= budget(given.runtime.database, SIGNED), counts
