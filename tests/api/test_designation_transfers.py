"""Transfers: a designation passes to another holder by the signatures of both, and neither reads the other's time."""

import asyncio

import pytest

from app.store.designation_records import signatures
from tests.api.test_designations import authorized, publish
from tests.designation_given import PATH, granted, move
from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot


async def offered(given: Given, holder: Person, number: str, to: Person):
    body = {"to": str(to.applicant_id), "signature": given.signature(holder)}
    return await holder.post(f"{PATH}/{number}/transfers", json=body)


async def accepted(given: Given, who: Person, number: str, id: str):
    return await who.post(
        f"{PATH}/{number}/transfers/{id}/acceptances", json={"signature": given.signature(who)}
    )


async def closed(who: Person, number: str, id: str):
    return await who.delete(f"{PATH}/{number}/transfers/{id}", headers={"If-Match": "*"})


async def test_an_accepted_offer_makes_another_the_holder(given: Given):
    holder, heir, party = await given.member(), await given.member(), await given.member()
    number = await granted(given, holder)
    await authorized(given, holder, number, party)
    await publish(holder, number)
    await move(given, holder, number, "notify_change")
    assert (await heir.get(f"{PATH}/{number}")).status_code == 404
    offer = (await offered(given, holder, number, heir)).json()
    part = (await heir.get(f"{PATH}/{number}")).json()
    assert part["transfer_offer"] == {"id": offer["id"], "expires_at": offer["expires_at"]}
    assert "pending_change" not in part
    taken = await accepted(given, heir, number, offer["id"])
    assert taken.status_code == 201, taken.text
    assert taken.json()["holder"]["id"] == str(heir.applicant_id)
    assert taken.json()["designation_request"] is None
    assert taken.json()["method"]["method_id"] is None
    # the old holder has it no more, its request stays its own; what it gave stays
    assert (await holder.get(f"{PATH}/{number}")).status_code == 404
    assert (await holder.get("/v1/designation-requests/AMT-2026-00001")).status_code == 200
    assert (await heir.get("/v1/designation-requests/AMT-2026-00001")).status_code == 404
    assert (await party.get(f"{PATH}/{number}")).status_code == 200
    assert len((await heir.get(f"{PATH}/{number}/authorizations")).json()["items"]) == 1
    # consent to publish was the old holder's
    assert (await given.client.get("/v1/public/designations")).json()["items"] == []
    assert (await heir.get(f"{PATH}/{number}/transfers/{offer['id']}")).json()["state"] == "accepted"
    async with given.runtime.database.reading() as db:
        acts = [row.act for row in await db.execute(signatures.select().order_by(signatures.c.id))]
    assert acts == ["offer_transfer", "accept_transfer"]
    for email in (holder.email, heir.email):
        told = [each.template for each in await letters(given.runtime, email)]
        assert told[-2:] == ["designation_transfer_offered", "designation_transferred"]
    assert (await letters(given.runtime, party.email))[-1].template == "designation_transferred"


async def test_each_holder_reads_its_own_time(given: Given):
    holder, heir, staff = await given.member(), await given.member(), await given.staff("reviewer")
    number = await granted(given, holder)
    await move(given, holder, number, "notify_change")
    offer = (await offered(given, holder, number, heir)).json()
    await accepted(given, heir, number, offer["id"])
    timeline = "/v1/designation-requests/AMT-2026-00001/timeline"
    before = (await holder.get(timeline)).json()
    await move(given, staff, number, "acknowledge_change")
    assert (await holder.get(timeline)).json() == before
    assert before["items"][-1]["what"] == "designation_transferred"
    history = (await heir.get(f"{PATH}/{number}/history")).json()["items"]
    assert [each["what"] for each in history] == ["transferred", "change_acknowledged"]
    whole = (await staff.get(f"{PATH}/{number}/history")).json()["items"]
    assert len(whole) == 5
    told = (await staff.get(timeline)).json()["items"]
    assert told[-1]["what"] == "designation_change_acknowledged"


async def test_events_of_a_transfer_go_to_both_and_those_after_it_to_the_new_holder(given: Given):
    holder, heir, staff = await given.member(), await given.member(), await given.staff("reviewer")
    hooks = {holder.id: await given.endpoint(holder), heir.id: await given.endpoint(heir)}
    number = await granted(given, holder)
    await move(given, holder, number, "notify_change")
    offer = (await offered(given, holder, number, heir)).json()
    await accepted(given, heir, number, offer["id"])
    await move(given, staff, number, "acknowledge_change")

    async def told(person: Person) -> list[str]:
        sent = await given.deliveries(person, hooks[person.id], "?limit=200")
        return [each["type"] for each in sent if each["subject"] == number][::-1]

    assert sorted(await told(holder)) == [
        "designation.granted",
        "designation.status_changed",
        "designation.status_changed",
        "designation.transferred",
    ]
    assert sorted(await told(heir)) == ["designation.status_changed", "designation.transferred"]


