"""Registration: from nothing to a first draft, and what proves an address."""

from typing import Any, get_args

import httpx2
import pytest
from sqlalchemy import func, select

from app.api.runtime import Runtime
from app.domain.vocabulary import ApplicantType
from app.services.passwords import PRODUCTION, Passwords
from app.store.idempotency import idempotent_answers
from app.store.people import people
from app.store.registrations import registrations
from app.store.schema import metadata
from tests.given import PASSWORD, Given
from tests.mail import letters

PATH = "/v1/registrations"


def newcomer(email: str = "ana@northfield.example", type: str = "cdmo") -> dict[str, Any]:
    applicant = {"name": "Northfield Bioworks", "type": type, "country": "US"}
    if type == "other":
        applicant["type_detail"] = "a patients' association"
    return {
        "applicant": applicant,
        "person": {"name": "Ana Ruiz", "email": email, "password": PASSWORD},
    }


async def registered(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    answered = await client.post(PATH, json=newcomer(**more))
    assert answered.status_code == 201, answered.text
    return answered.json()


async def codes(runtime: Runtime, email: str) -> list[str]:
    return [
        letter.facts["code"]
        for letter in await letters(runtime, email)
        if letter.template == "confirmation_code"
    ]


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def confirm(client: httpx2.AsyncClient, made: dict[str, Any], code: str) -> httpx2.Response:
    return await client.post(f"{PATH}/{made['id']}/confirmations", json={"code": code})


async def called(client: httpx2.AsyncClient, made: dict[str, Any], path: str = "/v1/me") -> dict[str, Any]:
    answered = await client.get(path, headers={"Authorization": f"Bearer {made['api_key']}"})
    assert answered.status_code == 200, answered.text
    return answered.json()


async def test_every_type_of_applicant_gets_from_nothing_to_a_draft_in_two_calls(given: Given):
    for each in get_args(ApplicantType):
        made = await registered(given.client, email=f"ana@{each.replace('_', '-')}.example", type=each)
        headers = {"Authorization": f"Bearer {made['api_key']}"}
        opened = await given.client.post("/v1/designation-requests", json={"content": {}}, headers=headers)
        assert (opened.status_code, opened.json()["applicant"]["type"]) == (201, each), opened.text
        assert made["email_confirmed"] is False


async def test_another_says_what_it_is(given: Given):
    body = newcomer(type="other")
    del body["applicant"]["type_detail"]
    refused = await given.client.post(PATH, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/applicant")


@pytest.mark.parametrize(
    ("identifiers", "status"),
    [
        ({"fei": "1234567", "duns": "123456789", "unii": "362O9ITL9D", "dmf": "012345"}, 201),
        ({"duns": {"none_because": "A lone developer has none."}}, 201),
        ({"duns": "12345678"}, 422),
        ({"fei": "12345678"}, 422),
        ({"unii": "362O9ITL9E"}, 422),
        ({"application_number": "NDA12345"}, 422),
        ({"lei": "5493001KJTIIGC8Y1R12"}, 422),
    ],
)
async def test_identifiers_are_checked_and_may_say_why_there_is_none(given: Given, identifiers, status):
    body = newcomer()
    body["applicant"]["identifiers"] = identifiers
    assert (await given.client.post(PATH, json=body)).status_code == status


async def test_the_code_from_the_mail_confirms_the_address_and_does_so_again(given: Given):
    made = await registered(given.client)
    assert not (await called(given.client, made))["email_confirmed"]
    [code] = await codes(given.runtime, "ana@northfield.example")
    for _ in range(2):
        confirmed = await confirm(given.client, made, code)
        assert (confirmed.status_code, confirmed.json()["email_confirmed"]) == (200, True)
    assert (await called(given.client, made))["email_confirmed"]


async def test_five_wrong_codes_spend_the_right_one_and_a_fresh_one_is_good_again(given: Given):
    made = await registered(given.client)
    [code] = await codes(given.runtime, "ana@northfield.example")
    for _ in range(5):
        refused = await confirm(given.client, made, other_code(code))
        assert (refused.status_code, refused.json()["code"]) == (422, "code-refused")
    assert (await confirm(given.client, made, code)).status_code == 422
    given.runtime.now.move(minutes=2)
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    resent = await given.client.post("/v1/me/confirmation-codes", headers=headers)
    assert resent.status_code == 202
    fresh = (await codes(given.runtime, "ana@northfield.example"))[-1]
    assert (await confirm(given.client, made, fresh)).status_code == 200


async def test_four_wrong_codes_leave_the_right_one_good(given: Given):
    made = await registered(given.client)
    [code] = await codes(given.runtime, "ana@northfield.example")
    for _ in range(4):
        assert (await confirm(given.client, made, other_code(code))).status_code == 422
    assert (await confirm(given.client, made, code)).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(14.9, 200), (15, 422), (60, 422)])
