"""The delivery log, tests, redeliveries and recoveries: what was sent can be seen, and what was missed comes again."""

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck
from hypothesis import given as property_of
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.delivery.sending import Dead, Delivered, Retry
from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES
from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services import recoveries
from app.store.deliveries import deliveries
from app.store.journal import events
from app.store.webhook_endpoints import webhook_attempts
from tests.api.hooks import LOG, PATH, at, at_once, machine, patched, send
from tests.designation_given import granted
from tests.given import Given, Person
from tests.recorded import validator
from tests.tables import snapshot

SUBMITTED, CHANGED = "designation_request.submitted", "designation_request.status_changed"


async def recovered(person: Person, endpoint, since="2026-06-01T00:00:00Z"):
    answered = await person.post(at(endpoint, "/recoveries"), json={"since": since})
    assert answered.status_code == 201, answered.text
    return answered.json()


async def test_the_log_shows_each_delivery_from_queued_to_settled(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, event_types=[SUBMITTED])
    filed = await given.submitted(signer)
    [pending] = await given.deliveries(signer, made)
    async with given.runtime.database.reading() as db:
        event = (await db.execute(select(events).where(events.c.id == UUID(pending["event_id"])))).one()
    assert pending == {
        "id": pending["id"],
        "endpoint_id": made["id"],
        "event_id": str(event.id),
        "type": SUBMITTED,
        "subject": filed["number"],
        "sequence": event.sequence,
        "previous_sequence": None,
        "test": False,
        "status": "pending",
        "attempt_count": 0,
        "reason": None,
        "next_attempt_at": "2026-06-01T15:00:00.000000Z",
        "created_at": "2026-06-01T15:00:00.000000Z",
        "settled_at": None,
    }
    outcomes = [Retry("connection reset"), Delivered()]
    await send(given, lambda _: outcomes.pop(0))
    [waiting] = await given.deliveries(signer, made)
    assert (waiting["status"], waiting["reason"], waiting["attempt_count"]) == (
        "pending",
        "connection reset",
        1,
    )
    given.runtime.now.move(seconds=10)
    await send(given, lambda _: outcomes.pop(0))
    [settled] = await given.deliveries(signer, made)
    assert (settled["status"], settled["reason"], settled["attempt_count"]) == ("delivered", None, 2)
    assert (settled["next_attempt_at"], settled["settled_at"]) == (None, "2026-06-01T15:00:10.000000Z")


