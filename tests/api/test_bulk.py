"""Many transitions in one call: each with a result of its own, and what is refused leaves nothing behind."""

import asyncio

from tests.given import Given
from tests.tables import snapshot

PATH = "/v1/designation-requests"
BULK = f"{PATH}/bulk-transitions"


def _returned(number: str, note: str = "Say more.") -> dict[str, object]:
    return {"reference": number, "transition": {"name": "return_to_assessment", "note": note}}


async def test_each_item_succeeds_or_is_refused_for_itself(given: Given):
    person, desk = await given.member(), await given.desk()
    first = (await given.recommended(person, desk))["number"]
    received = (await given.submitted(person))["number"]
    second = (await given.recommended(person, desk))["number"]
    before = await snapshot(given.runtime.database)
    items = [_returned(each) for each in (second, received, "AMT-2026-99999", first)]
    answered = await desk.signatory.post(BULK, json={"items": items})
    assert answered.status_code == 200, answered.text
    results = answered.json()["items"]
    assert [each["status"] for each in results] == [200, 409, 404, 200]
    assert [each["reference"] for each in results] == [second, received, "AMT-2026-99999", first]
    assert results[0]["request"]["state"] == "under_assessment"
    assert results[1]["problem"]["code"] == "no-such-transition"
    assert (await desk.lead.get(f"{PATH}/{received}")).json()["state"] == "submitted"
    after = await snapshot(given.runtime.database)
    assert len(after["journal_entries"]) == len(before["journal_entries"]) + 2


async def test_a_preview_of_many_changes_nothing_and_a_repeated_call_is_answered_from_the_store(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.recommended(person, desk))["number"]
    before = await snapshot(given.runtime.database)
    shown = await desk.signatory.post(f"{BULK}?preview=true", json={"items": [_returned(number)]})
    assert shown.json()["items"][0]["request"]["state"] == "under_assessment"
    assert await snapshot(given.runtime.database) == before
    once = {"Idempotency-Key": "bulk-1"}
    made = [
        await desk.signatory.post(BULK, json={"items": [_returned(number)]}, headers=once) for _ in range(2)
    ]
    assert [each.json()["items"][0]["status"] for each in made] == [200, 200]
    assert made[1].headers["idempotency-replayed"] == "true"


async def test_two_calls_over_the_same_requests_do_not_wait_for_each_other(given: Given):
    person, desk, other = await given.member(), await given.desk(), await given.staff("signatory")
    numbers = [(await given.recommended(person, desk))["number"] for _ in range(4)]
    items = [_returned(each) for each in numbers]
    one, two = await asyncio.gather(
        desk.signatory.post(BULK, json={"items": items}),
        other.post(BULK, json={"items": items[::-1]}),
    )
    won = [each["status"] for each in (*one.json()["items"], *two.json()["items"][::-1])]
    assert sorted(won) == [200] * 4 + [409] * 4


async def test_applicants_have_no_such_call_and_what_is_signed_has_no_bulk_form(sqlite_given: Given):
    person, desk = await sqlite_given.member(), await sqlite_given.desk()
    number = (await sqlite_given.recommended(person, desk))["number"]
    assert (await person.post(BULK, json={"items": [_returned(number)]})).status_code == 404
    signed = {"items": [{"reference": number, "transition": {"name": "designate"}}]}
    assert (await desk.signatory.post(BULK, json=signed)).status_code == 422


async def test_calls_that_name_requests_by_id_and_by_number_in_turn_do_not_lock_each_other_out(given: Given):
    person, desk = await given.member(), await given.desk()
    accepted = {"name": "accept", "lead_center": "CDER", "lead_reviewer_id": str(desk.lead.id)}
    for _ in range(3):
        one, other = await given.submitted(person), await given.submitted(person)
        calls = [
            [{"reference": each, "transition": accepted} for each in references]
            for references in ((one["number"], other["id"]), (one["id"], other["number"]))
        ]
        answered = await asyncio.gather(
            *(desk.coordinator.post(BULK, json={"items": items}) for items in calls)
        )
        assert [each.status_code for each in answered] == [200, 200]
        results = [[each["status"] for each in call.json()["items"]] for call in answered]
        assert sorted(results) == [[200, 200], [409, 409]]
