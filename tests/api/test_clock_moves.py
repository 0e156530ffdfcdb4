"""The test clock: a call lets time pass, and everything on the way happens at its own instant."""

import asyncio
import itertools
import json
import time
from datetime import datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from itertools import pairwise

import httpx2
import pytest
from openapi_spec_validator import validate
from pydantic import ValidationError
from sqlalchemy import select

from app.delivery.backoff import WAITS
from app.delivery.timers import Timers
from app.delivery.webhooks import LIMIT
from app.domain.identity import new_id
from app.domain.policy import STAFF_ROLES, Role
from app.main import create_app
from app.services import correspondence, timers
from app.services.endpoint_health import HALF, WHOLE
from app.services.journal import instant
from app.services.moved_clock import StoreIsAhead, time_of
from app.settings import Mode, Settings
from app.store import test_clock as store
from app.store.test_clock import NotAlone
from app.wiring import utc_now, worker_of
from tests.api import description_lint
from tests.clock import START
from tests.conftest import CHEAP
from tests.delivery.peers import listening, status
from tests.given import Given
from tests.names import Names

DRAFTS = "/v1/designation-requests"
CLOCK = "/v1/test-clock"
MOVES = "/v1/test-clock/moves"
LONG = 300.0  # seconds: what these tests are about must not hang on how busy the machine is
NONE = {"timers": 0, "letters": 0, "webhooks": 0, "chores": 0}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"test_clock": True})


@pytest.fixture
async def admin(given: Given):
    given.runtime.mover.patience = LONG
    return await given.staff("admin")


async def moved(person, **sent):
    answered = await person.post(MOVES, json=sent)
    assert answered.status_code == 200, answered.text
    return answered.json()


