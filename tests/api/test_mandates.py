"""Mandates: what an agent may do for its principal, for how long, and that both sides know."""

from typing import Any

import pytest

from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot

REQUESTS = "/v1/designation-requests"


def at(person: Person) -> str:
    return f"/v1/applicants/{person.applicant_id}/mandates"


async def given_mandate(principal: Person, agent: Person, *scope: str, **more: Any) -> dict[str, Any]:
    body = {"agent": str(agent.applicant_id), "scope": list(scope), **more}
    answered = await principal.post(at(principal), json=body)
    assert answered.status_code == 201, answered.text
    return {**answered.json(), "etag": answered.headers["etag"]}


async def test_an_agent_drafts_and_submits_for_its_principal(given: Given):
    principal, agent = await given.member(), await given.member()
    await given_mandate(principal, agent, "draft", "submit")
    body = {"content": {"title": "For the principal"}, "applicant_id": str(principal.applicant_id)}
    drafted = await agent.post(REQUESTS, json=body)
    assert drafted.json()["applicant"]["id"] == str(principal.applicant_id)
    assert (await principal.get(f"{REQUESTS}/{drafted.json()['number']}")).status_code == 200
    ready = await given.ready_draft(principal)
    assert (await given.move(agent, ready["number"], "submit")).status_code == 200


@pytest.mark.parametrize(
    ("scope", "reads", "drafts", "submits"),
    [
        ("read", 200, 403, 403),
        ("draft", 200, 201, 403),
        ("submit", 200, 403, 200),
        ("respond", 200, 403, 403),
        ("withdraw", 200, 403, 403),
    ],
)
async def test_a_mandate_gives_what_it_names_and_no_more(given: Given, scope, reads, drafts, submits):
    principal, agent = await given.member(), await given.member()
    ready = await given.ready_draft(principal)
    assert (await agent.get(f"{REQUESTS}/{ready['number']}")).status_code == 404
    await given_mandate(principal, agent, scope)
    assert (await agent.get(f"{REQUESTS}/{ready['number']}")).status_code == reads
    extended = await agent.post(f"{REQUESTS}/{ready['number']}/extensions")
    assert extended.status_code == drafts
    assert (await given.move(agent, ready["number"], "submit")).status_code == submits


async def test_a_preparer_of_the_agent_signs_for_nobody(given: Given):
    principal, agent = await given.member(), await given.member()
    preparer = await given.member("preparer", agent.applicant_id)
    ready = await given.ready_draft(principal)
    await given_mandate(principal, agent, "draft", "submit")
    assert (await preparer.get(f"{REQUESTS}/{ready['number']}")).status_code == 200
    assert (await given.move(preparer, ready["number"], "submit")).status_code == 403


async def test_no_mandate_lets_an_agent_manage_its_principal(given: Given):
    principal, agent = await given.member(), await given.member()
    mandate = await given_mandate(principal, agent, "read", "draft", "submit", "respond", "withdraw")
    home = f"/v1/applicants/{principal.applicant_id}"
    assert (await agent.get(home)).status_code == 200
    before = await snapshot(given.runtime.database)
    for method, path, sent in (
        ("GET", f"{home}/mandates", {}),
        ("GET", f"{home}/members", {}),
        ("GET", f"{home}/methods", {}),
        ("GET", f"{home}/api-keys", {}),
        ("POST", f"{home}/mandates", {"json": {"agent": str(agent.applicant_id), "scope": "read"}}),
        ("DELETE", f"{home}/mandates/{mandate['id']}", {"headers": {"If-Match": "*"}}),
        ("POST", f"{home}/methods", {"json": {"name": "Theirs"}}),
    ):
        assert (await agent.call(method, path, **sent)).status_code == 403, (method, path)
    assert await snapshot(given.runtime.database) == before


@pytest.mark.parametrize(
    ("days", "seen"),
    [(-1, False), (0, True), (29, True), (30, False)],
    ids=["early", "first", "last", "late"],
)
async def test_a_mandate_is_good_from_its_first_day_to_its_last(given: Given, days, seen):
    principal, agent = await given.member(), await given.member()
    draft = await given.draft(principal)
    await given_mandate(principal, agent, "read", **{"from": "2026-06-02", "until": "2026-07-01"})
    given.runtime.now.move(days=days + 1)  # the clock starts on 1 June
    found = await agent.get(f"{REQUESTS}/{draft['number']}")
    assert (found.status_code == 200) == seen


async def test_it_is_good_from_today_until_it_is_ended_where_nothing_is_said(given: Given):
    principal, agent = await given.member(), await given.member()
    mandate = await given_mandate(principal, agent, "read")
    assert (mandate["from"], mandate["until"], mandate["ended_at"]) == ("2026-06-01", None, None)
    assert mandate["principal"]["id"] == str(principal.applicant_id)
    one = await principal.post(at(principal), json={"agent": str(agent.applicant_id), "scope": "read"})
    assert (one.status_code, one.json()["scope"]) == (201, ["read"])


