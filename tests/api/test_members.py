"""Members: nobody is bound without accepting, the last signer stays, and lost access is told."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.services.registrations import email_key
from app.store.invitations import invitations
from app.store.logs import security_log
from app.store.people import people
from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot

ADDRESS = "bo@northfield.example"


async def invite(person: Person, email: str = ADDRESS, role: str = "preparer") -> httpx2.Response:
    return await person.post(
        f"/v1/applicants/{person.applicant_id}/members", json={"email": email, "role": role}
    )


async def token_to(given: Given, email: str) -> str:
    """The token in the newest invitation to the address."""
    sent = [each for each in await letters(given.runtime, email) if each.template == "invitation"]
    link = sent[-1].facts["link"]
    assert link.startswith("http://127.0.0.1:8000/v1/invitations/")
    return link.removesuffix("/acceptances").rpartition("/")[2]


async def accept(person: Person, token: str) -> httpx2.Response:
    return await person.post(f"/v1/invitations/{token}/acceptances")


async def holds(given: Given, person: Person, email: str, *, confirmed: bool = True) -> None:
    """The person's address becomes this one."""
    at = given.runtime.now() if confirmed else None
    values = {"email": email, "email_key": email_key(email), "email_confirmed_at": at}
    async with given.runtime.database.writing() as db:
        await db.execute(people.update().where(people.c.id == person.id).values(**values))


async def roles(person: Person) -> dict[str, str]:
    answered = await person.get(f"/v1/applicants/{person.applicant_id}/members")
    assert answered.status_code == 200, answered.text
    return {each["person_id"]: each["role"] for each in answered.json()["items"]}


async def tag(person: Person, member: Person) -> dict[str, str]:
    at = f"/v1/applicants/{person.applicant_id}/members/{member.id}"
    return {"If-Match": (await person.get(at)).headers["etag"]}


async def change(person: Person, member: Person, role: str, **more: Any) -> httpx2.Response:
    headers = more or await tag(person, member)
    at = f"/v1/applicants/{person.applicant_id}/members/{member.id}"
    return await person.patch(at, json={"role": role}, headers=headers)


async def remove(person: Person, member: Person) -> httpx2.Response:
    at = f"/v1/applicants/{person.applicant_id}/members/{member.id}"
    return await person.delete(at, headers=await tag(person, member))


async def test_an_invitation_binds_when_the_invited_accepts_and_not_before(given: Given):
    signer, newcomer = await given.member(), await given.member()
    await holds(given, newcomer, "Bo@Northfield.example")
    made = await invite(signer, role="signer")
    assert made.status_code == 201, made.text
    assert made.json()["expires_at"] == "2026-06-15T15:00:00.000000Z"
    at = f"/v1/applicants/{signer.applicant_id}"
    assert (await newcomer.get(at)).status_code == 404
    assert await roles(signer) == {str(signer.id): "signer"}
    accepted = await accept(newcomer, await token_to(given, ADDRESS))
    assert accepted.status_code == 201, accepted.text
    assert accepted.json()["applicant"]["id"] == str(signer.applicant_id)
    assert (await newcomer.get(at)).status_code == 200
    assert await roles(signer) == {str(signer.id): "signer", str(newcomer.id): "signer"}


async def test_only_a_confirmed_holder_of_the_invited_address_can_accept(given: Given):
    signer, other, unconfirmed = [await given.member() for _ in range(3)]
    await holds(given, unconfirmed, ADDRESS, confirmed=False)
    await invite(signer)
    token = await token_to(given, ADDRESS)
    before = await snapshot(given.runtime.database)
    for caller, code in ((other, "not-permitted"), (unconfirmed, "email-not-confirmed")):
        refused = await accept(caller, token)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await given.client.post(f"/v1/invitations/{token}/acceptances")).status_code in {401, 422}
    assert await snapshot(given.runtime.database) == before


async def test_staff_accepts_no_invitation(given: Given):
    signer, staff = await given.member(), await given.staff("reviewer")
    await invite(signer, staff.email)
    refused = await accept(staff, await token_to(given, staff.email))
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(("days", "status"), [(13.99, 201), (14, 404)])
async def test_an_invitation_lasts_fourteen_days(given: Given, days, status):
    signer, newcomer = await given.member(), await given.member()
    await invite(signer, newcomer.email)
    given.runtime.now.move(days=days)
    assert (await accept(newcomer, await token_to(given, newcomer.email))).status_code == status


