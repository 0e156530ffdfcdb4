"""`amtdp staff add` and `amtdp keys create`: the first people and keys of a store, for people and for machines."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from app.domain.errors import Unauthenticated
from app.domain.policy import PROGRAM_PERMISSIONS, Permission, Scope
from app.keystore import keyring_of
from app.services import access
from app.settings import settings_of
from app.store import test_clock
from app.store.api_keys import api_keys
from app.store.database import Database
from app.wiring import utc_now

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
        try:
            async with database.reading() as db:
                actor = await access.identify(db, keyring_of(settings), key, utc_now())
                row = (await db.execute(select(api_keys).where(api_keys.c.id == actor.key_id))).one()
        finally:
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


def test_a_machine_of_the_program_gets_a_key_that_is_nobodys_and_never_signs(tmp_path):
    made = run(tmp_path, "keys", "create", "--program", "case system", "--expires", "30d")
    actor, row = actor_behind(tmp_path, made["api_key"])
    assert (actor.person_id, actor.name, actor.roles) == (None, "case system", {"integrator"})
    assert (row.applicant_id, row.label) == (None, "case system")
    assert (row.expires_at - row.created_at).days == 30
    assert actor.is_staff
    assert actor.may(Permission.MANAGE_ENDPOINTS)
    assert not any(actor.may(each) for each in PROGRAM_PERMISSIONS)
    assert Scope.REQUESTS_SIGN not in actor.scopes


def test_a_key_of_the_program_is_revoked_once_and_opens_nothing_then(tmp_path):
    made = run(tmp_path, "keys", "create", "--program", "case system", "--scope", "webhooks:write")
    assert run(tmp_path, "keys", "revoke", made["id"]) == {"id": made["id"], "status": "revoked"}
    with pytest.raises(Unauthenticated):
        actor_behind(tmp_path, made["api_key"])
    assert "no such key" in refused(tmp_path, "keys", "revoke", made["id"])


def test_a_persons_key_is_not_the_programs_to_revoke(tmp_path):
    run(tmp_path, "staff", "add", *PAT, "--role", "auditor")
    made = run(tmp_path, "keys", "create", "--email", "pat@program.example")
    assert "no such key" in refused(tmp_path, "keys", "revoke", made["id"])


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
        (["keys", "create"], "--email or --program"),
        (["keys", "create", "--email", "a@b.example", "--program", "x"], "--email or --program"),
        (["keys", "create", "--program", "x", "--scope", "requests:sign"], "no requests:sign"),
        (["keys", "create", "--program", ""], "1 to 100 printable"),
        (["keys", "revoke", "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"], "no such key"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(tmp_path, arguments, words):
    assert words in refused(tmp_path, *arguments)


def moved(folder: Path) -> None:
    """A store whose clock was moved a hundred days ahead."""

    async def move():
        database = Database(settings_of(folder, None).database)
        async with database.writing() as db:
            await test_clock.keep(db, timedelta(days=100))
        await database.close()

    asyncio.run(move())


def test_what_a_command_writes_is_dated_by_the_clock_of_the_store(tmp_path):
    run(tmp_path, "staff", "add", *PAT, "--role", "admin")
    moved(tmp_path)
    made = run(tmp_path, "keys", "create", "--program", "case system", "--expires", "30d")
    _, row = actor_behind(tmp_path, made["api_key"])
    assert timedelta(days=99) < row.created_at - utc_now() < timedelta(days=101)


@pytest.mark.parametrize("has_test_clock", [True, False])
def test_no_worker_goes_beside_a_test_clock(tmp_path, monkeypatch, has_test_clock):
    run(tmp_path, "staff", "add", *PAT, "--role", "admin")
    moved(tmp_path)
    monkeypatch.setenv("AMTDP_TEST_CLOCK", str(has_test_clock))
    said = CliRunner().invoke(app, ["worker", "--data-dir", str(tmp_path)])
    assert said.exit_code == 1
    assert "AMTDP_TEST_CLOCK" in said.output
    if not has_test_clock:
        said = CliRunner().invoke(app, ["serve", "--port", "0", "--data-dir", str(tmp_path)])
        assert (said.exit_code, "AMTDP_TEST_CLOCK" in said.output) == (1, True)
