"""People of the program: added and changed by administrators, never members of an applicant, never without one."""

import asyncio
from typing import get_args

import pytest
from sqlalchemy import select

from app.api.staff import StaffRole
from app.domain.policy import STAFF_ROLES
from app.store.idempotency import idempotent_answers
from app.store.people import people
from tests.given import Given
from tests.mail import letters
from tests.tables import snapshot

PATH = "/v1/staff"
PAT = {
    "name": "Pat Lee",
    "email": "pat@program.example",
    "roles": ["reviewer", "coordinator"],
    "center": "CDER",
}


def test_every_role_of_staff_can_be_given_and_no_other():
    assert set(get_args(StaffRole)) == set(STAFF_ROLES)


async def test_an_administrator_adds_a_person_whose_key_and_password_work_at_once(given: Given):
    admin = await given.staff("admin")
    answered = await admin.post(PATH, json=PAT)
    assert answered.status_code == 201, answered.text
    body = answered.json()
    assert (body["roles"], body["center"], body["active"]) == (["coordinator", "reviewer"], "CDER", True)
    headers = {"Authorization": f"Bearer {body['api_key']}"}
    me = (await given.client.get("/v1/me", headers=headers)).json()
    assert (me["person_id"], me["audience"], me["email_confirmed"]) == (body["id"], "program", True)
    proof = {"password": body["password"]}
    assert (await given.client.post("/v1/me/step-ups", json=proof, headers=headers)).status_code == 201
    shown = await admin.get(answered.headers["location"])
    assert shown.headers["etag"] == answered.headers["etag"]
    assert body["api_key"] not in shown.text
    assert body["password"] not in shown.text
    told = {letter.to for letter in await letters(given.runtime)}
    assert told == {admin.email, "pat@program.example"}


