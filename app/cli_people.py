"""`amtdp staff` and `amtdp keys`: the first people and keys, made where the store is."""

import asyncio
import json
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import DomainError
from app.domain.policy import STAFF_ROLES, Role, Scope
from app.keystore import keyring_of
from app.services import keys, staff
from app.services.keys import Owner
from app.services.moved_clock import time_of
from app.services.passwords import Passwords
from app.services.registrations import email_key
from app.settings import Settings, settings_of
from app.store import migrations
from app.store.database import Database
from app.store.people import people
from app.wiring import utc_now

staff_app = typer.Typer(no_args_is_help=True, help="People of the program.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Embedded store; also AMTDP_DATA_DIR.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")]
LONGEST_LABEL = 100
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]


@staff_app.callback()
def _staff() -> None:
    """People of the program."""


@keys_app.callback()
def _keys() -> None:
    """API keys."""


@staff_app.command("add")
def add(
    name: Annotated[str, typer.Option()],
    email: Annotated[str, typer.Option()],
    role: Annotated[list[Role], typer.Option(help="Repeat for several.")],
    center: Annotated[str | None, typer.Option(help="CDER or CBER.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Add a member of staff with a first key and password, shown once."""
    wrong = sorted(set(role) - STAFF_ROLES)
    if wrong:
        raise typer.BadParameter(f"not a staff role: {', '.join(wrong)}")
    settings = settings_of(data_dir, database_url)
    _say(_run(added(settings, name, email, role, center)), as_json=as_json)


async def added(
    settings: Settings, name: str, email: str, roles: Iterable[Role], center: str | None = None
) -> dict[str, str]:
    """Adds a member of staff where the store is; what is shown once. Raises DomainError."""
    password = staff.new_password()
    hashed = await Passwords().hash(password)
    database = Database(settings.database)
    await migrations.upgrade(database)
    try:
        async with database.writing() as db:
            now = await time_of(db, utc_now())
            recruit = staff.Recruit(name, email, tuple(roles), hashed, center)
            person_id, key = await staff.add(db, keyring_of(settings), recruit, now)
    finally:
        await database.close()
    return {"person_id": str(person_id), "api_key": key.text, "password": password}


@keys_app.command("create")
def create(
    email: Annotated[str | None, typer.Option(help="Whose key it is: a person's confirmed address.")] = None,
    program: Annotated[
        str | None, typer.Option(help="Instead of --email: a key for a machine of the program; its label.")
    ] = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="Repeat for several; all where left out.")] = None,
    expires: Annotated[str | None, typer.Option(help="As 90d.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a person or for a machine of the program, shown once."""
    if (email is None) == (program is None):
        raise typer.BadParameter("give --email or --program")
    if program is not None:
        _check_machine(program, scope or ())
    settings = settings_of(data_dir, database_url)
    life = _days(expires) if expires else None
    usual = tuple(Scope) if program is None else tuple(keys.MACHINE_SCOPES)

    async def work() -> dict[str, str]:
        database = Database(settings.database)
        await migrations.upgrade(database)
        try:
            async with database.writing() as db:
                now = await time_of(db, utc_now())
                key = await keys.make(
                    db,
                    keyring_of(settings),
                    Owner() if email is None else await _person_at(db, email),
                    now,
                    scopes=scope or usual,
                    label=program or "",
                    expires_at=now + life if life else None,
                )
        finally:
            await database.close()
        return {"id": str(key.id), "api_key": key.text}

    _say(_run(work()), as_json=as_json)


@keys_app.command("revoke")
def revoke(
    id: Annotated[UUID, typer.Argument(help="As `amtdp keys create` said it.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """End a key of a machine of the program at once; persons and applicants end theirs through the API."""
    settings = settings_of(data_dir, database_url)

    async def work() -> dict[str, str]:
        database = Database(settings.database)
        await migrations.upgrade(database)
        try:
            async with database.writing() as db:
                now = await time_of(db, utc_now())
                if not await keys.end_of_program(db, id, now):
                    raise typer.BadParameter("no such key of the program that is still good")
        finally:
            await database.close()
        return {"id": str(id), "status": "revoked"}

    facts = _run(work())
    typer.echo(json.dumps(facts) if as_json else f"{facts['id']} revoked")


def _check_machine(label: str, scopes: Iterable[Scope]) -> None:
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise typer.BadParameter(f"a label has 1 to {LONGEST_LABEL} printable characters")
    beyond = sorted(set(scopes) - keys.MACHINE_SCOPES)
    if beyond:
        raise typer.BadParameter(f"a machine's key has no {', '.join(beyond)}")


async def _person_at(db: AsyncConnection, email: str) -> Owner:
    # a confirmed address names one person; of several that only claim it none is meant
    holder = select(people.c.id).where(
        people.c.email_key == email_key(email), people.c.email_confirmed_at.is_not(None)
    )
    person_id = (await db.execute(holder)).scalar_one_or_none()
    if person_id is None:
        raise typer.BadParameter("no person with this confirmed address")
    return Owner(person_id)


def _days(text: str) -> timedelta:
    if not text.endswith("d") or not text[:-1].isdigit() or not 0 < int(text[:-1]) < 10_000:  # noqa: PLR2004 - some 27 years, which is for ever
        raise typer.BadParameter("expires takes a number of days, as 90d")
    return timedelta(days=int(text[:-1]))


def _run(work: Coroutine[None, None, dict[str, str]]) -> dict[str, str]:
    try:
        return asyncio.run(work)
    except DomainError as refused:
        raise typer.BadParameter(refused.detail) from None


def _say(facts: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' '):<12}{value}")
    typer.echo("Key and password are shown this once.")