async def test_a_code_is_good_for_fifteen_minutes(given: Given, minutes, status):
    made = await registered(given.client)
    [code] = await codes(given.runtime, "ana@northfield.example")
    given.runtime.now.move(minutes=minutes)
    assert (await confirm(given.client, made, code)).status_code == status


async def test_an_unconfirmed_address_reserves_nothing_and_its_first_confirmer_is_told_to_the_rival(
    given: Given,
):
    first = await registered(given.client, email="Ana@Northfield.example")
    second = await registered(given.client)
    assert first.keys() == second.keys()
    codes_sent = await codes(given.runtime, "ana@northfield.example")
    assert (await confirm(given.client, second, codes_sent[-1])).status_code == 200
    told = [letter.template for letter in await letters(given.runtime)]
    assert told.count("address_claimed") == 1
    [late] = await codes(given.runtime, "Ana@Northfield.example")
    refused = await confirm(given.client, first, late)
    assert (refused.status_code, refused.json()["code"]) == (422, "code-refused")
    assert not (await called(given.client, first))["email_confirmed"]


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_word_instead_of_a_code(given: Given):
    first = await registered(given.client)
    [code] = await codes(given.runtime, "ana@northfield.example")
    await confirm(given.client, first, code)
    second = await registered(given.client)
    assert second.keys() == first.keys()
    assert (await letters(given.runtime))[-1].template == "address_known"
    assert await codes(given.runtime, "ana@northfield.example") == [code]


async def test_an_address_gets_five_mails_an_hour_and_still_the_same_answer(given: Given):
    for _ in range(7):
        await registered(given.client)
    assert len(await codes(given.runtime, "ana@northfield.example")) == 5
    given.runtime.now.move(minutes=61)
    await registered(given.client)
    assert len(await codes(given.runtime, "ana@northfield.example")) == 6


async def test_a_source_may_register_thirty_times_an_hour(given: Given):
    for number in range(30):
        await registered(given.client, email=f"ana{number}@northfield.example")
    refused = await given.client.post(PATH, json=newcomer())
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    given.runtime.now.move(minutes=61)
    await registered(given.client)


async def test_asking_for_another_code_waits_a_minute(given: Given):
    made = await registered(given.client)
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    refused = await given.client.post("/v1/me/confirmation-codes", headers=headers)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")


async def test_asking_again_counts_among_the_five_mails_an_hour(given: Given):
    made = await registered(given.client)
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    statuses = []
    for _ in range(6):
        given.runtime.now.move(minutes=2)
        statuses.append((await given.client.post("/v1/me/confirmation-codes", headers=headers)).status_code)
    assert statuses == [202] * 4 + [429] * 2
    assert len(await codes(given.runtime, "ana@northfield.example")) == 5
    given.runtime.now.move(minutes=60)
    assert (await given.client.post("/v1/me/confirmation-codes", headers=headers)).status_code == 202


async def test_where_no_code_was_mailed_there_is_none_to_guess(given: Given):
    made = [await registered(given.client) for _ in range(6)]
    async with given.runtime.database.reading() as db:
        kept = {str(row.id): row.code_digest for row in await db.execute(registrations.select())}
    assert [kept[each["id"]] is None for each in made] == [False] * 5 + [True]
    assert (await confirm(given.client, made[-1], "000000")).status_code == 422


async def test_a_replay_shows_the_key_again_and_the_store_never_holds_it_in_the_clear(given: Given):
    headers = {"Idempotency-Key": "first-try"}
    first = await given.client.post(PATH, json=newcomer(), headers=headers)
    again = await given.client.post(PATH, json=newcomer(), headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    key = first.json()["api_key"].encode()
    async with given.runtime.database.reading() as db:
        [kept] = (await db.execute(select(idempotent_answers))).all()
        assert (await db.execute(select(func.count()).select_from(people))).scalar_one() == 1
    assert kept.sealed == 1
    assert key not in kept.body
    assert b"first-try" not in kept.body
    assert "first-try" not in kept.key_digest


async def test_neither_key_nor_password_nor_code_stands_in_any_table(given: Given):
    made = await registered(given.client)
    [code] = await codes(given.runtime, "ana@northfield.example")
    async with given.runtime.database.reading() as db:
        for table in metadata.sorted_tables:
            cells = [str(cell) for row in await db.execute(table.select()) for cell in row]
            assert not any(secret in cell for cell in cells for secret in (made["api_key"], PASSWORD))
            assert code not in cells


async def test_a_password_costs_what_owasp_advises_and_no_password_never_matches():
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.cost == PRODUCTION
    assert await passwords.verify(PASSWORD, hashed)
    assert not await passwords.verify(PASSWORD + "!", hashed)
    assert not await passwords.verify("nobody's password", None)
    assert not await passwords.verify(PASSWORD, "plain text")
