"""The feed by cursor: all that a caller may see and nothing else, in order, and always a place to go on from."""

import itertools
import random
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql

from app.api import positions
from app.delivery.publishing import publish
from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.event_types import EVENT_TYPES
from app.domain.identity import new_id
from app.domain.policy import Actor, Audience, Permission, Role, Scope, Standing
from app.services import access
from app.store import feed
from app.store.api_keys import api_keys
from app.store.mandates import mandates
from tests.events import CHANGED, Consumer, Told, kept
from tests.given import Given, Person
from tests.statements import heard

PATH = "/v1/events"


async def told(given: Given, subject: Told, times: int = 1, **more) -> None:
    """So many events, each for both audiences, in the feed."""
    for _ in range(times):
        await subject.tell(given.runtime.database, **more)
    await publish(given.runtime.database)


def numbered(person: Person, n: int = 1) -> Told:
    return Told(person.applicant_id, f"AMT-2026-{n:05}")


async def mandated(given: Given, principal: Person, agent: Person, scopes: str) -> UUID:
    mandate_id, now = new_id(), given.runtime.now()
    row = {"id": mandate_id, "principal_id": principal.applicant_id, "agent_id": agent.applicant_id,
           "scopes": scopes, "valid_from": civil_date(now), "created_at": now}  # fmt: skip
    async with given.runtime.database.writing() as db:
        await db.execute(mandates.insert(), row)
    return mandate_id


async def test_a_page_holds_the_frozen_bytes_in_order_and_always_says_where_to_go_on(given: Given):
    person = await given.member()
    empty = await person.get(PATH)
    assert (empty.status_code, empty.json()["items"]) == (200, [])
    await told(given, numbered(person), 3)
    bodies = await kept(given.runtime.database, Audience.APPLICANT)
    first = await person.get(PATH, params={"after": empty.json()["next_cursor"], "limit": "2"})
    second = await person.get(PATH, params={"after": first.json()["next_cursor"], "limit": "2"})
    assert [each["data"]["sequence"] for each in first.json()["items"]] == [1, 2]
    assert [each["data"]["sequence"] for each in second.json()["items"]] == [3]
    for page in (first, second):
        spliced = ",".join(bodies[each["id"]] for each in page.json()["items"])
        assert f'{{"items":[{spliced}],"next_cursor":"' in page.text
        link = f"after={page.json()['next_cursor']}"
        assert link in page.headers["link"]
        assert page.headers["link"].endswith('; rel="next"')
    last = await person.get(PATH, params={"after": second.json()["next_cursor"]})
    assert last.json()["items"] == []
    assert last.json()["next_cursor"]


async def test_a_real_request_is_told_of_to_both_sides_each_in_its_own_words(given: Given):
    owner, staff = await given.member(), await given.staff("reviewer")
    number = (await given.submitted(owner))["number"]
    await publish(given.runtime.database)
    own, program = Consumer(owner), Consumer(staff)
    await own.drain()
    await program.drain()
    assert {each["subject"] for each in own.seen + program.seen} == {number}
    assert not set(own.ids) & set(program.ids)
    assert "designation_request.state_changed" not in {each["type"] for each in own.seen}
    for consumer in (own, program):
        (sequences,) = consumer.sequences().values()
        assert sequences == list(range(1, len(sequences) + 1))


async def test_a_consumer_that_was_away_loses_nothing_and_sees_nothing_twice(given: Given, clock):
    person = await given.member()
    subject, consumer = numbered(person), Consumer(person, limit=7)
    await told(given, subject, 10)
    await consumer.drain()
    clock.move(days=30)
    await told(given, subject, 25)
    await consumer.drain()
    assert consumer.sequences() == {subject.number: list(range(1, 36))}


async def test_a_cursor_outlives_the_key_it_was_got_with(given: Given):
    person = await given.member()
    subject, consumer = numbered(person), Consumer(person)
    await told(given, subject, 2)
    await consumer.drain()
    made = await person.post("/v1/me/api-keys", json={"label": "next", "scopes": ["events:read"]})
    consumer.person = Person(person.id, person.name, person.email, made.json()["api_key"], person.key_id,
                             person.client, person.applicant_id)  # fmt: skip
    await told(given, subject, 1)
    assert len(await consumer.drain()) == 1


