"""Consults: the question, the limited view, one opinion, and who may take it back."""

import asyncio
from uuid import uuid4

import pytest

from app.domain import exact_json
from app.domain.lifecycle import State
from tests import desk
from tests.api import routes
from tests.api.routes import FILE
from tests.desk import PATH
from tests.given import Given
from tests.mail import letters

PARTS = ["/content/criteria/quality", "/content/scalability/evidence/0"]


async def _cast(given: Given):
    """A reviewer, a consultant, and a request with two files."""
    owner, reviewer, consultant = (
        await given.member(),
        await given.staff("reviewer"),
        await given.staff("consultant"),
    )
    number = (await given.ready_draft(owner))["number"]
    files = [(await owner.post(f"{PATH}/{number}/attachments", **FILE)).json()["id"] for _ in range(2)]
    assert (await given.move(owner, number, "submit")).status_code == 200
    return owner, reviewer, consultant, number, files


async def test_a_consultant_sees_the_named_parts_and_files_and_nothing_else(given: Given):
    owner, reviewer, consultant, number, files = await _cast(given)
    asked = await desk.ask(
        reviewer, number, consultant, parts=PARTS, attachments=files[:1], due_on="2026-07-01"
    )
    own = f"/v1/consults/{asked['id']}"
    seen = exact_json.decode((await consultant.get(own)).content)
    content = exact_json.decode((await owner.get(f"{PATH}/{number}")).content)["content"]
    assert seen["parts"] == [
        {"pointer": PARTS[0], "value": content["criteria"]["quality"]},
        {"pointer": PARTS[1], "value": content["scalability"]["evidence"][0]},
    ]
    assert [each["id"] for each in seen["attachments"]] == files[:1]
    assert (seen["number"], seen["due_on"], seen["status"]) == (number, "2026-07-01", "open")
    assert (await consultant.get(f"{own}/attachments/{files[0]}/content")).content == b"Plain notes."
    part = await consultant.get(f"{own}/attachments/{files[0]}/content", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"Plain")
    assert (await consultant.get(f"{own}/attachments/{files[1]}/content")).status_code == 404
    assert content["title"] not in (await consultant.get(own)).text

    document = given.client._transport.app.openapi()
    for each in routes.walk(given.client._transport.app):
        if (
            not each.path.startswith(PATH)
            or "{reference}" not in each.path
            or each.path.endswith("/opinions")
        ):
            continue
        ids = {**routes.absent(each.path), "reference": number, "aid": files[0], "consult_id": asked["id"]}
        answered = await consultant.call(
            each.method, each.path.format_map(ids), **routes.sendable(document, each)
        )
        assert answered.status_code == 404, f"{each.name}: {answered.text}"
    assert (await consultant.get(f"{PATH}?count=exact")).json()["total"] == 0
    assert (await consultant.get("/v1/events")).status_code == 403


async def test_a_consult_does_not_exist_for_anybody_else(given: Given):
    owner, reviewer, consultant, number, files = await _cast(given)
    asked = await desk.ask(reviewer, number, consultant, attachments=files)
    own = f"/v1/consults/{asked['id']}"
    for someone in (owner, reviewer, await given.staff("consultant"), await given.staff("coordinator")):
        assert (await someone.get(own)).status_code == 404
        assert (await someone.get(f"{own}/attachments/{files[0]}/content")).status_code == 404
    for someone in (owner, await given.staff("coordinator")):
        assert (await someone.get("/v1/consults")).status_code == 404
    assert await desk.items(await given.staff("consultant"), "/v1/consults") == []
    assert (await consultant.get(f"/v1/consults/{uuid4()}")).status_code == 404