async def test_an_invitation_is_good_once_and_gives_way_to_the_next(given: Given):
    signer, newcomer = await given.member(), await given.member()
    await invite(signer, newcomer.email, "signer")
    first = await token_to(given, newcomer.email)
    await invite(signer, newcomer.email, "preparer")
    second = await token_to(given, newcomer.email)
    assert (await accept(newcomer, first)).status_code == 404
    answers = await asyncio.gather(*(accept(newcomer, second) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 404, 404]
    assert (await roles(signer))[str(newcomer.id)] == "preparer"
    again = await invite(signer, newcomer.email)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_only_the_keyed_hash_of_a_token_is_kept(given: Given):
    signer = await given.member()
    await invite(signer)
    token = await token_to(given, ADDRESS)
    async with given.runtime.database.reading() as db:
        [kept] = (await db.execute(invitations.select())).all()
    assert kept.token_digest == given.runtime.keyring.mac("invitation", token.encode()).hex()
    assert all(token not in str(cell) for cell in kept)


async def test_open_invitations_are_listed_and_can_be_withdrawn(given: Given):
    signer, newcomer = await given.member(), await given.member()
    await invite(signer, newcomer.email)
    at = f"/v1/applicants/{signer.applicant_id}/invitations"
    [listed] = (await signer.get(at)).json()["items"]
    assert listed["email"] == newcomer.email
    token = await token_to(given, newcomer.email)
    one = f"{at}/{listed['id']}"
    headers = {"If-Match": (await signer.get(one)).headers["etag"]}
    assert (await signer.delete(one)).status_code == 428
    assert (await signer.delete(one, headers={"If-Match": '"x"'})).status_code == 412
    assert (await signer.delete(one, headers=headers)).status_code == 204
    assert (await signer.get(at)).json()["items"] == []
    assert (await signer.get(one)).status_code == 404
    assert (await accept(newcomer, token)).status_code == 404


async def test_who_cannot_manage_invites_nobody(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    unconfirmed = await given.member("signer", signer.applicant_id, confirmed=False)
    reader = await given.member("signer", signer.applicant_id, scopes="requests:read")
    for caller, code in (
        (preparer, "not-permitted"),
        (unconfirmed, "email-not-confirmed"),
        (reader, "not-permitted"),
    ):
        refused = await invite(caller)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert await letters(given.runtime) == []


async def test_an_address_is_not_flooded_and_an_applicant_does_not_flood(given: Given):
    signers = [await given.member() for _ in range(7)]
    for signer in signers:
        assert (await invite(signer)).status_code == 201
    assert len(await letters(given.runtime, ADDRESS)) == 5
    for number in range(29):
        assert (await invite(signers[0], f"bo{number}@northfield.example")).status_code == 201
    refused = await invite(signers[0])
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")


async def test_a_signer_changes_a_role_and_both_sides_are_told(given: Given):
    signer = await given.member()
    second = await given.member("signer", signer.applicant_id)
    changed = await change(signer, second, "preparer")
    assert (changed.status_code, changed.json()["role"]) == (200, "preparer")
    assert changed.headers["etag"] == (await tag(signer, second))["If-Match"]
    told = {(each.to, each.template) for each in await letters(given.runtime)}
    assert told == {(second.email, "access_lost"), (signer.email, "member_left")}
    refused = await change(second, signer, "preparer")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_one_taken_off_sees_nothing_any_more_and_both_sides_are_told(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    number = (await given.draft(preparer))["number"]
    assert (await remove(signer, preparer)).status_code == 204
    assert (await preparer.get(f"/v1/designation-requests/{number}")).status_code == 404
    assert (await preparer.get(f"/v1/applicants/{signer.applicant_id}")).status_code == 404
    told = {(each.to, each.template, each.facts["change"]) for each in await letters(given.runtime)}
    assert told == {
        (preparer.email, "access_lost", "no longer preparer"),
        (signer.email, "member_left", "no longer preparer"),
    }
    async with given.runtime.database.reading() as db:
        noted = (await db.execute(select(security_log.c.action))).scalars().all()
    assert noted == ["member_removed"]


async def test_a_member_may_leave_by_itself(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    assert (await remove(preparer, preparer)).status_code == 204
    assert await roles(signer) == {str(signer.id): "signer"}


async def test_the_last_signer_stays_whatever_way_it_would_go(given: Given):
    signer = await given.member()
    await given.member("preparer", signer.applicant_id)
    before = await snapshot(given.runtime.database)
    for refused in (await remove(signer, signer), await change(signer, signer, "preparer")):
        assert (refused.status_code, refused.json()["code"]) == (409, "last-signer")
    assert await snapshot(given.runtime.database) == before


async def test_of_two_signers_who_take_each_other_off_at_once_one_stays(given: Given):
    for _ in range(3):
        one = await given.member()
        other = await given.member("signer", one.applicant_id)
        tags = [await tag(one, other), await tag(other, one)]
        at = f"/v1/applicants/{one.applicant_id}/members"
        answers = await asyncio.gather(
            one.delete(f"{at}/{other.id}", headers=tags[0]), other.delete(f"{at}/{one.id}", headers=tags[1])
        )
        assert sorted(each.status_code for each in answers) == [204, 404]
        left = one if answers[0].status_code == 204 else other
        assert await roles(left) == {str(left.id): "signer"}


async def test_a_change_needs_the_present_tag(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    stale = await tag(signer, preparer)
    at = f"/v1/applicants/{signer.applicant_id}/members/{preparer.id}"
    assert (await signer.patch(at, json={"role": "signer"})).status_code == 428
    assert (await signer.delete(at)).status_code == 428
    assert (await change(signer, preparer, "signer")).status_code == 200
    assert (await signer.delete(at, headers=stale)).status_code == 412
    assert (await change(signer, preparer, "preparer", **stale)).status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        {"email": "not an address", "role": "preparer"},
        {"email": ADDRESS, "role": "integrator"},
        {"email": ADDRESS, "role": "admin"},
        {"email": ADDRESS},
        {"email": ADDRESS, "role": "signer", "applicant_id": "1"},
    ],
)
async def test_an_invitation_has_an_address_and_a_role_of_the_applicants_side(given: Given, body):
    signer = await given.member()
    refused = await signer.post(f"/v1/applicants/{signer.applicant_id}/members", json=body)
    assert refused.status_code == 422