async def test_the_id_of_an_event_is_a_place_too(given: Given):
    person = await given.member()
    await told(given, numbered(person), 5)
    consumer = Consumer(person)
    await consumer.drain()
    again = Consumer(person, cursor=consumer.ids[2], query={"type": CHANGED})
    await again.drain()
    assert again.ids == consumer.ids[3:]
    again = Consumer(person, cursor=consumer.ids[2].upper())
    await again.drain()
    assert again.ids == consumer.ids[3:]


async def test_an_event_that_a_webhook_told_of_first_is_a_place_before_it_has_a_position(given: Given):
    person = await given.member()
    subject = numbered(person)
    await told(given, subject, 2)
    await subject.tell(given.runtime.database)  # not published yet
    newest = max(await kept(given.runtime.database, Audience.APPLICANT))
    consumer = Consumer(person, cursor=newest)
    assert await consumer.poll() == []
    await told(given, subject, 1)
    await consumer.drain()
    assert consumer.sequences() == {subject.number: [4]}


def _refusal(answered, where="/query/after"):
    assert answered.status_code == 422, answered.text
    body = answered.json()
    assert [(each["pointer"], each["rule"]) for each in body["errors"]] == [(where, "place")]
    return {name: body[name] for name in ("code", "detail", "errors", "title")}


async def test_a_place_that_is_not_the_callers_is_refused_and_says_nothing_of_itself(given: Given):
    owner, stranger, staff = await given.member(), await given.member(), await given.staff("reviewer")
    await told(given, numbered(owner), 2)
    theirs = await kept(given.runtime.database, Audience.APPLICANT)
    programs = await kept(given.runtime.database, Audience.PROGRAM)
    cursor = (await owner.get(PATH)).json()["next_cursor"]
    filtered = (await owner.get(PATH, params={"type": CHANGED})).json()["next_cursor"]
    nothing = _refusal(await owner.get(PATH, params={"after": str(uuid4())}))
    for person, place in (
        *((stranger, each) for each in (*theirs, *programs, cursor)),
        *((owner, each) for each in (*programs, filtered, "not-a-cursor", "A", "A" * 200)),
        *((staff, each) for each in (*theirs, cursor)),
    ):
        assert _refusal(await person.get(PATH, params={"after": place})) == nothing


async def test_no_character_of_a_cursor_can_be_changed(given: Given):
    person, chance = await given.member(), random.Random(5)
    cursor = (await person.get(PATH)).json()["next_cursor"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(cursor)):
        other = chance.choice(alphabet.replace(cursor[place], ""))
        _refusal(await person.get(PATH, params={"after": cursor[:place] + other + cursor[place + 1 :]}))
    for shorter in (cursor[:-1], cursor[1:], cursor[:20], cursor + "A"):
        _refusal(await person.get(PATH, params={"after": shorter}))


async def test_cursors_and_tags_do_not_tell_what_happens_to_others(given: Given):
    person, other = await given.member(), await given.member()
    before = await person.get(PATH)
    quiet = await person.get(PATH)
    await told(given, numbered(other), 300)
    after = await person.get(PATH)
    cursors = [each.json()["next_cursor"] for each in (before, quiet, after)]
    assert len(set(cursors)) == 3, "two calls between which nothing happened differ as much"
    assert len({len(each) for each in cursors}) == 1
    assert before.headers["etag"] == after.headers["etag"]
    unchanged = await person.get(PATH, headers={"If-None-Match": before.headers["etag"]})
    assert unchanged.status_code == 304
    await told(given, numbered(person))
    changed = await person.get(PATH, headers={"If-None-Match": before.headers["etag"]})
    assert len(changed.json()["items"]) == 1