async def test_the_letters_say_where_to_look_and_nothing_of_what_is_there(given: Given):
    _, reviewer, consultant, number, _ = await _cast(given)
    asked = await desk.ask(reviewer, number, consultant, question="Is the secret margin right?")
    [letter] = await letters(given.runtime, consultant.email)
    assert (letter.template, set(letter.facts)) == ("consult_asked", {"number", "link", "due"})
    assert letter.facts["link"].endswith(f"/v1/consults/{asked['id']}")
    at = f"{PATH}/{number}/consults/{asked['id']}/opinions"
    assert (await consultant.post(at, json={"text": "A secret opinion."})).status_code == 201
    [told] = await letters(given.runtime, reviewer.email)
    assert (told.template, set(told.facts)) == ("opinion_given", {"number", "link"})
    journal = (await reviewer.get(f"{PATH}/{number}/events")).text
    assert "consult_asked" in journal
    assert "opinion_given" in journal
    assert "secret" not in journal


async def test_an_opinion_is_given_once_by_the_consultant_alone(given: Given):
    owner, reviewer, consultant, number, _ = await _cast(given)
    asked = await desk.ask(reviewer, number, consultant)
    at = f"{PATH}/{number}/consults/{asked['id']}/opinions"
    for someone, status in ((owner, 404), (reviewer, 403), (await given.staff("consultant"), 404)):
        assert (await someone.post(at, json={"text": "Mine."})).status_code == status
    answered = await asyncio.gather(*(consultant.post(at, json={"text": f"No. {n}"}) for n in range(3)))
    assert sorted(each.status_code for each in answered) == [201, 409, 409]
    [kept] = await desk.items(reviewer, f"{PATH}/{number}/consults")
    assert (kept["status"], kept["consultant"]["id"]) == ("answered", str(consultant.id))
    assert kept["opinion"] == next(each for each in answered if each.status_code == 201).json()["opinion"]
    assert (await consultant.get(f"/v1/consults/{asked['id']}")).json()["opinion"] == kept["opinion"]
    elsewhere = f"{PATH}/{(await given.submitted(owner))['number']}/consults/{asked['id']}/opinions"
    assert (await consultant.post(elsewhere, json={"text": "Wrong door."})).status_code == 404


async def test_a_consult_is_cancelled_by_who_asked_or_a_coordinator_and_shows_nothing_more(given: Given):
    owner, reviewer, consultant, number, files = await _cast(given)
    coordinator, other = await given.staff("coordinator"), await given.staff("reviewer")
    first = await desk.ask(reviewer, number, consultant, attachments=files)
    second = await desk.ask(reviewer, number, consultant)
    at = f"{PATH}/{number}/consults"
    for someone, status in ((owner, 404), (other, 403), (consultant, 404)):
        assert (await someone.post(f"{at}/{first['id']}/cancellations")).status_code == status
    cancelled = await reviewer.post(f"{at}/{first['id']}/cancellations")
    assert (cancelled.status_code, cancelled.json()["status"]) == (201, "cancelled")
    assert (await reviewer.post(f"{at}/{first['id']}/cancellations")).status_code == 409
    assert (await coordinator.post(f"{at}/{second['id']}/cancellations")).status_code == 201
    refused = await consultant.post(f"{at}/{first['id']}/opinions", json={"text": "Too late."})
    assert refused.status_code == 409
    seen = (await consultant.get(f"/v1/consults/{first['id']}")).json()
    assert (seen["status"], seen["parts"], seen["attachments"]) == ("cancelled", [], [])
    at = f"/v1/consults/{first['id']}/attachments/{files[0]}/content"
    assert (await consultant.get(at)).status_code == 404
    told = [each.template for each in await letters(given.runtime, consultant.email)]
    assert told == ["consult_asked", "consult_asked", "consult_cancelled", "consult_cancelled"]


async def test_own_consults_come_open_ones_first_page_by_page(given: Given):
    _, reviewer, consultant, number, _ = await _cast(given)
    made = [(await desk.ask(reviewer, number, consultant))["id"] for _ in range(5)]
    for done in (made[0], made[3]):
        at = f"{PATH}/{number}/consults/{done}/opinions"
        assert (await consultant.post(at, json={"text": "Yes."})).status_code == 201
    seen, path = [], "/v1/consults?limit=2"
    while path:
        page = (await consultant.get(path)).json()
        seen += [each["id"] for each in page["items"]]
        path = page["next_cursor"] and f"/v1/consults?limit=2&cursor={page['next_cursor']}"
    assert seen == [made[1], made[2], made[4], made[0], made[3]]


