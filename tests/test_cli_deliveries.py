"""`amtdp deliveries`: what was given up is listed and revived where the store is."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.delivery.sending import Dead, Delivered
from app.store import deliveries, migrations
from app.store.database import Database
from app.store.deliveries import Due
from tests.clock import Clock
from tests.delivery.given import Scripted, states, worker


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, ["deliveries", *arguments, "--data-dir", str(folder)])
    assert said.exit_code == code, said.output
    return said.output


def in_store(folder: Path, act):
    async def work():
        database = Database(f"sqlite:///{folder}/amtdp.db")
        await migrations.upgrade(database)
        found = await act(database)
        await database.close()
        return found

    return asyncio.run(work())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two dead letters, one dead webhook, and one letter that was delivered."""

    async def fill(database: Database) -> None:
        clock = Clock()
        due = [Due(kind, f"canary {n}", kind) for n, kind in enumerate(("mail", "mail", "webhook", "mail"))]
        for n, each in enumerate(due):
            async with database.writing() as db:
                await deliveries.put(db, [each], clock())
            sender = Scripted(lambda _, n=n: Delivered() if n == 3 else Dead(f"refused {n}"))
            await worker(database, sender, clock, each.kind).drain()
            clock.move(minutes=1)

    in_store(tmp_path, fill)
    return tmp_path


def dead(folder: Path, *arguments: str):
    return json.loads(run(folder, "dead", "--json", *arguments))


def test_what_was_given_up_is_listed_latest_first_without_what_it_holds(folder):
    found = dead(folder)
    assert [each["last_error"] for each in found] == ["refused 2", "refused 1", "refused 0"]
    assert found[0].keys() == {"id", "kind", "lane", "attempts", "last_error", "at"}
    assert [each["kind"] for each in dead(folder, "--kind", "webhook")] == ["webhook"]
    assert len(dead(folder, "--limit", "2")) == 2
    spoken = run(folder, "dead")
    assert "3 given up" in spoken
    assert all(each["id"] in spoken for each in found)
    assert "canary" not in spoken


def test_those_named_begin_anew(folder):
    first, second, _ = dead(folder)
    assert json.loads(run(folder, "revive", first["id"], "--json")) == {"revived": 1}
    assert [each["id"] for each in dead(folder)] == [second["id"], dead(folder)[1]["id"]]
    # one that is dead no more is named in vain
    run(folder, "revive", first["id"], second["id"], code=1)
    assert in_store(folder, states) == {"ready": 2, "dead": 1, "done": 1}


def test_all_of_a_kind_begin_anew(folder):
    assert "2 begin anew" in run(folder, "revive", "--kind", "mail")
    assert [each["kind"] for each in dead(folder)] == ["webhook"]
    assert "0 begin anew" in run(folder, "revive", "--kind", "mail")


@pytest.mark.parametrize(
    "arguments", [[], ["--kind", "mail", "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"], ["first"]]
)
def test_what_to_revive_is_said_in_one_way(folder, arguments):
    run(folder, "revive", *arguments, code=2)
    assert len(dead(folder)) == 3