async def test_a_cursor_of_a_feed_that_was_set_back_is_refused(given: Given):
    """After a restore from a backup, going on from the lost future would pass what comes next."""
    person = await given.member()
    await told(given, numbered(person), 3)
    cursor = (await person.get(PATH)).json()["next_cursor"]
    async with given.runtime.database.writing() as db:
        await db.execute(delete(feed.feed).where(feed.feed.c.position >= await feed.head(db)))
    _refusal(await person.get(PATH, params={"after": cursor}))


async def test_filters_narrow_and_unknown_ones_are_refused(given: Given):
    person = await given.member()
    one, two = numbered(person, 1), numbered(person, 2)
    await told(given, one, 2)
    await told(given, two, 1, type="designation_request.withdrawn")
    endpoint = Told(person.applicant_id, str(uuid4()))
    await told(given, endpoint, 1, type="webhook_endpoint.failing")
    for query, numbers in (
        ({}, [one.number] * 2 + [two.number, endpoint.number]),
        ({"type": CHANGED}, [one.number] * 2),
        ({"type": "designation_request.state_changed"}, []),
        ({"subject": two.number.lower()}, [two.number]),
        ({"subject": endpoint.number.upper()}, [endpoint.number]),
        ({"subject": one.number, "type": "designation_request.withdrawn"}, []),
        ({"subject": "AMT-2026-09999"}, []),
    ):
        consumer = Consumer(person, query=query, limit=1)
        await consumer.drain()
        assert [each["subject"] for each in consumer.seen] == numbers, query
    for query in ("type=designation_request.submited", "type=*", "type=", "subject=", "subject=%00",
                  f"type={CHANGED}&type={CHANGED}", "cursor=AAAA", "after=", "limit=0", "limit=201"):  # fmt: skip
        refused = await person.get(f"{PATH}?{query}")
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), query


async def test_a_filter_that_rarely_holds_does_not_look_at_the_same_events_again(given: Given):
    person = await given.member()
    await told(given, numbered(person), 30)
    consumer = Consumer(person, query={"type": "designation_request.withdrawn"})
    await consumer.poll()
    listing = exact_json.stored([PATH, person.id, "designation_request.withdrawn", None])
    async with given.runtime.database.reading() as db:
        end = await feed.head(db)
    assert positions.opened(given.runtime.keyring, listing, consumer.cursor) == end
    await told(given, numbered(person, 2), 1, type="designation_request.withdrawn")
    assert len(await consumer.poll()) == 1


async def test_every_type_of_the_catalogue_can_be_asked_for(given: Given):
    person = await given.member()
    for name in EVENT_TYPES:
        assert (await person.get(PATH, params={"type": name})).status_code == 200, name


async def _readers(given: Given, owners: list[Person]) -> dict[str, Person]:
    """Callers of every kind: each side, each role, narrowed keys, agents under every mandate."""
    readers = {f"member {n}": each for n, each in enumerate(owners)}
    readers["preparer"] = await given.member("preparer", owners[0].applicant_id)
    readers["without events"] = await given.member(
        applicant_id=owners[0].applicant_id, scopes=Scope.REQUESTS_READ.value
    )
    readers["without requests"] = await given.member(
        applicant_id=owners[0].applicant_id, scopes=Scope.EVENTS_READ.value
    )
    for scope in ("read", "draft", "submit", "respond", "withdraw"):
        agent = readers[f"agent to {scope}"] = await given.member()
        await mandated(given, owners[0], agent, scope)
        await mandated(given, owners[1], agent, "read")
    for role in ("coordinator", "reviewer", "consultant", "signatory", "counsel", "auditor", "admin"):
        readers[role] = await given.staff(role)
    return readers