async def test_a_conflict_ends_the_sight_of_a_consult_too(given: Given):
    _, reviewer, _, number, files = await _cast(given)
    expert = await given.staff("reviewer")
    asked = await desk.ask(reviewer, number, expert, attachments=files)
    own = f"/v1/consults/{asked['id']}"
    assert (await expert.get(own)).status_code == 200
    assert (await expert.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    assert (await expert.get(own)).status_code == 404
    assert (await expert.get(f"{own}/attachments/{files[0]}/content")).status_code == 404
    assert await desk.items(expert, "/v1/consults") == []
    at = f"{PATH}/{number}/consults/{asked['id']}/opinions"
    assert (await expert.post(at, json={"text": "Still here."})).status_code == 404
    refused = await reviewer.post(
        f"{PATH}/{number}/consults",
        json={"kind": "catt", "consultant_id": str(expert.id), "question": "?", "parts": ["/content/title"]},
    )
    assert refused.json()["errors"][0]["rule"] == "recused"


async def test_no_letter_reaches_an_asker_who_has_declared_a_conflict_since(given: Given):
    _, reviewer, consultant, number, _ = await _cast(given)
    asked = await desk.ask(reviewer, number, consultant)
    assert (await reviewer.post(f"{PATH}/{number}/conflicts", json={})).status_code == 201
    at = f"{PATH}/{number}/consults/{asked['id']}/opinions"
    assert (await consultant.post(at, json={"text": "Yes."})).status_code == 201
    assert await letters(given.runtime, reviewer.email) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"parts": ["/content/nowhere"]}, "/parts/0"),
        ({"parts": ["/content/title", "/content/scalability/evidence/99"]}, "/parts/1"),
        ({"parts": ["/content"]}, "/parts/0"),
        ({"parts": ["/readiness"]}, "/parts/0"),
        ({"attachments": [str(uuid4())]}, "/attachments/0"),
        ({"due_on": "2026-05-31"}, "/due_on"),
        ({"consultant_id": str(uuid4())}, "/consultant_id"),
        ({"kind": "friend"}, "/kind"),
        ({"question": ""}, "/question"),
    ],
)
async def test_what_cannot_be_asked_is_said_member_by_member(given: Given, change, pointer):
    _, reviewer, consultant, number, _ = await _cast(given)
    body = {"kind": "ett", "consultant_id": str(consultant.id), "question": "?", "parts": ["/content/title"]}
    refused = await reviewer.post(f"{PATH}/{number}/consults", json={**body, **change})
    assert refused.status_code == 422, refused.text
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [pointer]
    assert await desk.items(reviewer, f"{PATH}/{number}/consults") == []


async def test_only_reviewers_ask_and_only_while_the_review_lasts(given: Given):
    owner, reviewer, consultant, number, _ = await _cast(given)
    body = {"kind": "ett", "consultant_id": str(consultant.id), "question": "?", "parts": ["/content/title"]}
    at = f"{PATH}/{number}/consults"
    for someone, status in ((owner, 404), (await given.staff("coordinator"), 403), (consultant, 404)):
        assert (await someone.post(at, json=body)).status_code == status
    myself = await reviewer.post(at, json={**body, "consultant_id": str(reviewer.id)})
    assert myself.json()["errors"][0]["rule"] == "self"
    asked = await desk.ask(reviewer, number, consultant)
    await desk.put(given, number, State.DESIGNATED)
    assert (await reviewer.post(at, json=body)).status_code == 409
    late = await consultant.post(f"{at}/{asked['id']}/opinions", json={"text": "Late."})
    assert late.status_code == 409