async def test_an_offer_expires_by_itself_and_makes_room(given: Given, clock):
    holder, heir, other = await given.member(), await given.member(), await given.member()
    number = await granted(given, holder)
    offer = (await offered(given, holder, number, heir)).json()
    assert (await offered(given, holder, number, other)).json()["code"] == "conflict"
    clock.move(days=30)
    assert (await accepted(given, heir, number, offer["id"])).status_code == 404
    assert (await heir.get(f"{PATH}/{number}")).status_code == 404
    assert (await holder.get(f"{PATH}/{number}/transfers/{offer['id']}")).json()["state"] == "expired"
    assert (await offered(given, holder, number, other)).status_code == 201
    states = [each["state"] for each in (await holder.get(f"{PATH}/{number}/transfers")).json()["items"]]
    assert states == ["expired", "offered"]


@pytest.mark.parametrize("closer", ["holder", "heir"])
async def test_an_offer_is_withdrawn_by_its_holder_and_declined_by_the_other(given: Given, closer):
    holder, heir = await given.member(), await given.member()
    number = await granted(given, holder)
    offer = (await offered(given, holder, number, heir)).json()
    who = holder if closer == "holder" else heir
    assert (await closed(who, number, offer["id"])).status_code == 204
    state = (await holder.get(f"{PATH}/{number}/transfers/{offer['id']}")).json()["state"]
    assert state == ("withdrawn" if closer == "holder" else "declined")
    assert (await closed(holder, number, offer["id"])).status_code == 409
    assert (await heir.get(f"{PATH}/{number}")).status_code == 404
    assert (await offered(given, holder, number, heir)).status_code == 201


async def test_who_may_not_neither_offers_nor_accepts(given: Given):
    holder, heir, staff = await given.member(), await given.member(), await given.staff("signatory")
    preparer = await given.member("preparer", holder.applicant_id)
    theirs = await given.member("preparer", heir.applicant_id)
    number = await granted(given, holder)
    for someone in (preparer, staff):
        assert (await offered(given, someone, number, heir)).status_code in {403, 422}
    offer = (await offered(given, holder, number, heir)).json()
    before = await snapshot(given.runtime.database)
    for someone in (holder, preparer, theirs, staff):
        assert (await accepted(given, someone, number, offer["id"])).status_code == 403
    for someone in (preparer, theirs, staff):
        assert (await closed(someone, number, offer["id"])).status_code == 403
    assert await snapshot(given.runtime.database) == before


async def test_offers_that_cannot_be(given: Given):
    holder, heir, signatory = await given.member(), await given.member(), await given.staff("signatory")
    number = await granted(given, holder)
    newcomer = await given.member("signer", holder.applicant_id, confirmed=False)
    assert (await offered(given, newcomer, number, heir)).json()["code"] == "email-not-confirmed"
    own = await offered(given, holder, number, holder)
    assert own.json()["errors"][0]["rule"] == "another-applicant"
    offer = (await offered(given, holder, number, heir)).json()
    await move(given, signatory, number, "propose_end")
    refused = await accepted(given, heir, number, offer["id"])
    assert refused.status_code == 409
    await closed(holder, number, offer["id"])
    assert (await offered(given, holder, number, heir)).status_code == 409


async def test_an_end_closes_an_open_offer(given: Given):
    holder, heir = await given.member(), await given.member()
    number = await granted(given, holder)
    offer = (await offered(given, holder, number, heir)).json()
    await move(given, holder, number, "end_by_holder")
    assert (await holder.get(f"{PATH}/{number}/transfers/{offer['id']}")).json()["state"] == "ended"
    assert (await accepted(given, heir, number, offer["id"])).status_code == 404


async def test_of_parallel_acceptance_and_withdrawal_one_wins(given: Given):
    holder, heir = await given.member(), await given.member()
    number = await granted(given, holder)
    offer = (await offered(given, holder, number, heir)).json()
    acts = [accepted(given, heir, number, offer["id"]) for _ in range(3)]
    acts += [closed(holder, number, offer["id"]) for _ in range(3)]
    answers = await asyncio.gather(*acts)
    won = [each.status_code for each in answers if each.is_success]
    assert len(won) == 1, [each.text for each in answers]
    assert {each.status_code for each in answers if not each.is_success} <= {404, 409}
    staff = await given.staff("auditor")
    shown = (await staff.get(f"{PATH}/{number}")).json()
    expected = heir if won == [201] else holder
    assert shown["holder"]["id"] == str(expected.applicant_id)
