"""API keys: a person's own and a machine's; what they may be, how they are replaced, and that their end is told."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.domain.policy import Scope
from app.store.api_keys import api_keys
from app.store.idempotency import idempotent_answers
from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot

OWN = "/v1/me/api-keys"
READER = {"label": "laptop", "scopes": ["requests:read"]}


def machines_of(person: Person) -> str:
    return f"/v1/applicants/{person.applicant_id}/api-keys"


async def made(person: Person, path: str, **more: Any) -> dict[str, Any]:
    answered = await person.post(path, json={**READER, **more})
    assert answered.status_code == 201, answered.text
    return {**answered.json(), "etag": answered.headers["etag"]}


async def who(given: Given, key: str) -> tuple[int, dict[str, Any]]:
    answered = await given.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"})
    return answered.status_code, answered.json()


async def test_a_person_makes_a_key_that_can_do_less_and_is_told(given: Given):
    person = await given.member()
    key = await made(person, OWN)
    status, me = await who(given, key["api_key"])
    assert (status, me["person_id"], me["scopes"]) == (200, str(person.id), ["requests:read"])
    [letter] = await letters(given.runtime, person.email)
    assert (letter.template, letter.facts["prefix"]) == ("key_created", key["prefix"])
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    refused = await given.client.post("/v1/designation-requests", json={"content": {}}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_a_key_is_shown_once_and_otherwise_by_its_prefix(given: Given):
    person = await given.member()
    key = await made(person, OWN)
    at = f"{OWN}/{key['id']}"
    shown = await person.get(at)
    assert shown.json()["prefix"] == key["api_key"].removeprefix("amtdp_")[:12]
    assert shown.headers["etag"] == key["etag"]
    for path in (at, OWN):
        assert key["api_key"] not in (await person.get(path)).text


async def test_no_key_makes_one_that_can_do_more(given: Given):
    reader = await given.member(scopes="requests:read")
    refused = await reader.post(OWN, json={"label": "more", "scopes": ["requests:read", "requests:sign"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    strong = await given.member()
    weak = await made(strong, OWN)
    headers = {"Authorization": f"Bearer {weak['api_key']}"}
    path = f"{OWN}/{strong.key_id}/rotations"
    refused = await given.client.post(path, json={}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_a_machine_reads_for_its_applicant_alone_and_never_signs(given: Given):
    signer = await given.member()
    draft = await given.ready_draft(signer)
    stranger = await given.member()
    foreign = await given.draft(stranger)
    key = await made(signer, machines_of(signer), scopes=["requests:read", "events:read"])
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    status, me = await who(given, key["api_key"])
    assert (status, me["person_id"], me["roles"]) == (200, None, ["integrator"])
    path = "/v1/designation-requests"
    assert (await given.client.get(f"{path}/{draft['number']}", headers=headers)).status_code == 200
    assert (await given.client.get(f"{path}/{foreign['number']}", headers=headers)).status_code == 404
    body = {"name": "submit", "signature": given.signature(signer)}
    signed = await given.client.post(f"{path}/{draft['number']}/transitions", json=body, headers=headers)
    assert (signed.status_code, signed.json()["code"]) == (403, "not-permitted")
    assert (await given.client.get(OWN, headers=headers)).status_code == 404


@pytest.mark.parametrize("scope", ["requests:write", "requests:sign"])
async def test_a_machine_cannot_be_given_what_only_persons_do(given: Given, scope):
    signer = await given.member()
    refused = await signer.post(machines_of(signer), json={"label": "robot", "scopes": [scope]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scopes")


async def test_every_scope_can_be_given_to_a_person(given: Given):
    person = await given.member()
    key = await made(person, OWN, scopes=[scope.value for scope in Scope])
    assert set(key["scopes"]) == set(Scope)


async def test_only_a_signer_of_the_applicant_deals_with_its_machines(given: Given):
    signer = await given.member()
    key = await made(signer, machines_of(signer))
    preparer = await given.member("preparer", signer.applicant_id)
    staff = await given.staff("admin", "coordinator")
    stranger = await given.member()
    calls = (
        ("GET", "", {}),
        ("POST", "", {"json": READER}),
        ("GET", f"/{key['id']}", {}),
        ("POST", f"/{key['id']}/rotations", {"json": {}}),
        ("DELETE", f"/{key['id']}", {"headers": {"If-Match": "*"}}),
    )
    before = await snapshot(given.runtime.database)
    for caller, status in ((preparer, 403), (staff, 404), (stranger, 404)):
        for method, rest, sent in calls:
            answered = await caller.call(method, machines_of(signer) + rest, **sent)
            assert answered.status_code == status, (method, rest)
    elsewhere = await stranger.get(f"{machines_of(stranger)}/{key['id']}")
    assert elsewhere.status_code == 404
    assert (await stranger.get(f"{OWN}/{signer.key_id}")).status_code == 404
    assert await snapshot(given.runtime.database) == before


async def test_a_rotated_key_stays_good_for_the_overlap_and_no_longer(given: Given):
    signer = await given.member()
    old = await made(signer, machines_of(signer), expires_at="2026-08-30T15:00:00Z")
    given.runtime.now.move(days=10)
    path = f"{machines_of(signer)}/{old['id']}/rotations"
    rotated = await signer.post(path, json={"overlap_hours": 2})
    assert rotated.status_code == 201, rotated.text
    new = rotated.json()
    assert (new["label"], new["scopes"]) == (old["label"], old["scopes"])
    assert new["expires_at"] == "2026-09-09T15:00:00.000000Z"  # as long a life as the old one had
    shown = (await signer.get(f"{machines_of(signer)}/{old['id']}")).json()
    assert shown["replaced_by"] == new["id"]
    for moved, statuses in ((1.9, [200, 200]), (0.2, [401, 200])):
        given.runtime.now.move(hours=moved)
        assert [(await who(given, each["api_key"]))[0] for each in (old, new)] == statuses


async def test_a_key_is_rotated_once_and_not_after_its_end(given: Given):
    person = await given.member()
    key = await made(person, OWN)
    path = f"{OWN}/{key['id']}/rotations"
    answers = await asyncio.gather(*(person.post(path, json={}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    ended = await made(person, OWN)
    await person.delete(f"{OWN}/{ended['id']}", headers={"If-Match": ended["etag"]})
    assert (await person.post(f"{OWN}/{ended['id']}/rotations", json={})).status_code == 409


async def test_a_person_rotates_the_key_it_calls_with(given: Given):
    person = await given.member()
    rotated = await person.post(f"{OWN}/{person.key_id}/rotations", json={"overlap_hours": 0})
    assert rotated.status_code == 201, rotated.text
    assert (await who(given, person.key))[0] == 401
    assert (await who(given, rotated.json()["api_key"]))[0] == 200


async def test_a_revoked_key_opens_nothing_at_once_and_those_who_lose_it_are_told(given: Given):
    signer = await given.member()
    other = await given.member(applicant_id=signer.applicant_id)
    unconfirmed = await given.member(applicant_id=signer.applicant_id, confirmed=False)
    key = await made(signer, machines_of(signer))
    at = f"{machines_of(signer)}/{key['id']}"
    assert (await signer.delete(at)).status_code == 428
    assert (await signer.delete(at, headers={"If-Match": '"stale"'})).status_code == 412
    assert (await who(given, key["api_key"]))[0] == 200
    assert (await signer.delete(at, headers={"If-Match": key["etag"]})).status_code == 204
    assert (await who(given, key["api_key"]))[0] == 401
    told = [letter.to for letter in await letters(given.runtime) if letter.template == "key_revoked"]
    assert sorted(told) == sorted([signer.email, other.email])
    assert unconfirmed.email not in told
    again = (await signer.get(at)).headers["etag"]
    assert (await signer.delete(at, headers={"If-Match": again})).status_code == 204
    assert len([each for each in await letters(given.runtime) if each.template == "key_revoked"]) == 2


async def test_using_a_key_is_noted_and_does_not_change_its_tag(given: Given):
    person = await given.member()
    key = await made(person, OWN)
    given.runtime.now.move(minutes=5)
    await who(given, key["api_key"])
    await given.runtime.uses.write(given.runtime.database)
    shown = await person.get(f"{OWN}/{key['id']}")
    assert shown.json()["last_used_at"] == "2026-06-01T15:05:00.000000Z"
    assert shown.headers["etag"] == key["etag"]


async def test_an_earlier_use_that_is_written_late_changes_nothing(given: Given):
    person = await given.member()
    runtime = given.runtime
    start = runtime.now()
    runtime.now.move(minutes=5)
    runtime.uses.note(person.key_id, runtime.now())
    await runtime.uses.write(runtime.database)
    runtime.uses.note(person.key_id, start)
    await runtime.uses.write(runtime.database)
    async with runtime.database.reading() as db:
        query = api_keys.select().where(api_keys.c.id == person.key_id)
        assert (await db.execute(query)).one().last_used_at == runtime.now()


async def test_an_unknown_key_has_no_use(given: Given):
    await who(given, "amtdp_nothing")
    await given.runtime.uses.write(given.runtime.database)
    assert given.runtime.uses.waiting == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**READER, "expires_at": "2026-06-01T15:00:00Z"}, "/expires_at"),
        ({**READER, "expires_at": "2026-06-01T16:00:00"}, "/expires_at"),
        ({**READER, "scopes": []}, "/scopes"),
        ({**READER, "scopes": ["everything"]}, "/scopes/0"),
        ({**READER, "label": ""}, "/label"),
        ({**READER, "label": "a\nb"}, "/label"),
        ({"scopes": ["requests:read"]}, "/label"),
        ({**READER, "owner": "me"}, "/owner"),
    ],
)
async def test_what_is_no_key_is_refused_member_by_member(given: Given, body, pointer):
    person = await given.member()
    refused = await person.post(OWN, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_keys_are_paged_and_each_is_listed_once(given: Given):
    person = await given.member()
    for _ in range(4):
        await made(person, OWN)
    seen: list[str] = []
    path = f"{OWN}?limit=2"
    while path:
        answered = await person.get(path)
        seen += [each["id"] for each in answered.json()["items"]]
        path = answered.links["next"]["url"] if "next" in answered.links else ""
    assert len(seen) == len(set(seen)) == 5
    assert str(person.key_id) in seen


async def test_a_replayed_key_is_sealed_and_the_same(given: Given):
    person = await given.member()
    headers = {"Idempotency-Key": "make-it-once"}
    first, again = [await person.post(OWN, json=READER, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    key = first.json()["api_key"]
    rows = (await snapshot_of_answers(given)).pop()
    assert (rows.sealed, key.encode() in rows.body) == (1, False)


async def snapshot_of_answers(given: Given) -> list[Any]:
    async with given.runtime.database.reading() as db:
        return list(await db.execute(idempotent_answers.select()))


async def test_there_are_at_most_a_hundred_keys(given: Given):
    person = await given.member()
    async with given.runtime.database.writing() as db:
        for number in range(99):
            row = {
                "id": UUID(int=number + 1),
                "lookup": f"{number:012d}",
                "digest": "0" * 64,
                "person_id": person.id,
                "scopes": "requests:read",
                "created_at": given.runtime.now(),
            }
            await db.execute(api_keys.insert(), row)
    refused = await person.post(OWN, json=READER)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
