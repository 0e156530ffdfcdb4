"""Killed at any statement of a signed act, the service has done the whole of it or nothing."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import event

from app.main import create_app
from app.services import verification
from app.settings import Settings
from app.store.database import Database
from app.store.schema import metadata
from tests.clock import Clock
from tests.given import DECISIONS, Given, Person

MOST_STATEMENTS = 40


@dataclass(frozen=True)
class Act:
    """A transition that is cut off: how to come before it, who makes it, and what it leaves when it is whole."""

    before: Callable[[Given], Awaitable[tuple[Person, str, dict[str, Any]]]]
    name: str
    state: str
    action: str
    left: dict[str, int]  # rows of each table that one such act adds


async def _before_submit(given: Given) -> tuple[Person, str, dict[str, Any]]:
    person = await given.member()
    return person, (await given.ready_draft(person))["number"], {}


async def _before_answer(given: Given) -> tuple[Person, str, dict[str, Any]]:
    person, desk = await given.member(), await given.desk()
    answers = [{"question": n, "text": "As said."} for n in (1, 2)]
    content = {"scalability": {"no_gmp_because": "Engineering runs."}}
    return person, (await given.asked(person, desk))["number"], {"answers": answers, "content": content}


async def _before_decision(given: Given) -> tuple[Person, str, dict[str, Any]]:
    person, desk = await given.member(), await given.desk()
    return desk.signatory, (await given.recommended(person, desk))["number"], DECISIONS["designate"]


ACTS = (
    Act(_before_submit, "submit", "submitted", "submitted", {"snapshots": 1, "signatures": 1, "events": 5}),
    Act(
        _before_answer,
        "respond",
        "under_assessment",
        "responded",
        {"information_responses": 1, "snapshots": 1, "signatures": 1, "events": 5},
    ),
    Act(
        _before_decision,
        "designate",
        "designated",
        "designated",
        {"decisions": 1, "designations": 1, "signatures": 1, "events": 9},
    ),
)
Rows = dict[str, list[Any]]


def _act_and_die(settings: Settings, act: Act, at_statement: int) -> bool:
    """Makes the transition in a child that kills itself before its n-th statement; whether it came to the end.

    What went before is left in the store, as a file beside it says.
    """
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_act(settings, act, at_statement))
        except BaseException as fault:  # noqa: BLE001 - the child must end here, whatever happened
            print(fault, file=sys.stderr)
            os._exit(2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


async def _act(settings: Settings, act: Act, at_statement: int) -> None:
    app = create_app(settings, Clock())
    async with app.router.lifespan_context(app):
        runtime = app.state.runtime
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            given = Given(runtime, client)
            who, number, arguments = await act.before(given)
            kept = await _rows(runtime.database)
            (settings.data_dir / "before.json").write_text(
                json.dumps({name: len(kept[name]) for name in kept})
            )
            left = at_statement

            def count(*_: object) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            for engine in runtime.database.engines:
                event.listen(engine.sync_engine, "before_cursor_execute", count)
                event.listen(engine.sync_engine, "commit", count)
            answered = await given.move(who, number, act.name, **arguments)
            left = MOST_STATEMENTS  # what the service writes as it stops is another matter
            assert answered.status_code == 200, answered.text


async def _rows(database: Database) -> Rows:
    async with database.reading() as db:
        return {name: list(await db.execute(table.select())) for name, table in metadata.tables.items()}


async def _left_in(url: str) -> Rows:
    database = Database(url)
    rows = await _rows(database)
    async with database.reading() as db:
        faults = [fault async for _, fault in verification.broken_chains(db)]
    await database.close()
    assert set(faults) <= {None}
    return rows


# the child is forked from a process with threads; it only ever runs what stands above, and ends
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_a_kill_at_any_statement_of_a_signed_act_leaves_all_or_nothing(
    database_url: str, tmp_path: Path, act: Act
):
    settings = Settings(data_dir=tmp_path / "var", database_url=database_url, rate_per_minute=1_000_000)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    for at_statement in range(MOST_STATEMENTS):
        ended = _act_and_die(settings, act, at_statement)
        before = json.loads((settings.data_dir / "before.json").read_text())
        rows = asyncio.run(_left_in(database_url))
        added = {name: len(rows[name]) - before[name] for name in act.left}
        acted = sum(row.action == act.action for row in rows["journal_entries"])
        # a kill after the commit leaves the whole; one before it leaves nothing
        whole = added == act.left
        assert whole or not any(added.values()), added
        assert acted == whole
        assert whole or not ended
        if whole:
            newest = max(rows["designation_requests"], key=lambda row: row.number)
            assert newest.state == act.state
            break
    assert whole
    assert at_statement > 5, "the kills must have reached into the transaction"