async def test_the_feed_shows_what_get_by_id_shows_to_whoever_may_read_events(given: Given):
    owners = [await given.member() for _ in range(3)]
    filed = [(await given.submitted(each))["number"] for each in owners for _ in range(2)]
    for each in owners:
        await given.draft(each)
    await publish(given.runtime.database)
    everything = {**await kept(given.runtime.database, Audience.APPLICANT),
                  **await kept(given.runtime.database, Audience.PROGRAM)}  # fmt: skip
    shown = {}
    for name, person in (await _readers(given, owners)).items():
        async with given.runtime.database.reading() as db:
            actor = await access.identify(db, given.runtime.keyring, person.key, given.runtime.now())
        answered = await person.get(PATH, params={"limit": "200"})
        if not feed.may_read(actor):
            assert (answered.status_code, answered.json()["code"]) == (403, "not-permitted"), name
            shown[name] = set()
            continue
        items = answered.json()["items"]
        visible = set()
        for number in filed:
            found = await person.get(f"/v1/designation-requests/{number}")
            if found.status_code == 200 and (
                actor.is_staff or actor.may(Permission.READ_EVENTS, UUID(found.json()["applicant"]["id"]))
            ):
                visible.add(number)
        shown[name] = {each["subject"] for each in items}
        if Scope.REQUESTS_READ in actor.scopes:
            assert shown[name] == visible, name
        own = await kept(given.runtime.database, actor.audience)
        assert {each["id"] for each in items} <= own.keys() <= everything.keys(), name
    assert shown["agent to read"] == set(filed[:4])
    assert shown["agent to draft"] == set(filed[2:4])
    assert shown["member 2"] == set(filed[4:])
    assert shown["without requests"] == set(filed[:2])
    assert shown["coordinator"] == shown["auditor"] == set(filed)
    assert shown["consultant"] == shown["admin"] == shown["without events"] == set()


async def test_machines_read_what_their_owner_may(given: Given):
    owner, other, staff = await given.member(), await given.member(), await given.staff("admin")
    at = f"/v1/applicants/{owner.applicant_id}/api-keys"
    made = await owner.post(at, json={"label": "dashboard", "scopes": ["events:read"]})
    machine = Person(owner.id, "", "", made.json()["api_key"], owner.key_id, given.client)
    desk_id = new_id()
    key = access.key_text.new()
    async with given.runtime.database.writing() as db:
        row = {"id": desk_id, "lookup": key.lookup, "digest": access.digest_of(given.runtime.keyring, key),
               "scopes": "events:read", "created_at": given.runtime.now()}  # fmt: skip
        await db.execute(api_keys.insert(), row)
    desk = Person(staff.id, "", "", key.text, desk_id, given.client)
    await told(given, numbered(owner, 1))
    await told(given, numbered(other, 2))
    own, program = Consumer(machine), Consumer(desk)
    await own.drain()
    await program.drain()
    assert [each["subject"] for each in own.seen] == ["AMT-2026-00001"]
    assert [each["subject"] for each in program.seen] == ["AMT-2026-00001", "AMT-2026-00002"]
    assert set(program.ids) == set(await kept(given.runtime.database, Audience.PROGRAM))
    refused = await desk.get(PATH, params={"after": own.cursor})
    assert refused.status_code == 422


async def test_rights_that_end_between_two_pages_end_what_is_shown(given: Given):
    principal, agent = await given.member(), await given.member()
    mandate_id = await mandated(given, principal, agent, "read")
    await told(given, numbered(principal, 1))
    consumer = Consumer(agent)
    assert len(await consumer.drain()) == 1
    async with given.runtime.database.writing() as db:
        ended = update(mandates).where(mandates.c.id == mandate_id)
        await db.execute(ended.values(revoked_at=given.runtime.now()))
    await told(given, numbered(principal, 1))
    await told(given, numbered(agent, 2))
    await consumer.drain()
    assert [each["subject"] for each in consumer.seen] == ["AMT-2026-00001", "AMT-2026-00002"]
    refused = await agent.get(PATH, params={"after": consumer.ids[0]})
    assert refused.status_code == 422, "the id of an event that it may no longer see"


