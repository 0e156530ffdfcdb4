"""What designations leave in the records: the journal's chains, the feed, the access log; and what a call costs."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from app.delivery.publishing import publish as publish_feed
from app.services import verification
from app.store.designations import designation_numbers
from app.store.logs import access_log
from tests.api.test_designation_transfers import accepted, offered
from tests.api.test_designations import BLA, ITEMS, authorized, publish
from tests.designation_given import PATH, granted, move, recommended
from tests.given import DECISIONS, Given
from tests.statements import budget, heard

WRITE, READ = 16, 4


async def test_the_chains_of_the_request_hold_whatever_happens_to_its_designation(given: Given):
    holder, heir, staff = await given.member(), await given.member(), await given.staff("coordinator")
    number = await granted(given, holder)
    await authorized(given, holder, number, heir)
    await move(given, holder, number, "notify_change")
    offer = (await offered(given, holder, number, heir)).json()
    await accepted(given, heir, number, offer["id"])
    await move(given, staff, number, "acknowledge_change")
    async with given.runtime.database.reading() as db:
        found = {name: fault async for name, fault in verification.broken_chains(db)}
    assert found == {"AMT-2026-00001": None}


async def test_the_request_and_the_designation_tell_what_happened_in_the_same_words(given: Given):
    holder, heir, staff = await given.member(), await given.member(), await given.staff("coordinator")
    signatory, counsel = await given.staff("signatory"), await given.staff("counsel")
    number, at = await granted(given, holder), f"{PATH}/AMTD-2026-00001"
    assert at.endswith(number)
    given_to = await authorized(given, holder, number, heir)
    cited = {"application": BLA, "cited_on": "2026-06-01"}
    assert (await heir.post(f"{at}/citations", json=cited)).status_code == 201
    assert (await publish(holder, number)).status_code == 200
    await holder.delete(f"{at}/authorizations/{given_to['id']}", headers={"If-Match": "*"})
    await move(given, holder, number, "notify_change")
    await move(given, staff, number, "acknowledge_change")
    for name in ("propose_end", "withdraw_notice"):
        assert (await move(given, signatory, number, name)).status_code == 200
    offer = (await offered(given, holder, number, heir)).json()
    await accepted(given, heir, number, offer["id"])
    await counsel.post(f"{at}/counsel-sign-offs", json={"for": "graduated", "note": "Now."})
    assert (await move(given, signatory, number, "graduate")).status_code == 200
    history = (await staff.get(f"{at}/history")).json()["items"]
    timeline = (await staff.get("/v1/designation-requests/AMT-2026-00001/timeline")).json()["items"]
    told = [(each["what"], each["text"]) for each in timeline if each["what"].startswith("designation_")]
    assert told == [(f"designation_{each['what']}", each["text"]) for each in history[1:]]
    assert len(told) == 12
    ours = (await holder.get("/v1/designation-requests/AMT-2026-00001/timeline")).json()["items"]
    assert {each["text"] for each in ours} <= {each["text"] for each in timeline}


async def test_the_feed_of_a_designation_has_its_events_in_order_and_each_sides_own(given: Given):
    holder, party = await given.member(), await given.member()
    staff, stranger = await given.staff("coordinator"), await given.member()
    number = await granted(given, holder)
    await authorized(given, holder, number, party)
    cited = {"application": BLA, "cited_on": "2026-06-01"}
    assert (await party.post(f"{PATH}/{number}/citations", json=cited)).status_code == 201
    await move(given, holder, number, "end_by_holder")
    await publish_feed(given.runtime.database)

    async def told(person):
        items = (await person.get(f"/v1/events?subject={number.lower()}")).json()["items"]
        assert [each["data"]["sequence"] for each in items] == list(range(1, len(items) + 1))
        return [each["type"].removeprefix("designation.") for each in items]

    ours = ["granted", "status_changed", "authorization_given", "status_changed"]
    assert await told(holder) == ours
    assert await told(staff) == [*ours[:3], "cited", "status_changed"]
    assert await told(party) == await told(stranger) == []


async def test_what_staff_read_of_a_designation_is_in_the_access_log(given: Given):
    holder, auditor = await given.member(), await given.staff("auditor")
    number = await granted(given, holder)
    paths = ("", "/history", "/authorizations", "/citations", "/transfers", "/counsel-sign-offs")
    for path in paths:
        assert (await auditor.get(f"{PATH}/{number}{path}")).status_code == 200
        await holder.get(f"{PATH}/{number}{path}")
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(access_log.select())).all()
    assert len([row for row in rows if row.person_id == auditor.id]) == len(paths)
    assert holder.id not in {row.person_id for row in rows}


async def test_the_workflow_is_published(given: Given):
    at = "/v1/program/workflows"
    assert "designation" in {each["name"] for each in (await given.client.get(at)).json()["items"]}
    shown = (await given.client.get(f"{at}/designation")).json()
    assert shown["initial"] == "active"
    [end] = [each for each in shown["transitions"] if each["name"] == "end_by_program"]
    assert end["roles"] == ["signatory"]
    drawn = await given.client.get(f"{at}/designation", headers={"Accept": "text/vnd.mermaid"})
    assert "active --> graduated: graduate" in drawn.text


async def test_a_preview_of_a_grant_takes_no_number(given: Given):
    holder, desk = await given.member(), await given.desk()
    filed = (await given.submitted(holder))["number"]
    await recommended(given, desk, filed)
    body = {"name": "designate", **DECISIONS["designate"]}
    shown = await desk.signatory.post(f"/v1/designation-requests/{filed}/transitions?preview=true", json=body)
    assert shown.status_code == 200, shown.text
    assert "designation.granted" in shown.text
    async with given.runtime.database.reading() as db:
        assert (await db.execute(designation_numbers.select())).all() == []


async def test_a_repeated_call_gives_the_stored_answer_and_one_authorization(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    body = {"person": {"name": "Ellery"}, "application": BLA, "items_covered": ITEMS}
    at, once = f"{PATH}/{number}/authorizations", {"Idempotency-Key": "a-key"}
    first = await holder.post(at, json=body, headers=once)
    again = await holder.post(at, json=body, headers=once)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert len((await holder.get(at)).json()["items"]) == 1


async def cost(given: Given, call: Callable[[], Awaitable[httpx2.Response]]) -> int:
    with heard(given.runtime.database) as statements:
        answered = await call()
    assert answered.is_success, answered.text
    return len(statements)


@pytest.mark.parametrize("crowd", [1, 12])
async def test_reads_take_few_statements_whatever_there_is(given: Given, crowd):
    holder, party = await given.member(), await given.member()
    for _ in range(crowd):
        number = await granted(given, holder)
        await authorized(given, holder, number, party)
        await authorized(given, holder, number, party, application={"kind": "IND"})
    paths = ("", f"/{number}", f"/{number}/citations", f"/{number}/transfers")
    own = ("/history", "/actions", "/authorizations", "/publication")
    counts = {path: await cost(given, lambda: party.get(f"{PATH}{path}")) for path in paths}  # noqa: B023 - awaited here
    for path in (*paths, *(f"/{number}{each}" for each in own)):
        counts[f"holder {path}"] = await cost(given, lambda: holder.get(f"{PATH}{path}"))  # noqa: B023 - awaited here
    counts["public"] = await cost(given, lambda: given.client.get("/v1/public/designations"))
    assert max(counts.values()) <= READ, counts


async def test_writes_take_a_bounded_number_of_statements(given: Given):
    holder, party, reviewer = await given.member(), await given.member(), await given.staff("reviewer")
    number = await granted(given, holder)
    at = f"{PATH}/{number}"
    body = {"person": {"applicant_id": str(party.applicant_id)}, "application": BLA, "items_covered": ITEMS}
    counts = {
        "authorize": await cost(given, lambda: holder.post(f"{at}/authorizations", json=body)),
        "cite": await cost(
            given, lambda: party.post(f"{at}/citations", json={"application": BLA, "cited_on": "2026-06-01"})
        ),
        "publish": await cost(
            given,
            lambda: holder.put(f"{at}/publication", json={"public": True}, headers={"If-Match": "*"}),
        ),
        "notify": await cost(given, lambda: move(given, holder, number, "notify_change")),
        "acknowledge": await cost(given, lambda: move(given, reviewer, number, "acknowledge_change")),
        "end": await cost(given, lambda: move(given, holder, number, "end_by_holder")),
    }
    assert max(counts.values()) <= budget(given.runtime.database, WRITE), counts
