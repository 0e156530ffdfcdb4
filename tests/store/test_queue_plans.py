"""The program's queues come from an index in the order asked for, on both databases, whatever was ever received."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.domain.policy import Actor, Audience, Role
from app.store import request_list
from app.store.database import Database
from app.store.request_list import Wanted
from app.store.requests import requests
from tests.given import Given

ROWS, REVIEWERS = 20_000, 20
DIALECT: dict[str, dict[str, str]] = {
    "postgresql": {
        "id": "gen_random_uuid()",
        "day": "(date '2020-01-01' + n / 10)",
        "numbers": "generate_series(1, 20000) n",
        "analyze": "ANALYZE",
    },
    "sqlite": {
        "id": "lower(hex(randomblob(16)))",
        "day": "date('2020-01-01', '+' || (n / 10) || ' days')",
        "numbers": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c)",
        "analyze": "ANALYZE",
    },
}


async def _filled(given: Given) -> Any:
    """Some twenty thousand received requests, the last tenth of them open, each with its owner; one of the owners."""
    person = await given.member()
    template = (await given.submitted(person))["number"]
    reviewers = [await given.staff("reviewer") for _ in range(REVIEWERS)]
    async with given.runtime.database.writing() as db:
        words = DIALECT[db.dialect.name]
        ended = f"CASE WHEN n < {ROWS * 9 // 10} THEN {words['day']} END"
        changed = {
            "id": words["id"],
            "number": "'AMT-1999-' || (100000 + n)",
            "statutory_due_on": words["day"],
            "ended_on": ended,
        }
        columns = ", ".join(column.name for column in requests.c)
        values = ", ".join(changed.get(column.name, f"t.{column.name}") for column in requests.c)
        await db.execute(
            text(
                f"INSERT INTO designation_requests ({columns}) SELECT {values}"
                f" FROM designation_requests t, {words['numbers']} WHERE t.number = '{template}'"
            )
        )
        for place, reviewer in enumerate(reviewers):
            who = reviewer.id.hex if db.dialect.name == "sqlite" else str(reviewer.id)
            await db.execute(
                text(
                    "INSERT INTO assignments (id, request_id, person_id, part, due_on, assigned_by, assigned_at)"
                    f" SELECT {words['id']}, id, '{who}', 'lead', statutory_due_on, '{who}', received_at"
                    " FROM designation_requests WHERE number LIKE 'AMT-1999-%'"
                    f" AND CAST(substr(number, 10) AS integer) % {REVIEWERS} = {place}"
                )
            )
    await _analyze(given.runtime.database)
    return reviewers[3].id


async def _analyze(database: Database) -> None:
    async with database.writing() as db:
        await db.execute(text("ANALYZE"))


async def _plan(db: AsyncConnection, wanted: Wanted) -> str:
    actor = Actor(None, new_id(), "S", Audience.PROGRAM, roles=frozenset({Role.COORDINATOR}))
    is_postgresql = db.dialect.name == "postgresql"
    query = request_list.query_of(actor, wanted, is_postgresql=is_postgresql).limit(51)
    sql = str(query.compile(dialect=db.dialect, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN" if is_postgresql else "EXPLAIN QUERY PLAN"
    rows = await db.exec_driver_sql(f"{explain} {sql.replace('%', '%%') if is_postgresql else sql}")
    return "\n".join(str(row[-1]) for row in rows)


def _sorts(plan: str) -> bool:
    return "Sort" in plan or "TEMP B-TREE" in plan


async def test_no_queue_is_read_whole(given: Given):
    reviewer = await _filled(given)
    async with given.runtime.database.reading() as db:
        today = given.runtime.now().date()
        for sort in ("statutory_due_on", "-statutory_due_on"):
            for clock, index in (
                (None, "ix_desk_statutory_due_on"),
                ("running", "ix_desk_running"),
                ("overdue", "ix_desk_running"),
            ):
                plan = await _plan(db, Wanted(sort, clock=clock, today=today))
                assert index in plan, (sort, clock, plan)
                assert not _sorts(plan), (sort, clock, plan)
                queue = await _plan(db, Wanted(sort, clock=clock, today=today, assigned_to=reviewer))
                assert "ix_assignments_queue" in queue, (sort, clock, queue)
                # PostgreSQL may rather sort the few of one person than walk past what is decided
                assert not _sorts(queue) or (clock and db.dialect.name == "postgresql"), (sort, clock, queue)
                assert "SCAN designation_requests" not in queue, queue
                assert "Seq Scan on designation_requests" not in queue, queue
        assert _sorts(await _plan(db, Wanted("-received_on", {"state": "withdrawn"}))), "the control"


async def test_a_queue_holds_what_a_look_at_every_row_holds(given: Given):
    reviewer = await _filled(given)
    actor = Actor(None, new_id(), "S", Audience.PROGRAM, roles=frozenset({Role.COORDINATOR}))
    today = given.runtime.now().date()
    async with given.runtime.database.reading() as db:
        for state in ("running", "overdue", "ended"):
            wanted = Wanted("statutory_due_on", clock=state, today=today)
            every = await request_list.find_page(db, actor, wanted, ROWS + 1)
            found = await request_list.find_page(db, actor, replace(wanted, assigned_to=reviewer), ROWS)
            owned = [each.number for each in every if _is_of(each.number, 3)]
            assert sorted(each.number for each in found) == sorted(owned)
            days = [each.statutory_due_on for each in found]
            assert days == sorted(days)
            assert found or state == "overdue"


def _is_of(number: str, place: int) -> bool:
    return number.startswith("AMT-1999") and int(number[9:]) % REVIEWERS == place
