"""Claims: single use, for a time, and for the address that the mail came from alone."""

import re

import pytest

from app.store.applicants import members
from app.store.mail_claims import mail_claims
from app.store.people import people
from tests.domain.mails.corpus import mail
from tests.given import Given, Person
from tests.mail import letters
from tests.mail_in.given import arrive

ANA = "ana@northfield.example"


async def _token(given: Given) -> str:
    *_, letter = await letters(given.runtime, ANA)
    found = re.search(r"/v1/claims/(\S+)", letter.facts["claim"])
    assert found is not None
    return found.group(1)


async def _ana(given: Given, *, confirmed: bool = True) -> Person:
    person = await given.member(confirmed=confirmed)
    async with given.runtime.database.writing() as db:
        mine = people.update().where(people.c.id == person.id)
        await db.execute(mine.values(email=ANA, email_key=ANA))
    return person


async def test_whoever_has_the_address_takes_the_filing_over_and_submits_it(given: Given, clock):
    row = await arrive(given.runtime, mail())
    token, person = await _token(given), await _ana(given)
    assert (await person.get(f"/v1/designation-requests/{row.request_id}")).status_code == 404
    claimed = await person.post(f"/v1/claims/{token}")
    assert claimed.status_code == 201, claimed.text
    assert claimed.json()["applicant"]["name"] == "Ana Ruiz"
    found = (await person.get(f"/v1/designation-requests/{claimed.json()['number']}")).json()
    assert found["id"] == str(row.request_id)
    assert "submit" in {
        each["name"]
        for each in (await person.get(f"/v1/designation-requests/{row.request_id}/actions")).json()["items"]
    }


async def test_a_claim_is_good_once(given: Given):
    await arrive(given.runtime, mail())
    token, person = await _token(given), await _ana(given)
    assert (await person.post(f"/v1/claims/{token}")).status_code == 201
    assert (await person.post(f"/v1/claims/{token}")).status_code == 404


async def test_a_claim_ends(given: Given, clock):
    await arrive(given.runtime, mail())
    token, person = await _token(given), await _ana(given)
    clock.move(days=90)
    assert (await person.post(f"/v1/claims/{token}")).status_code == 404


async def test_a_coordinator_has_a_new_link_mailed_and_the_old_one_ends(given: Given, clock):
    row = await arrive(given.runtime, mail())
    old, person, coordinator = await _token(given), await _ana(given), await given.staff("coordinator")
    clock.move(days=100)
    path = f"/v1/incoming-mails/{row.id}/claim-links"
    assert (await person.post(path)).status_code == 404
    answered = await coordinator.post(path)
    assert answered.status_code == 201, answered.text
    new = await _token(given)
    assert new not in answered.text
    assert (await person.post(f"/v1/claims/{old}")).status_code == 404
    assert (await person.post(f"/v1/claims/{new}")).status_code == 201
    assert (await coordinator.post(path)).json()["code"] == "conflict"


@pytest.mark.parametrize("who", ["another", "unconfirmed", "staff"])
async def test_nobody_else_claims_it(given: Given, who: str):
    row = await arrive(given.runtime, mail())
    token = await _token(given)
    someone = {
        "another": given.member,
        "unconfirmed": lambda: _ana(given, confirmed=False),
        "staff": lambda: given.staff("coordinator"),
    }[who]
    person = await someone()
    answered = await person.post(f"/v1/claims/{token}")
    code = {"another": "not-permitted", "unconfirmed": "email-not-confirmed", "staff": "conflict"}[who]
    assert answered.json()["code"] == code
    if who != "staff":
        assert (await person.get(f"/v1/designation-requests/{row.request_id}")).status_code == 404
    async with given.runtime.database.reading() as db:
        joined = await db.execute(members.select().where(members.c.person_id == person.id))
        assert [each.applicant_id for each in joined] == ([person.applicant_id] if who != "staff" else [])


async def test_the_token_is_kept_as_a_hash_alone(given: Given):
    await arrive(given.runtime, mail())
    token = await _token(given)
    async with given.runtime.database.reading() as db:
        (row,) = await db.execute(mail_claims.select())
    assert token not in str(tuple(row))