async def test_a_page_takes_at_most_four_statements_whatever_it_holds(given: Given):
    person, staff = await given.member(), await given.staff("reviewer")
    await told(given, numbered(person), 40)
    own = Consumer(person)
    await own.poll()
    for caller, query in (
        (person, {}),
        (person, {"after": own.cursor}),
        (person, {"after": own.ids[3], "type": CHANGED, "subject": "AMT-2026-00001"}),
        (staff, {"limit": "200"}),
        (staff, {"limit": "1"}),
    ):
        with heard(given.runtime.database) as statements:
            answered = await caller.get(PATH, params=query)
        assert answered.status_code == 200
        assert len(statements) <= 4, statements


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("application/json, text/event-stream", "application/json"),
        ("text/event-stream;q=0.5, application/json", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("text/*", "text/event-stream"),
        ("text/event-stream, */*;q=0.1", "text/event-stream"),
        ("text/html", "application/problem+json"),
        ("text/event-stream;q=0", "application/problem+json"),
    ],
)
async def test_accept_says_whether_the_answer_is_a_page_or_a_stream(sqlite_given: Given, accept, kind):
    person = await sqlite_given.member()
    headers = {"Accept": accept or "*/*"}
    answered = await person.call("HEAD", PATH, headers=headers)  # a stream's content would not end
    assert answered.headers["content-type"].partition(";")[0] == kind
    assert answered.status_code == (406 if "problem" in kind else 200)


async def test_what_is_wrong_with_a_stream_is_said_before_it_begins(sqlite_given: Given):
    person, admin = await sqlite_given.member(), await sqlite_given.staff("admin")
    stream = {"Accept": "text/event-stream"}
    _refusal(await person.get(PATH, params={"after": str(uuid4())}, headers=stream))
    wrong = {**stream, "Last-Event-ID": str(uuid4())}
    _refusal(await person.get(PATH, headers=wrong), "/header/Last-Event-ID")
    assert (await admin.get(PATH, headers=stream)).status_code == 403
    assert (await person.get(PATH, params={"type": "no.such"}, headers=stream)).status_code == 422
    # of a page it is not asked
    assert (await person.get(PATH, headers={"Last-Event-ID": str(uuid4())})).status_code == 200


def _plan(connection: psycopg.Connection, query) -> str:
    text = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {text}"))


FILL = """
    INSERT INTO applicants (id, name, type, country, created_at, updated_at)
        SELECT gen_random_uuid(), 'A ' || n, 'cdmo', 'US', now(), now() FROM generate_series(1, 200) n;
    WITH numbered AS (SELECT id, row_number() OVER () AS n FROM applicants)
    INSERT INTO events (id, type, audience, subject_id, subject, applicant_id, sequence, at, body)
        SELECT gen_random_uuid(), CASE WHEN e % 50 = 0 THEN 'designation_request.withdrawn' ELSE
               'designation_request.status_changed' END, CASE WHEN e % 2 = 0 THEN 'program' ELSE 'applicant' END,
               gen_random_uuid(), 'AMT-2026-' || e % 2000, numbered.id, 1, now(), '{}'
        FROM generate_series(1, 20000) e JOIN numbered ON numbered.n = e % 200 + 1;
    INSERT INTO feed (event_id, type, audience, applicant_id, subject)
        SELECT id, type, audience, applicant_id, subject FROM events ORDER BY id;
    ANALYZE feed; ANALYZE events;
"""


async def test_no_page_reads_the_whole_feed(postgres_url):
    """Over 20,000 events, from the start, the middle and the end, for each kind of caller and filter."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for statement in FILL.split(";"):
            connection.execute(statement)
        ids = [row[0] for row in connection.execute("SELECT id FROM applicants LIMIT 20")]

        def of(count: int) -> Actor:
            granted = frozenset({Permission.READ_EVENTS})
            standings = {each: Standing(each, "A", "cdmo", granted) for each in ids[:count]}
            return Actor(None, new_id(), "A", Audience.APPLICANT, standings=standings)

        staff = Actor(None, new_id(), "S", Audience.PROGRAM, roles=frozenset({Role.REVIEWER}))
        for actor, type, subject, start in itertools.product(
            (of(1), of(20), staff),
            (None, "designation_request.withdrawn"),
            (None, "AMT-2026-7"),
            (0, 10_000, 19_990),
        ):
            query = feed.page_of(actor, feed.Wanted(type, subject), start, 20_000, 50)
            plan = _plan(connection, query)
            assert "Seq Scan" not in plan, (actor.audience, type, subject, start, plan)
            assert "feed" in plan
        assert "Seq Scan on feed" in _plan(connection, select(feed.feed.c.type)), "the control"