def mail_of(given: Given):
    """Every letter sent so far: when it is dated, and its subject."""
    folder = given.runtime.settings.data_dir / "mail"
    letters = [message_from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    return [(parsedate_to_datetime(each["Date"]), str(each["Subject"])) for each in letters]


async def test_a_draft_is_announced_and_erased_at_its_own_instants(given: Given, admin):
    person = await given.member()
    number = (await given.draft(person))["number"]
    ends = START + timedelta(days=180)
    answered = await moved(admin, days=181)
    assert (answered["from"], answered["now"]) == (
        "2026-06-01T15:00:00.000000Z",
        "2026-11-29T15:00:00.000000Z",
    )
    assert answered["reached"] is True
    assert answered["did"]["letters"] == 3
    assert answered["did"]["chores"] > 181
    assert mail_of(given) == [
        (ends - timedelta(days=30), f"{number} expires in 30 days"),
        (ends - timedelta(days=7), f"{number} expires in 7 days"),
        (ends, f"{number} has expired"),
    ]
    assert (await person.get(f"{DRAFTS}/{number}")).status_code == 404
    assert (await person.get(CLOCK)).json() == {"now": answered["now"], "real": False}


@pytest.fixture
def ran(monkeypatch):
    """What the timers named `note` saw: their facts, and the time."""
    seen = []

    async def note(db, facts, at):
        seen.append((facts["n"], at))
        for follower in facts.get("then", ()):
            await timers.start(db, "note", follower, at + timedelta(hours=1), at, once=f"{follower}")

    ordinary = Timers.__init__

    def with_note(self, database, acts, now):
        ordinary(self, database, {**acts, "note": note}, now)

    monkeypatch.setattr(Timers, "__init__", with_note)
    return seen


async def start(given: Given, facts, **after):
    async with given.runtime.database.writing() as db:
        now = given.runtime.now()
        await timers.start(db, "note", facts, now + timedelta(**after), now, once=f"{facts}")


async def test_timers_run_in_order_at_their_own_instants_and_so_does_what_they_set(given, admin, ran):
    await start(given, {"n": 3}, days=9, seconds=7)
    await start(given, {"n": 1, "then": [{"n": 2}]}, days=2)
    await start(given, {"n": 5}, days=10, microseconds=1)
    await start(given, {"n": 4}, days=10)
    answered = await moved(admin, days=9, hours=24)
    after = [timedelta(days=2), timedelta(days=2, hours=1), timedelta(days=9, seconds=7), timedelta(days=10)]
    assert ran == [(n, START + by) for n, by in enumerate(after, start=1)]
    assert answered["did"] == {**NONE, "timers": 4, "chores": answered["did"]["chores"]}
    await moved(admin, hours=1)
    assert ran[-1] == (5, START + timedelta(days=10, microseconds=1))


async def test_a_move_of_nothing_does_what_is_due(given, admin, ran):
    await start(given, {"n": 1}, seconds=0)
    answered = await moved(admin, days=0)
    assert answered["did"] == {**NONE, "timers": 1}
    assert ran == [(1, START)]


REFUSED = [
    ({}, ""),
    ({"days": 1, "to": "2026-07-01T00:00:00Z"}, ""),
    ({"days": -1}, "/days"),
    ({"hours": 1.5}, "/hours"),
    ({"days": 401}, "/days"),
    ({"days": 400, "hours": 1}, "/days"),
    ({"to": "2026-06-01T14:59:59Z"}, "/to"),
    ({"to": "2027-07-07T15:00:00Z"}, "/to"),
    ({"to": "9999-12-31T23:59:59-12:00"}, "/to"),
    ({"to": 1_800_000_000}, "/to"),
    ({"to": "2026-07-01T00:00:00"}, "/to"),
    ({"weeks": 1}, "/weeks"),
]


@pytest.mark.parametrize(("sent", "pointer"), REFUSED, ids=str)
async def test_neither_backwards_nor_too_far_nor_by_a_strange_way(given, admin, sent, pointer):
    refused = await admin.post(MOVES, json=sent)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert given.runtime.now() == START


async def test_only_an_administrator_moves_it_and_everyone_with_a_key_sees_it(given: Given):
    for role in STAFF_ROLES - {Role.ADMIN}:
        person = await given.staff(role)
        assert (await person.post(MOVES, json={"days": 1})).status_code == 403
        assert (await person.get(CLOCK)).status_code == 200
    applicant = await given.member()
    assert (await applicant.post(MOVES, json={"days": 1})).status_code == 404
    assert (await applicant.get(CLOCK)).status_code == 200
    assert (await given.client.post(MOVES, json={"days": 1})).status_code == 401
    assert given.runtime.now() == START


async def test_a_repeated_call_moves_it_once(given, admin):
    sent = {"json": {"days": 1}, "headers": {"Idempotency-Key": "a"}}
    first, second = await admin.post(MOVES, **sent), await admin.post(MOVES, **sent)
    assert first.status_code == 200
    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"
    assert given.runtime.now() == START + timedelta(days=1)
    other = await admin.post(MOVES, json={"days": 2}, headers={"Idempotency-Key": "a"})
    assert other.json()["code"] == "idempotency-key-reused"


async def test_of_two_moves_at_once_one_is_refused_and_moves_nothing(given, admin, ran, monkeypatch):
    for day in range(1, 31):
        await start(given, {"n": day}, days=day)
    told, go = asyncio.Event(), given.runtime.mover._go

    async def goes_on(*way):
        await told.wait()  # until the others were answered, or it might be over before they come
        return await go(*way)

    monkeypatch.setattr(given.runtime.mover, "_go", goes_on)
    calls = [
        asyncio.create_task(each)
        for each in (
            admin.post(MOVES, json={"days": 30}),
            admin.post(MOVES, json={"days": 1}),
            admin.post(MOVES, json={"days": 2}, headers={"Idempotency-Key": "b"}),
        )
    ]
    for ended in itertools.islice(asyncio.as_completed(calls), 2):
        await ended
    told.set()
    answers = await asyncio.gather(*calls)
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    taken = next(each for each in answers if each.status_code == 200).json()
    assert taken["reached"]
    gone = datetime.fromisoformat(taken["now"]) - START
    assert ran == [(day, START + timedelta(days=day)) for day in range(1, gone.days + 1)]
    assert given.runtime.now() == START + gone


async def test_calls_are_answered_while_it_is_moved_and_time_only_grows(given, admin):
    person = await given.member()
    moving = asyncio.create_task(moved(admin, days=40))
    seen = []
    while not moving.done():
        draft = await given.draft(person)
        seen.append(draft["created_at"])
        await asyncio.sleep(0.01)
    assert (await moving)["reached"]
    assert seen == sorted(seen)
    assert len(set(seen)) > 2


@pytest.mark.parametrize("is_served_too", [False, True])
async def test_the_loop_of_the_server_takes_nothing_out_of_its_time(settings, clock, ran, is_served_too):
    app = create_app(settings, clock, deliver=is_served_too, passwords=CHEAP, resolve=Names())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            given = Given(app.state.runtime, client)
            admin = await given.staff("admin")
            for day in range(1, 21):
                await start(given, {"n": day}, days=day)
            await moved(admin, days=10)
            await moved(admin, days=10)
    assert ran == [(day, START + timedelta(days=day)) for day in range(1, 21)]


async def _at(settings, clock, act):
    app = create_app(settings, clock, passwords=CHEAP, resolve=Names())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            given = Given(app.state.runtime, client)
            if given.runtime.mover is not None:
                given.runtime.mover.patience = LONG
            return await act(given)


async def test_it_goes_on_with_real_time_and_no_restart_takes_it_back(settings, clock):
    async def move(given: Given):
        await moved(await given.staff("admin"), days=100)
        clock.move(hours=1)
        assert given.runtime.now() == START + timedelta(days=100, hours=1)

    async def look(given: Given):
        return given.runtime.now()

    await _at(settings, clock, move)
    clock.move(minutes=1)
    assert await _at(settings, clock, look) == START + timedelta(days=100, hours=1, minutes=1)


async def test_the_store_knows_the_time_before_anything_is_dated_by_it(given, admin, monkeypatch):
    dated = []
    tell = correspondence.tell_at_once

    async def watched(hand, told):
        dated.append((hand.now, START + await store.ahead(hand.db)))
        await tell(hand, told)

    monkeypatch.setattr(correspondence, "tell_at_once", watched)
    await given.draft(await given.member())
    await moved(admin, days=181)
    assert len(dated) == 3
    assert all(now == kept for now, kept in dated)


async def test_a_store_whose_clock_was_moved_is_not_served_on_real_time(settings, clock):
    async def move(given: Given):
        await moved(await given.staff("admin"), days=1)
        async with given.runtime.database.reading() as db:
            assert await time_of(db, START) == START + timedelta(days=1)

    await _at(settings, clock, move)

    async def nothing(given: Given): ...

    with pytest.raises(StoreIsAhead):
        await _at(settings.model_copy(update={"test_clock": False}), clock, nothing)
    await _at(settings, clock, nothing)


async def test_two_processes_do_not_have_the_clock_of_one_database(postgres_url, settings, clock):
    settings = settings.model_copy(update={"database_url": postgres_url})

    async def nothing(given: Given): ...

    async def again(given: Given):
        with pytest.raises(NotAlone):
            await _at(settings, clock, nothing)

    await _at(settings, clock, again)
    await _at(settings, clock, nothing)


async def test_a_move_that_takes_too_long_says_how_far_it_came(given, admin, ran):
    await start(given, {"n": 1}, days=399)
    given.runtime.mover.patience = 1.5  # enough for a day, and for 400 by far too little
    answered = await moved(admin, days=400)
    assert answered["reached"] is False
    assert START < datetime.fromisoformat(answered["now"]) < START + timedelta(days=400)
    assert ran == []
    given.runtime.mover.patience = LONG
    target = (START + timedelta(days=400)).isoformat()
    assert (await moved(admin, to=target))["reached"] is True
    assert ran == [(1, START + timedelta(days=399))]


async def test_a_dead_receiver_is_tried_by_the_table_and_its_owner_told_on_the_way(given: Given, admin):
    owner = await given.member()
    async with listening(status(500)) as peer:
        endpoint = await given.endpoint(owner, url=peer.url)
        await given.submitted(owner)
        answered = await moved(admin, days=6)
    assert answered["reached"] is True
    assert answered["did"]["webhooks"] == len(peer.got) >= len(WAITS)
    for delivery in await given.deliveries(owner, endpoint):
        if delivery["attempt_count"] > len(WAITS):
            assert delivery["status"] == "exhausted"
            whole = (await owner.get(f"/v1/webhook-deliveries/{delivery['id']}")).json()
            instants = [datetime.fromisoformat(each["at"]) for each in whole["attempts"]]
            gaps = [later - at for at, later in pairwise(instants)]
            assert all(0.79 < gap / wait < 1.21 for gap, wait in zip(gaps, WAITS, strict=True))
    dates = {subject: at for at, subject in mail_of(given)}
    assert dates["Webhooks to 127.0.0.1 fail"] == START + HALF
    assert dates["The webhook endpoint at 127.0.0.1 is disabled"] == START + WHOLE


async def test_a_receiver_that_hangs_does_not_hold_the_call(given: Given, admin):
    async def hang(got, writer) -> None:
        await asyncio.sleep(60)

    owner = await given.member()
    given.runtime.mover.patience, began = 0.5, time.monotonic()
    async with listening(hang) as peer:
        endpoint = await given.endpoint(owner, url=peer.url)
        await given.submitted(owner)
        answered = await moved(admin, days=6)
    assert answered["reached"] is False
    assert time.monotonic() - began < LIMIT, "it did not wait for the attempt to time out"
    (delivery, *_) = await given.deliveries(owner, endpoint)
    assert (delivery["status"], delivery["attempt_count"]) == (
        "pending",
        0,
    )  # handed back, and not held against it


async def test_a_receiver_in_real_time_can_verify_what_is_sent_from_the_future(given: Given, admin):
    owner = await given.member()
    async with listening() as peer:
        await given.endpoint(owner, url=peer.url)
        await moved(admin, days=90)
        await given.submitted(owner)
        await moved(admin, days=0)
    assert {each.headers["webhook-timestamp"] for each in peer.got} == {str(int(START.timestamp()))}
    (told,) = {json.loads(each.body)["time"][:10] for each in peer.got}
    assert told == str((START + timedelta(days=90)).date())


async def test_an_upload_that_is_on_its_way_is_no_orphan_for_a_leap(settings):
    async def content():
        yield b"just stored, and its row not written yet"

    async def act(given: Given):
        name = f"{new_id()}/{new_id()}"
        await given.runtime.blobs.put(name, content())
        await moved(await given.staff("admin"), days=2)
        assert name in {each.name async for each in given.runtime.blobs.listed()}

    await _at(settings, utc_now, act)


async def test_with_a_clock_that_ticks_nothing_is_dated_out_of_its_order(settings, ran):
    async def act(given: Given):
        admin = await given.staff("admin")
        for day in range(1, 4):
            await start(given, {"n": day}, days=day)
        first, second = await moved(admin, days=2), await moved(admin, days=2)
        assert first["reached"]
        assert second["reached"]
        assert first["from"] < first["now"] < second["from"] < second["now"] <= instant(given.runtime.now())

    await _at(settings, utc_now, act)
    assert [n for n, _ in ran] == [1, 2, 3]
    assert timedelta(days=1) == ran[1][1] - ran[0][1] - (ran[1][1] - ran[0][1]) % timedelta(hours=1)


async def test_the_routes_are_described_while_they_are_there(service, given):
    document = (await given.client.get("/openapi.json")).json()
    validate(document)
    assert description_lint.faults(document) == []
    assert {CLOCK, MOVES} <= document["paths"].keys()


@pytest.mark.parametrize("mode", [Mode.DEVELOPMENT, Mode.PRODUCTION])
async def test_without_the_setting_there_is_no_such_thing(settings, clock, mode):
    more = {"test_clock": False, "mode": mode}

    async def look(given: Given):
        admin = await given.staff("admin")
        nowhere = await admin.get("/v1/nothing-of-the-kind")
        for answered in (await admin.get(CLOCK), await admin.post(MOVES, json={"days": 1})):
            assert answered.status_code == nowhere.status_code == 404
            assert answered.json()["code"] == nowhere.json()["code"]
        assert "test-clock" not in (await admin.get("/openapi.json")).text
        assert given.runtime.now is clock
        assert given.runtime.mover is None

    await _at(settings.model_copy(update=more), clock, look)


PRODUCTION = {
    "mode": "production",
    "database_url": "sqlite:////nonexistent/never.db",
    "secret": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA==",
    "signing_key": "a key",
    "smtp_url": "smtp://mail.example",
    "clamd_url": "tcp://scanner.example:3310",
}


def test_production_refuses_the_setting_whatever_its_spelling(monkeypatch):
    assert not Settings(**PRODUCTION).test_clock
    for said in ("true", "1", "yes", "on", "TRUE"):
        monkeypatch.setenv("AMTDP_TEST_CLOCK", said)
        with pytest.raises(ValidationError, match="unset AMTDP_TEST_CLOCK"):
            Settings(**PRODUCTION)


async def test_what_it_has_kept_is_one_row(given, admin):
    for _ in range(2):
        await moved(admin, days=1)
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(select(store.test_clock))).all()
        assert await store.ahead(db) == timedelta(days=2)
    assert len(rows) == 1
    assert worker_of(given.runtime).by_database is False