async def test_a_replay_adds_nobody_and_its_secrets_are_sealed(given: Given):
    admin = await given.staff("admin")
    headers = {"Idempotency-Key": "pat"}
    first, again = [await admin.post(PATH, json=PAT, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    async with given.runtime.database.reading() as db:
        [kept] = (await db.execute(select(idempotent_answers))).all()
    assert kept.sealed == 1
    assert first.json()["password"].encode() not in kept.body


async def test_nobody_is_both_staff_and_member(given: Given):
    admin, member = await given.staff("admin"), await given.member()
    before = await snapshot(given.runtime.database)
    for email in (member.email, member.email.upper(), admin.email):
        refused = await admin.post(PATH, json={**PAT, "email": email})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert await snapshot(given.runtime.database) == before


async def test_an_address_that_was_never_confirmed_reserves_nothing(given: Given):
    admin, newcomer = await given.staff("admin"), await given.member(confirmed=False)
    assert (await admin.post(PATH, json={**PAT, "email": newcomer.email})).status_code == 201


@pytest.mark.parametrize("role", sorted(STAFF_ROLES - {"admin"}))
async def test_no_other_staff_sees_or_changes_staff(given: Given, role):
    admin, other = await given.staff("admin"), await given.staff(role)
    weak = await given.staff("admin")
    before = await snapshot(given.runtime.database)
    one = f"{PATH}/{admin.id}"
    calls = (
        ("GET", PATH, {}),
        ("POST", PATH, {"json": PAT}),
        ("GET", one, {}),
        ("PATCH", one, {"json": {"roles": ["auditor"]}, "headers": {"If-Match": "*"}}),
    )
    for method, path, sent in calls:
        refused = await other.call(method, path, **sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted"), method
    assert await snapshot(given.runtime.database) == before
    assert (await weak.get(PATH)).status_code == 200


async def test_to_applicants_and_machines_the_program_has_no_people(given: Given):
    admin, member = await given.staff("admin"), await given.member()
    body = {"label": "machine", "scopes": ["requests:read"]}
    key = (await member.post(f"/v1/applicants/{member.applicant_id}/api-keys", json=body)).json()["api_key"]
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
    for path in (PATH, f"{PATH}/{admin.id}", f"{PATH}/{member.id}"):
        assert (await member.get(path)).status_code == 404
        assert (await given.client.get(path, headers=headers)).status_code == 404
    assert (await member.post(PATH, json=PAT)).status_code == 404
    patch = await member.patch(f"{PATH}/{admin.id}", json={"active": False}, headers={"If-Match": "*"})
    assert patch.status_code == 404
    assert (await admin.get(f"{PATH}/{member.id}")).status_code == 404


async def test_a_change_of_roles_counts_at_the_next_call_and_is_told(given: Given):
    admin, pat = await given.staff("admin"), await given.staff("coordinator", center="CDER")
    path = f"{PATH}/{pat.id}"
    tag = (await admin.get(path)).headers["etag"]
    assert (await admin.patch(path, json={"roles": ["auditor"]})).status_code == 428
    changed = await admin.patch(path, json={"roles": ["auditor"], "center": None}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["roles"], changed.json()["center"]) == (
        200,
        ["auditor"],
        None,
    )
    assert (await admin.patch(path, json={"name": "P"}, headers={"If-Match": tag})).status_code == 412
    assert (await pat.get("/v1/me")).json()["roles"] == ["auditor"]
    told = [letter for letter in await letters(given.runtime) if letter.template == "staff_changed"]
    assert {letter.to for letter in told} == {admin.email, pat.email}
    renamed = await admin.patch(path, json={"name": "P"}, headers={"If-Match": changed.headers["etag"]})
    assert renamed.json()["name"] == "P"
    assert len(await letters(given.runtime)) == 2


async def test_a_closed_account_opens_nothing_and_opened_again_it_has_a_new_key(given: Given):
    admin, pat = await given.staff("admin"), await given.staff("coordinator")
    path = f"{PATH}/{pat.id}"
    closed = await admin.patch(path, json={"active": False}, headers={"If-Match": "*"})
    assert (closed.json()["active"], "api_key" in closed.json()) == (False, False)
    assert (await pat.get("/v1/me")).status_code == 401
    opened = await admin.patch(path, json={"active": True}, headers={"If-Match": closed.headers["etag"]})
    assert opened.json()["active"] is True
    assert (await admin.get(path)).headers["etag"] == opened.headers["etag"]
    assert (await pat.get("/v1/me")).status_code == 401  # what was out of hand stays so
    pat.key = opened.json()["api_key"]
    assert (await pat.get("/v1/me")).status_code == 200


async def test_the_last_administrator_stays_whoever_tries(given: Given):
    first, second = await given.staff("admin"), await given.staff("admin")
    calls = (first.patch, second.patch)
    answers = await asyncio.gather(
        *(
            call(f"{PATH}/{person.id}", json={"roles": ["auditor"]}, headers={"If-Match": "*"})
            for call, person in zip(calls, (second, first), strict=True)
        )
    )
    assert sorted(each.status_code for each in answers) in ([200, 403], [200, 409])
    async with given.runtime.database.reading() as db:
        roles = (await db.execute(select(people.c.staff_roles))).scalars().all()
    assert sorted(roles) == ["admin", "auditor"]
    left = first if (await first.get(PATH)).status_code == 200 else second
    for patch in ({"roles": ["auditor"]}, {"active": False}):
        refused = await left.patch(f"{PATH}/{left.id}", json=patch, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"roles": ["signer"]}, "/roles/0"),
        ({"roles": []}, "/roles"),
        ({"roles": None}, ""),
        ({"active": None}, ""),
        ({"center": "CVM"}, "/center"),
        ({"email": "other@program.example"}, "/email"),
    ],
)
async def test_what_cannot_be_is_refused_member_by_member(given: Given, patch, pointer):
    admin = await given.staff("admin")
    refused = await admin.patch(f"{PATH}/{admin.id}", json=patch, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_staff_are_paged(given: Given):
    admin = await given.staff("admin")
    others = [await given.staff("reviewer") for _ in range(3)]
    first = await admin.get(f"{PATH}?limit=2")
    rest = await admin.get(first.links["next"]["url"])
    ids = [each["id"] for each in first.json()["items"] + rest.json()["items"]]
    assert ids == [str(each.id) for each in (admin, *others)]