async def test_the_log_is_filtered_by_whatever_an_event_is_about(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    designation = await granted(given, signer)
    engagement = (await given.engagement(signer))["number"]
    for subject in (designation, engagement):
        found = await given.deliveries(signer, made, f"?subject={subject}")
        assert {each["subject"] for each in found} == {subject}


async def test_one_delivery_shows_its_attempts_in_their_order(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, event_types=[SUBMITTED])
    await given.submitted(signer)
    [delivery] = await given.deliveries(signer, made)
    tries = [
        ("failed", None, "connection reset", None),
        ("failed", 503, None, "busy"),
        ("delivered", 200, None, ""),
    ]
    async with given.runtime.database.writing() as db:
        for number, (outcome, status, reason, response) in enumerate(tries, 1):
            row = {
                "id": new_id(),
                "delivery_id": UUID(delivery["id"]),
                "endpoint_id": UUID(made["id"]),
                "number": number,
                "at": given.runtime.now() + timedelta(seconds=number),
                "milliseconds": 12 * number,
                "outcome": outcome,
                "status_code": status,
                "reason": reason,
                "response": response,
            }
            await db.execute(webhook_attempts.insert(), row)
    whole = (await signer.get(f"{LOG}/{delivery['id']}")).json()
    assert {name: member for name, member in whole.items() if name != "attempts"} == delivery
    shown = [
        (each["outcome"], each["status_code"], each["reason"], each["response"]) for each in whole["attempts"]
    ]
    assert shown == tries
    assert whole["attempts"][0]["at"] == "2026-06-01T15:00:01.000000Z"
    assert [each["milliseconds"] for each in whole["attempts"]] == [12, 24, 36]


async def test_the_log_is_filtered_and_paged_newest_first(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    first, second = (await given.submitted(signer))["number"], (await given.submitted(signer))["number"]
    await signer.post(at(made, "/test-deliveries"))
    whole = await given.deliveries(signer, made)
    assert [each["test"] for each in whole] == [True, False, False, False, False]
    for query, expected in (
        ("?status=pending", whole),
        ("?status=delivered", []),
        (f"?type={SUBMITTED}", [each for each in whole if each["type"] == SUBMITTED]),
        ("?type=webhook_endpoint.test", whole[:1]),
        (f"?subject={first}", whole[3:]),
        (f"?subject={second}&type={CHANGED}", [each for each in whole[1:3] if each["type"] == CHANGED]),
        (f"?subject={made['id']}", whole[:1]),
        ("?subject=AMT-2026-99999", []),
    ):
        assert await given.deliveries(signer, made, query) == expected, query
    await send(given, lambda claimed: Dead("no") if claimed.id == UUID(whole[1]["id"]) else Delivered())
    counts = {
        status: len(await given.deliveries(signer, made, f"?status={status}"))
        for status in ("pending", "delivered", "exhausted", "cancelled")
    }
    assert counts == {"pending": 0, "delivered": 4, "exhausted": 1, "cancelled": 0}
    seen, path = [], at(made, "/deliveries?limit=2")
    while path:
        answered = await signer.get(path)
        seen += [each["id"] for each in answered.json()["items"]]
        path = answered.links["next"]["url"] if "next" in answered.links else ""
    assert seen == [each["id"] for each in whole]


async def test_the_log_of_one_endpoint_holds_nothing_of_anothers(given: Given):
    signer, stranger, program = await given.member(), await given.member(), await machine(given)
    ours, theirs, programs = [await given.endpoint(each) for each in (signer, stranger, program)]
    filed = await given.submitted(signer)
    ids = {each["id"] for each in await given.deliveries(signer, ours)}
    assert await given.deliveries(stranger, theirs) == []
    assert await given.deliveries(stranger, theirs, f"?subject={filed['number']}") == []
    heard = await given.deliveries(program, programs)
    assert heard
    assert ids.isdisjoint(each["id"] for each in heard)
    for each in ids:
        assert (await program.get(f"{LOG}/{each}")).status_code == 404
        assert (await stranger.post(f"{LOG}/{each}/redeliveries")).status_code == 404
    for each in heard:
        assert (await signer.get(f"{LOG}/{each['id']}")).status_code == 404
    assert (
        await stranger.post(at(ours, "/recoveries"), json={"since": "2026-06-01T00:00:00Z"})
    ).status_code == 404


async def test_a_test_delivery_is_a_cloud_event_that_says_it_is_a_test(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, event_types=[SUBMITTED], subjects=["AMT-2026-99999"])
    answered = await signer.post(at(made, "/test-deliveries"))
    test = answered.json()
    assert (answered.status_code, answered.headers["location"]) == (201, f"{LOG}/{test['id']}")
    assert (test["test"], test["status"], test["event_id"], test["type"]) == (
        True,
        "pending",
        None,
        "webhook_endpoint.test",
    )
    [claimed] = await send(given)
    body = exact_json.decode(claimed.payload)
    assert (body["specversion"], body["id"], body["subject"]) == ("1.0", test["id"], made["id"])
    assert body["data"] == {
        "endpoint_id": made["id"],
        "status": "active",
        "sequence": 0,
        "url": f"http://127.0.0.1:8000{PATH}/{made['id']}",
        "test": True,
    }
    # what it was is known after its body is gone
    assert [each["type"] for each in await given.deliveries(signer, made, "?status=delivered")] == [
        test["type"]
    ]


@pytest.mark.parametrize("type", sorted(EVENT_TYPES))
async def test_an_example_of_each_type_can_be_asked_for_by_who_could_hear_it(sqlite_given: Given, type):
    given = sqlite_given
    for person, audience in (
        (await given.member(), Audience.APPLICANT),
        (await machine(given), Audience.PROGRAM),
    ):
        made = await given.endpoint(person)
        answered = await person.post(at(made, "/test-deliveries"), json={"event_type": type})
        if audience not in EVENT_TYPES[type].audiences:
            assert answered.json()["errors"][0]["rule"] == "unknown-event-type"
            continue
        assert (answered.status_code, answered.json()["type"]) == (201, type)
        async with given.runtime.database.reading() as db:
            query = select(deliveries.c.payload).where(deliveries.c.id == UUID(answered.json()["id"]))
            body = exact_json.decode((await db.execute(query)).scalar_one())
        assert list(validator(type).iter_errors(body)) == []
        assert (body["type"], body["data"]["test"], body["data"]["sequence"]) == (type, True, 0)
        assert body["data"]["url"].endswith(body["subject"])
        assert body["subject"] in {made["id"], EVENT_TYPES[type].example["subject"]}


async def test_a_type_there_is_not_is_refused_at_its_place(sqlite_given: Given):
    signer = await sqlite_given.member()
    made = await sqlite_given.endpoint(signer)
    refused = await signer.post(at(made, "/test-deliveries"), json={"event_type": "request.gone"})
    flaw = refused.json()["errors"][0]
    assert (refused.status_code, flaw["pointer"], flaw["rule"]) == (422, "/event_type", "unknown-event-type")


async def test_a_test_is_in_neither_feed_nor_journal(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    before = await snapshot(given.runtime.database)
    await signer.post(at(made, "/test-deliveries"))
    after = await snapshot(given.runtime.database)
    assert {name for name in after if after[name] != before[name]} == {"deliveries"}


async def test_nothing_is_sent_again_to_a_disabled_endpoint(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    await given.submitted(signer)
    delivery = (await given.deliveries(signer, made))[0]
    await patched(signer, made, {"status": "disabled"})
    for path, body in (
        (at(made, "/test-deliveries"), {}),
        (at(made, "/recoveries"), {"since": "2026-06-01T00:00:00Z"}),
        (f"{LOG}/{delivery['id']}/redeliveries", None),
    ):
        refused = await signer.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint-disabled"), path


async def test_a_redelivery_is_the_same_event_in_a_delivery_of_its_own(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, event_types=[SUBMITTED])
    await given.submitted(signer)
    await send(given)
    [first] = await given.deliveries(signer, made)
    again = await signer.post(f"{LOG}/{first['id']}/redeliveries")
    assert again.status_code == 201, again.text
    fields = ("endpoint_id", "event_id", "type", "subject", "sequence", "previous_sequence")
    assert [again.json()[name] for name in fields] == [first[name] for name in fields]
    assert again.json()["id"] != first["id"]
    assert again.headers["location"] == f"{LOG}/{again.json()['id']}"
    assert [each.id for each in await send(given)] == [UUID(again.json()["id"])]
    assert [each["status"] for each in await given.deliveries(signer, made)] == ["delivered", "delivered"]


async def test_a_redelivery_takes_the_place_of_what_waits_with_the_same_event(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    await given.submitted(signer)
    log = await given.deliveries(signer, made)
    await send(given, lambda _: Retry("503"))
    answers = await at_once(given, *(signer.post(f"{LOG}/{log[0]['id']}/redeliveries") for _ in range(3)))
    assert [each.status_code for each in answers] == [201] * 3
    same = [each for each in await given.deliveries(signer, made) if each["event_id"] == log[0]["event_id"]]
    assert [each["status"] for each in same] == ["pending", "cancelled", "cancelled", "cancelled"]
    assert same[-1]["reason"].startswith("sent again as ")
    # the other event of the same change waits as before
    [other] = [each for each in await given.deliveries(signer, made) if each["id"] == log[1]["id"]]
    assert other["status"] == "pending"


async def test_what_its_owner_lost_sight_of_is_not_sent_again(given: Given):
    principal, agent = await given.member(), await given.member()
    mandate = {"agent": str(agent.applicant_id), "scope": "read"}
    mandates = f"/v1/applicants/{principal.applicant_id}/mandates"
    held = await principal.post(mandates, json=mandate)
    made = await given.endpoint(agent)
    await given.submitted(principal)
    [*_, delivery] = await given.deliveries(agent, made)
    ended = await principal.delete(
        f"{mandates}/{held.json()['id']}", headers={"If-Match": held.headers["etag"]}
    )
    assert ended.status_code == 204
    refused = await agent.post(f"{LOG}/{delivery['id']}/redeliveries")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    async with given.runtime.database.writing() as db:
        await db.execute(update(deliveries).values(state="dead"))
    assert (await recovered(agent, made))["count"] == 0


async def test_a_test_is_not_redelivered(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    test = (await signer.post(at(made, "/test-deliveries"))).json()
    refused = await signer.post(f"{LOG}/{test['id']}/redeliveries")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_recovery_sends_what_failed_what_was_cancelled_and_what_was_never_queued(given: Given):
    signer = await given.member()
    early = await given.submitted(signer)
    given.runtime.now.move(hours=1)
    made = await given.endpoint(signer)
    numbers = [(await given.submitted(signer))["number"] for _ in range(2)]
    log = await given.deliveries(signer, made)
    unlucky = {UUID(each["id"]) for each in log if each["sequence"] == 1}
    await send(given, lambda claimed: Dead("500") if claimed.id in unlucky else Delivered())
    await patched(signer, made, {"status": "disabled"})
    while_off = await given.submitted(signer)
    await patched(signer, made, {"status": "active"})
    await send(given)
    delivered = {each["event_id"] for each in await given.deliveries(signer, made, "?status=delivered")}
    answer = await recovered(signer, made, "2026-06-01T15:30:00Z")
    expected = [numbers[0], numbers[1], while_off["number"], while_off["number"], made["id"]]
    pending = await given.deliveries(signer, made, "?status=pending")
    assert sorted(each["subject"] for each in pending) == sorted(expected)
    assert answer == {
        "count": 5,
        "since": "2026-06-01T15:30:00.000000Z",
        "through": "2026-06-01T16:00:00.000000Z",
        "complete": True,
    }
    assert early["number"] not in {each["subject"] for each in pending}
    assert delivered.isdisjoint(each["event_id"] for each in pending)
    # while they wait, another call makes no second ones; and once they arrived there is nothing to recover
    assert (await recovered(signer, made, "2026-06-01T15:30:00Z"))["count"] == 0
    await send(given)
    assert (await recovered(signer, made, "2026-06-01T15:30:00Z"))["count"] == 0
    assert (await recovered(signer, made))["count"] == 2


async def test_racing_recoveries_make_each_delivery_once(given: Given):
    signer = await given.member()
    await given.submitted(signer)
    made = await given.endpoint(signer)
    answers = await at_once(given, *(recovered(signer, made) for _ in range(4)))
    assert sorted(each["count"] for each in answers) == [0, 0, 0, 2]


async def test_recovery_takes_what_the_endpoint_wants_now(given: Given):
    signer, stranger = await given.member(), await given.member()
    kept = (await given.submitted(signer))["number"]
    withdrawn = (await given.submitted(signer))["number"]
    await given.move(signer, withdrawn, "withdraw")
    await given.submitted(stranger)
    for wanted, expected in (
        ({"event_types": [SUBMITTED]}, 2),
        ({"statuses": ["withdrawn"]}, 2),
        ({"statuses": ["received"], "event_types": [CHANGED]}, 2),
        ({"subjects": [kept]}, 2),
        ({"subjects": [kept], "statuses": ["withdrawn"]}, 0),
        ({}, 6),
    ):
        made = await given.endpoint(signer, **wanted)
        assert (await recovered(signer, made))["count"] == expected, wanted


async def test_recovered_deliveries_show_their_receiver_no_gap_that_is_not_there(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    number = (await given.submitted(signer))["number"]
    await given.move(signer, number, "withdraw")
    query = f"?subject={number}"
    assert [
        (each["sequence"], each["previous_sequence"])
        for each in reversed(await given.deliveries(signer, made, query))
    ] == [(1, None), (2, 1), (3, 2), (4, 3)]
    late = await given.endpoint(signer, event_types=[CHANGED])
    await recovered(signer, late)
    assert [
        (each["sequence"], each["previous_sequence"])
        for each in reversed(await given.deliveries(signer, late, query))
    ] == [(2, None), (4, 2)]


async def test_a_test_is_not_what_an_endpoint_was_sent_before_an_event(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    await signer.post(at(made, "/test-deliveries"), json={})
    await send(given)
    rotated = await signer.post(at(made, "/secret-rotations"), json={})
    assert rotated.status_code == 201, rotated.text
    [first] = await given.deliveries(signer, made, "?type=webhook_endpoint.secret_rotated")
    assert (first["sequence"], first["previous_sequence"]) == (1, None)
    await send(given, lambda _: Dead("500"))
    await recovered(signer, made)
    [again] = await given.deliveries(signer, made, "?status=pending")
    assert (again["sequence"], again["previous_sequence"]) == (1, None)


async def test_what_is_recovered_late_follows_what_came_before_it_not_what_came_after(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    number = (await given.submitted(signer))["number"]
    await send(given, lambda _: Dead("500"))
    await given.move(signer, number, "withdraw")
    await send(given)
    await recovered(signer, made)
    pending = await given.deliveries(signer, made, "?status=pending")
    assert [(each["sequence"], each["previous_sequence"]) for each in reversed(pending)] == [
        (1, None),
        (2, 1),
    ]


async def test_a_long_recovery_goes_in_steps_each_beginning_where_the_last_ended(given: Given, monkeypatch):
    monkeypatch.setattr(recoveries, "MOST", 3)
    signer = await given.member()
    for _ in range(4):
        await given.submitted(signer)
        given.runtime.now.move(minutes=1)
    made = await given.endpoint(signer)
    since, steps = "2026-06-01T00:00:00Z", []
    while not steps or not steps[-1]["complete"]:
        steps.append(await recovered(signer, made, since))
        since = steps[-1]["through"]
    assert [each["count"] for each in steps] == [3, 3, 2]
    sent = [each["event_id"] for each in await given.deliveries(signer, made)]
    assert len(sent) == len(set(sent)) == 8


@pytest.mark.parametrize(
    ("since", "rule"),
    [
        ("2026-05-18T14:59:59Z", "too-old"),
        ("2026-06-01T15:00:01Z", "in-past"),
        ("yesterday", "value-error"),
        ("2026-06-01T15:00:00", "timezone-aware"),
        (1780000000, "value-error"),
    ],
)
async def test_recovery_reaches_back_fourteen_days_and_not_ahead(sqlite_given: Given, since, rule):
    signer = await sqlite_given.member()
    made = await sqlite_given.endpoint(signer)
    refused = await signer.post(at(made, "/recoveries"), json={"since": since})
    flaw = refused.json()["errors"][0]
    assert (refused.status_code, flaw["pointer"], flaw["rule"]) == (422, "/since", rule)


async def test_recovery_reaches_exactly_fourteen_days_back(sqlite_given: Given):
    signer = await sqlite_given.member()
    made = await sqlite_given.endpoint(signer)
    assert (await recovered(signer, made, "2026-05-18T15:00:00Z"))["count"] == 0


async def test_the_program_recovers_its_own_events_of_every_applicant(given: Given):
    program = await machine(given)
    for _ in range(2):
        await given.submitted(await given.member())
    made = await given.endpoint(program, event_types=["designation_request.state_changed"])
    assert (await recovered(program, made))["count"] == 2


STEPS = ["file", "disable", "enable", "redeliver", "recover", "send"]


@how(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@property_of(story=st.lists(st.sampled_from(STEPS), max_size=12))
async def test_whatever_happened_recovery_and_sending_leave_every_event_delivered(given: Given, story):
    """At any moment at most one delivery of an event waits, and in the end each event has arrived."""
    signer = await given.member()
    made = await given.endpoint(signer, event_types=[SUBMITTED, CHANGED])
    begin = given.runtime.now()
    fates = itertools.cycle([Dead("500"), Delivered(), Retry("503")])
    for step in story:
        given.runtime.now.move(seconds=1)
        log = await given.deliveries(signer, made)
        if step == "file":
            await given.submitted(signer)
        elif step in {"disable", "enable"}:
            await patched(signer, made, {"status": "disabled" if step == "disable" else "active"})
        elif step == "redeliver" and log:
            await signer.post(f"{LOG}/{log[len(log) // 2]['id']}/redeliveries")
        elif step == "recover":
            await signer.post(at(made, "/recoveries"), json={"since": begin.isoformat()})
        elif step == "send":
            await send(given, lambda _: next(fates))
        waiting = [each["event_id"] for each in await given.deliveries(signer, made, "?status=pending")]
        assert len(waiting) == len(set(waiting))
    await patched(signer, made, {"status": "active"})
    await recovered(signer, made, begin.isoformat())
    given.runtime.now.move(days=2)
    await send(given)
    async with given.runtime.database.reading() as db:
        query = select(events.c.id).where(
            events.c.applicant_id == signer.applicant_id,
            events.c.audience == "applicant",
            events.c.type.in_([SUBMITTED, CHANGED]),
        )
        written = {str(id) for id in (await db.execute(query)).scalars()}
    log = await given.deliveries(signer, made, "?limit=200")
    assert {each["event_id"] for each in log if each["status"] == "delivered"} == written
