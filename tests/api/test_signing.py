"""Proving a signature: password or step-up token, bound and short-lived, and a lock after five failures."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select

from app.domain import signatures
from app.services.keys import Owner, make
from app.services.passwords import Passwords
from app.store.idempotency import idempotent_answers
from app.store.logs import security_log
from app.store.people import people
from tests.given import PASSWORD, Given, Person
from tests.mail import letters
from tests.tables import snapshot

PATH = "/v1/designation-requests"


async def signer(given: Given) -> Person:
    """A signer who has a password."""
    person = await given.member()
    hashed = await given.runtime.passwords.hash(PASSWORD)
    async with given.runtime.database.writing() as db:
        await db.execute(people.update().where(people.c.id == person.id).values(password_hash=hashed))
    return person


async def submit(person: Person, number: str, **signature: str) -> httpx2.Response:
    signed = {"printed_name": person.name, "meaning": "authorship", **signature}
    return await person.post(f"{PATH}/{number}/transitions", json={"name": "submit", "signature": signed})


async def step_up(person: Person, password: str = PASSWORD, **sent: object) -> httpx2.Response:
    return await person.post("/v1/me/step-ups", json={"password": password}, **sent)


async def with_another_key(given: Given, person: Person) -> Person:
    async with given.runtime.database.writing() as db:
        key = await make(db, given.runtime.keyring, Owner(person.id), given.runtime.now())
    return Person(person.id, person.name, person.email, key.text, key.id, person.client, person.applicant_id)


async def actions_of(given: Given, person: Person) -> list[str]:
    async with given.runtime.database.reading() as db:
        query = select(security_log.c.action).where(security_log.c.subject_id == person.id)
        return list((await db.execute(query.order_by(security_log.c.seq))).scalars())


async def test_a_password_signs_and_so_does_a_token_that_stands_for_it(given: Given):
    person = await signer(given)
    first, second = await given.ready_draft(person), await given.ready_draft(person)
    assert (await submit(person, first["number"], password=PASSWORD)).status_code == 200
    token = (await step_up(person)).json()["step_up"]
    assert (await submit(person, second["number"], step_up=token)).status_code == 200


async def test_five_failures_lock_signing_for_fifteen_minutes_and_tell_the_owner(given: Given):
    person = await signer(given)
    number = (await given.ready_draft(person))["number"]
    before = await snapshot(given.runtime.database)
    for tries in range(5):
        refused = await submit(person, number, password="not the password")
        assert (refused.status_code, refused.json()["code"]) == (403, "signing-refused"), tries
        if tries == 3:
            assert await snapshot(given.runtime.database) == before
    locked = await submit(person, number, password=PASSWORD)
    assert (locked.status_code, locked.json()["code"]) == (423, "signing-locked")
    assert locked.json()["locked_until"] == "2026-06-01T15:15:00.000000Z"
    assert (await step_up(person)).status_code == 423
    assert [each.template for each in await letters(given.runtime, person.email)] == ["signing_locked"]
    assert await actions_of(given, person) == ["signing_failed"] * 5 + ["signing_locked"]
    given.runtime.now.move(minutes=14.9)
    assert (await submit(person, number, password=PASSWORD)).status_code == 423
    given.runtime.now.move(minutes=0.1)
    assert (await submit(person, number, password=PASSWORD)).status_code == 200


async def test_a_success_forgets_the_failures_before_it(given: Given):
    person = await signer(given)
    for _ in range(3):
        for _ in range(4):
            assert (await step_up(person, "wrong password")).status_code == 403
        assert (await step_up(person)).status_code == 201


async def test_guesses_sent_at_once_get_no_further_than_five(given: Given):
    person = await signer(given)
    # a queue of this test's own: one that is waited at belongs to its event loop
    given.runtime.passwords = Passwords(given.runtime.passwords.cost)
    # two are looked at together and the right one is the last in the queue
    guesses = [*(f"wrong password {number}" for number in range(20)), PASSWORD]
    answers = await asyncio.gather(*(step_up(person, guess) for guess in guesses))
    assert answers[-1].status_code == 423
    assert 201 not in {each.status_code for each in answers}
    async with given.runtime.database.reading() as db:
        query = select(security_log.c.action).where(security_log.c.subject_id == person.id)
        noted = (await db.execute(query)).scalars().all()
    assert (noted.count("signing_failed"), noted.count("signing_locked")) == (5, 1)
    assert len(await letters(given.runtime, person.email)) == 1
    given.runtime.now.move(minutes=15)
    assert (await step_up(person)).status_code == 201


async def test_one_persons_failures_lock_nobody_else(given: Given):
    person, other = await signer(given), await signer(given)
    for _ in range(5):
        await step_up(person, "wrong password")
    assert (await step_up(other)).status_code == 201


async def test_a_token_is_good_for_its_person_through_its_credential_alone(given: Given):
    person, other = await signer(given), await signer(given)
    colleague = await with_another_key(given, person)
    number, foreign = (await given.ready_draft(person))["number"], (await given.ready_draft(other))["number"]
    token = (await step_up(person)).json()["step_up"]
    assert (await submit(colleague, number, step_up=token)).status_code == 403
    assert (await submit(other, foreign, step_up=token)).status_code == 403
    assert (await submit(person, number, step_up=token)).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 403)])
async def test_a_token_is_good_for_five_minutes(given: Given, seconds, status):
    person = await signer(given)
    number = (await given.ready_draft(person))["number"]
    token = (await step_up(person)).json()["step_up"]
    given.runtime.now.move(seconds=seconds)
    assert (await submit(person, number, step_up=token)).status_code == status


async def test_a_token_that_was_changed_is_none(given: Given):
    person = await signer(given)
    number = (await given.ready_draft(person))["number"]
    token = (await step_up(person)).json()["step_up"]
    last = "B" if token[-1] == "A" else "A"
    for forged in (token[:-1] + last, "A" + token, token.replace(".", ""), token + ".", "é.é", "."):
        assert (await submit(person, number, step_up=forged)).status_code in {403, 423}
    given.runtime.now.move(minutes=16)
    ours, _ = signatures.step_up_token(
        given.runtime.keyring, person.id, person.key_id, given.runtime.now() + timedelta(minutes=1)
    )
    assert (await submit(person, number, step_up=ours)).status_code == 200


@pytest.mark.parametrize("signature", [{}, {"password": PASSWORD, "step_up": "x"}])
async def test_a_signature_has_one_proof(given: Given, signature):
    person = await signer(given)
    number = (await given.ready_draft(person))["number"]
    refused = await submit(person, number, **signature)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/signature")


async def test_the_printed_name_is_the_signers_own(given: Given):
    person = await signer(given)
    number = (await given.ready_draft(person))["number"]
    refused = await submit(person, number, password=PASSWORD, printed_name="Somebody Else")
    assert (refused.status_code, refused.json()["code"]) == (403, "signing-refused")


async def test_a_key_without_the_scope_to_sign_signs_nothing(given: Given):
    person = await given.member(scopes="requests:read requests:write")
    number = (await given.ready_draft(person))["number"]
    refused = await given.move(person, number, "submit")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_a_replayed_step_up_shows_the_same_token_which_no_table_holds_in_the_clear(given: Given):
    person = await signer(given)
    headers = {"Idempotency-Key": "once"}
    first = await step_up(person, headers=headers)
    assert (await step_up(person, headers=headers)).json() == first.json()
    async with given.runtime.database.reading() as db:
        kept = (await db.execute(select(idempotent_answers))).all()
    assert all(first.json()["step_up"].encode() not in each.body for each in kept)