@pytest.mark.parametrize("side", ["principal", "agent"])
async def test_signers_of_either_side_end_it_at_once_and_both_sides_are_told(given: Given, side):
    principal, agent = await given.member(), await given.member()
    draft = await given.draft(principal)
    mandate = await given_mandate(principal, agent, "read", "draft")
    told = [letter for letter in await letters(given.runtime) if letter.template == "mandate_given"]
    assert {letter.to for letter in told} == {principal.email, agent.email}
    who = {"principal": principal, "agent": agent}[side]
    path = f"{at(who)}/{mandate['id']}"
    assert (await who.get(path)).headers["etag"] == mandate["etag"]
    assert (await who.delete(path)).status_code == 428
    ended = await who.delete(path, headers={"If-Match": mandate["etag"]})
    assert ended.status_code == 204
    assert (await agent.get(f"{REQUESTS}/{draft['number']}")).status_code == 404
    told = [letter for letter in await letters(given.runtime) if letter.template == "mandate_ended"]
    assert {letter.to for letter in told} == {principal.email, agent.email}
    kept = (await who.get(path)).json()
    assert kept["ended_at"] is not None
    again = await who.delete(path, headers={"If-Match": "*"})
    assert again.status_code == 204
    assert (await who.get(path)).json() == kept


async def test_a_preparer_gives_no_mandate_and_a_stranger_sees_none(given: Given):
    principal, agent, stranger = await given.member(), await given.member(), await given.member()
    preparer = await given.member("preparer", principal.applicant_id)
    mandate = await given_mandate(principal, agent, "read")
    body = {"agent": str(agent.applicant_id), "scope": "read"}
    assert (await preparer.post(at(principal), json=body)).status_code == 403
    assert (await preparer.get(at(principal))).json()["items"][0]["id"] == mandate["id"]
    for path in (at(principal), f"{at(principal)}/{mandate['id']}", f"{at(stranger)}/{mandate['id']}"):
        assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(at(principal), json=body)).status_code == 404
    assert (
        await stranger.delete(f"{at(stranger)}/{mandate['id']}", headers={"If-Match": "*"})
    ).status_code == 404


async def test_whose_address_is_not_confirmed_mails_nobody(given: Given):
    newcomer, agent = await given.member(confirmed=False), await given.member()
    body = {"agent": str(agent.applicant_id), "scope": "read"}
    refused = await newcomer.post(at(newcomer), json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "email-not-confirmed")
    assert await letters(given.runtime) == []


async def test_what_is_no_mandate_is_refused_member_by_member(given: Given):
    principal, agent = await given.member(), await given.member()
    foreign = await given.draft(agent)
    sound = {"agent": str(agent.applicant_id), "scope": ["read"]}
    nobody = "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"
    rows: list[tuple[dict[str, Any], str]] = [
        ({"agent": nobody}, "/agent"),
        ({"agent": str(principal.applicant_id)}, "/agent"),
        ({"agent": "the consultant"}, "/agent"),
        ({"principal": str(agent.applicant_id)}, "/principal"),
        ({"scope": []}, "/scope"),
        ({"scope": ["sign"]}, "/scope"),
        ({"until": "2026-05-31"}, "/until"),
        ({"from": "2026-08-01", "until": "2026-07-31"}, "/until"),
        ({"from": "2026-13-01"}, "/from"),
        ({"attachment": nobody}, "/attachment"),
        ({"attachment": foreign["id"]}, "/attachment"),
        ({"since": "2026-06-01"}, "/since"),
    ]
    before = await snapshot(given.runtime.database)
    for spoiled, pointer in rows:
        refused = await principal.post(at(principal), json={**sound, **spoiled})
        assert refused.status_code == 422, (spoiled, refused.text)
        assert refused.json()["errors"][0]["pointer"].startswith(pointer), refused.text
    assert await snapshot(given.runtime.database) == before


async def test_the_paper_of_a_mandate_is_a_file_of_the_principal(given: Given):
    principal, agent = await given.member(), await given.member()
    draft = await given.draft(principal)
    file = {"file": ("mandate.txt", b"May act for us.", "text/plain")}
    path = f"{REQUESTS}/{draft['number']}/attachments"
    attached = await principal.post(path, files=file, data={"kind": "authorization_letter"})
    mandate = await given_mandate(principal, agent, "read", attachment=attached.json()["id"])
    assert mandate["attachment"] == attached.json()["id"]


async def test_mandates_are_paged_with_those_that_are_over(given: Given):
    principal = await given.member()
    agents = [await given.member() for _ in range(3)]
    made = [await given_mandate(principal, agent, "read") for agent in agents]
    await principal.delete(f"{at(principal)}/{made[0]['id']}", headers={"If-Match": "*"})
    first = await principal.get(f"{at(principal)}?limit=2")
    rest = await principal.get(first.links["next"]["url"])
    ids = [each["id"] for each in first.json()["items"] + rest.json()["items"]]
    assert ids == [each["id"] for each in made]
    other = await agents[0].get(f"{at(agents[0])}?cursor={first.json()['next_cursor']}")
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/query/cursor")
