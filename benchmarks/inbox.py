"""The inbox at very many messages against a thousand: its first page, and the counts of unread threads."""

import time
from typing import Final

import psycopg

from benchmarks.load import in_turn
from benchmarks.stage import Stage, call_of
from benchmarks.table import Line, at_most
from tests.given import Given, Person

BOXES: Final = "/v1/mailboxes"
SMALL, LARGE = 1_000, 1_000_000
A_THREAD: Final = 10  # messages; each of the last 40 threads has its last one unread, whatever lies below
CALLS: Final = 201

_THREADS = """
    INSERT INTO threads (id, kind, audience, applicant_id, desk, subject, turn, messages, last_message_id, last_at, created_at)
    SELECT ('0180' || lpad(to_hex(n), 8, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, 'general', 'applicant',
        %(applicant)s, 'program', 'Thread ' || n, 'applicant', %(each)s::int,
        ('0181' || lpad(to_hex(n), 8, '0') || '70008000' || lpad(to_hex(%(each)s::int), 12, '0'))::uuid, now(), now()
    FROM generate_series(%(first)s::int, %(last)s::int) n
"""
_MESSAGES = """
    INSERT INTO messages (id, thread_id, seq, at, side, via, text)
    SELECT ('0181' || lpad(to_hex(n), 8, '0') || '70008000' || lpad(to_hex(s), 12, '0'))::uuid,
        ('0180' || lpad(to_hex(n), 8, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, s, now(), 'program', 'api', 'Words.'
    FROM generate_series(%(first)s::int, %(last)s::int) n, generate_series(1, %(each)s::int) s
"""
_PLACES = """
    INSERT INTO placements (mailbox_id, thread_id, last_message_id, touched)
    SELECT box, id, last_message_id, 1 FROM threads, unnest(ARRAY[%(applicant)s::uuid, %(desk)s::uuid]) box
    WHERE kind = 'general' AND id NOT IN (SELECT thread_id FROM placements)
"""
_RECEIPTS = """
    INSERT INTO receipts (message_id, person_id, thread_id, available_at, opened_at, touched)
    SELECT m.id, %(person)s::uuid, m.thread_id, now(), now(), 1 FROM messages m
    WHERE NOT EXISTS (SELECT FROM receipts r WHERE r.message_id = m.id AND r.person_id = %(person)s)
"""
_UNREAD = """
    UPDATE receipts SET opened_at = CASE WHEN message_id IN (
        SELECT last_message_id FROM threads WHERE kind = 'general' ORDER BY last_message_id DESC LIMIT 40
    ) THEN NULL ELSE now() END
    WHERE opened_at IS NULL OR message_id IN (
        SELECT last_message_id FROM threads WHERE kind = 'general' ORDER BY last_message_id DESC LIMIT 40
    )
"""


def _fill(url: str, person: Person, first: int, last: int) -> None:
    """Threads with these numbers, all in the applicant's mailbox and read but for the newest."""
    given = {
        "applicant": person.applicant_id,
        "person": person.id,
        "desk": "01856aa0-c800-7000-8000-000000000001",
        "first": first,
        "last": last,
        "each": A_THREAD,
    }
    with psycopg.connect(url, autocommit=True) as db:
        for statement in (_THREADS, _MESSAGES, _PLACES, _RECEIPTS, _UNREAD):
            db.execute(statement, given)
        db.execute("VACUUM (FREEZE, ANALYZE) threads, messages, placements, receipts")
        db.execute("CHECKPOINT")  # what is measured is the size, not the server putting the fill away


def lines(stage: Stage) -> list[Line]:
    async def cast(given: Given) -> tuple[Person, Person]:
        return await given.member(), await given.staff("coordinator")

    person, coordinator = stage.prepare(cast)
    calls = {
        "first page of threads": call_of(person, "GET", f"{BOXES}/{person.applicant_id}/threads"),
        "unread threads": call_of(person, "GET", f"{BOXES}/{person.applicant_id}/threads?unread=true"),
        "unread counts of all mailboxes": call_of(person, "GET", BOXES),
        "first page of a desk": call_of(
            coordinator, "GET", f"{BOXES}/01856aa0-c800-7000-8000-000000000001/threads"
        ),
    }
    with stage.service() as service:

        def measured() -> dict[str, float]:
            me = call_of(person, "GET", "/v1/me")
            return {name: in_turn(service.port, call, me, CALLS) for name, call in calls.items()}

        _fill(stage.database_url, person, 1, SMALL // A_THREAD)
        few = measured()
        began = time.monotonic()
        _fill(stage.database_url, person, SMALL // A_THREAD + 1, LARGE // A_THREAD)
        note = f"{LARGE:,} messages, filled in {time.monotonic() - began:.0f} s"
        many = measured()
    section = f"Inbox at {LARGE:,} messages / at {SMALL:,}"
    return [at_most(section, name, many[name] / few[name], 1.3, note) for name in calls]
