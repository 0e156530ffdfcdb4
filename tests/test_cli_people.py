"""`amtdp staff add` and `amtdp keys create`: the first people and keys of a store, for people and for machines."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from app.keystore import keyring_of
from app.main import utc_now
from app.services import access
from app.settings import settings_of
from app.store.api_keys import api_keys
from app.store.database import Database

PAT = ["--name", "Pat Lee", "--email", "pat@program.example"]


def run(folder: Path, *arguments: str) -> dict[str, str]:
    said = CliRunner().invoke(app, [*arguments, "--data-dir", str(folder), "--json"])
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def refused(folder: Path, *arguments: str) -> str:
    said = CliRunner().invoke(app, [*arguments, "--data-dir", str(folder), "--json"])
    assert said.exit_code == 2
    return said.output


def actor_behind(folder: Path, key: str):
    async def look():
        settings = settings_of(folder, None)
        database = Database(settings.database)
        async with database.reading() as db:
            actor = await access.identify(db, keyring_of(settings), key, utc_now())
            row = (await db.execute(select(api_keys).where(api_keys.c.id == actor.key_id))).one()
        await database.close()
        return actor, row

    return asyncio.run(look())


def test_the_first_member_of_staff_can_call_at_once(tmp_path):
    made = run(tmp_path, "staff", "add", *PAT, "--role", "coordinator", "--role", "admin", "--center", "CDER")
    assert made.keys() == {"person_id", "api_key", "password"}
    actor, _ = actor_behind(tmp_path, made["api_key"])
    assert (str(actor.person_id), actor.roles) == (made["person_id"], {"coordinator", "admin"})
    assert actor.is_staff
    assert actor.email_confirmed


def test_a_further_key_has_the_scopes_and_the_days_it_was_given(tmp_path):
    run(tmp_path, "staff", "add", *PAT, "--role", "auditor")
    made = run(tmp_path, "keys", "create", "--email", "PAT@program.example", "--scope", "requests:read",
               "--expires", "90d")  # fmt: skip
    assert made.keys() == {"id", "api_key"}
    actor, row = actor_behind(tmp_path, made["api_key"])
    assert (str(actor.key_id), actor.scopes) == (made["id"], {"requests:read"})
    assert (row.expires_at - row.created_at).days == 90


def test_an_address_is_somebodys_once(tmp_path):
    run(tmp_path, "staff", "add", *PAT, "--role", "auditor")
    assert "already belongs" in refused(tmp_path, "staff", "add", *PAT, "--role", "reviewer")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["staff", "add", *PAT, "--role", "signer"], "not a staff role"),
        (["staff", "add", *PAT, "--role", "director"], "director"),
        (["keys", "create", "--email", "nobody@program.example"], "no person with this"),
        (["keys", "create", "--email", "a@b.example", "--expires", "90"], "as 90d"),
        (["keys", "create", "--email", "a@b.example", "--expires", "0d"], "as 90d"),
        (["keys", "create", "--email", "a@b.example", "--scope", "everything"], "everything"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(tmp_path, arguments, words):
    assert words in refused(tmp_path, *arguments)
