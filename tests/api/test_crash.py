"""Killed at any statement of `submit`, the service has filed the request whole or not at all."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import event

from app.main import create_app
from app.services import verification
from app.settings import Settings
from app.store.database import Database
from app.store.schema import metadata
from tests.clock import Clock
from tests.given import Given

MOST_STATEMENTS = 30
LEFT_BY_SUBMIT = ("snapshots", "signatures", "events")


def _submit_and_die(settings: Settings, at_statement: int) -> bool:
    """Runs a whole submission in a child that kills itself before its n-th statement; whether it came to the end."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_submission(settings, at_statement))
        except BaseException as fault:  # noqa: BLE001 - the child must end here, whatever happened
            print(fault, file=sys.stderr)
            os._exit(2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


async def _submission(settings: Settings, at_statement: int) -> None:
    app = create_app(settings, Clock())
    async with app.router.lifespan_context(app):
        runtime = app.state.runtime
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            given = Given(runtime, client)
            person = await given.member()
            draft = await given.ready_draft(person)
            left = at_statement

            def count(*_: object) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            for engine in runtime.database.engines:
                event.listen(engine.sync_engine, "before_cursor_execute", count)
                event.listen(engine.sync_engine, "commit", count)
            answered = await given.move(person, draft["number"], "submit")
            left = MOST_STATEMENTS  # what the service writes as it stops is another matter
            assert answered.status_code == 200, answered.text


async def _left_in(url: str) -> dict[str, list[object]]:
    database = Database(url)
    async with database.reading() as db:
        rows = {name: list(await db.execute(metadata.tables[name].select())) for name in metadata.tables}
        faults = [fault async for _, fault in verification.broken_chains(db)]
    await database.close()
    assert set(faults) <= {None}
    return rows


# the child is forked from a process with threads; it only ever runs what stands above, and ends
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_kill_at_any_statement_of_submit_leaves_all_or_nothing(database_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "var", database_url=database_url, rate_per_minute=1_000_000)
    submitted = 0
    for at_statement in range(MOST_STATEMENTS):
        ended = _submit_and_die(settings, at_statement)
        rows = asyncio.run(_left_in(database_url))
        received = [row for row in rows["designation_requests"] if row.state == "submitted"]
        journalled = [row for row in rows["journal_entries"] if row.action == "submitted"]
        assert len(received) == len(journalled) == len(rows["snapshots"]) == len(rows["signatures"])
        assert len(rows["events"]) == 5 * len(received)
        # a kill after the commit leaves the whole; one before it leaves nothing
        assert len(received) - submitted in ({1} if ended else {0, 1})
        submitted = len(received)
        if submitted:
            break
    assert submitted == 1
    assert at_statement > 5, "the kills must have reached into the transaction"
