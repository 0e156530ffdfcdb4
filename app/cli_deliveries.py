"""`amtdp deliveries`: what was given up, seen and revived from the command line."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services import security
from app.services.journal import instant
from app.services.moved_clock import time_of
from app.settings import settings_of
from app.store import dead_letters, deliveries, migrations
from app.store.database import Database
from app.wiring import utc_now

deliveries_app = typer.Typer(no_args_is_help=True, help="Deliveries that were given up.")
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Embedded store; also AMTDP_DATA_DIR.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Kind = Annotated[str | None, typer.Option(help="Only this kind: mail, mail_in, webhook, timer, chore.")]
Shown = TypeVar("Shown")


@deliveries_app.callback()
def _deliveries() -> None:
    """Deliveries that were given up."""


@deliveries_app.command()
def dead(
    kind: Kind = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what was given up, the latest first; never what it holds."""

    async def look(db: AsyncConnection) -> list[dict[str, str | int | None]]:
        return [
            {
                "id": str(row.id),
                "kind": row.kind,
                "lane": row.lane,
                "attempts": row.attempts,
                "last_error": row.last_error,
                "at": instant(row.settled_at),
            }
            for row in await dead_letters.page(db, kind, None, limit)
        ]

    found = _in_store(look, data_dir, database_url)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for each in found:
        typer.echo(
            f"{each['id']}  {each['at']}  {each['lane']}  {each['attempts']} attempts  {each['last_error']}"
        )
    typer.echo(f"{len(found)} given up")


@deliveries_app.command()
def revive(
    ids: Annotated[list[UUID] | None, typer.Argument(help="As `amtdp deliveries dead` names them.")] = None,
    kind: Kind = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let what was given up begin anew: those named, or all of a kind."""
    if bool(ids) == (kind is not None):
        raise typer.BadParameter("give ids, or a kind")

    async def act(db: AsyncConnection) -> int:
        now = await time_of(db, utc_now())
        revived = await deliveries.revive(db, now, ids=ids or (), kind=kind)
        which = kind or " ".join(map(str, ids or ()))
        await security.note(db, "deliveries_revived", now, count=revived, which=which)
        return revived

    revived = _in_store(act, data_dir, database_url)
    typer.echo(json.dumps({"revived": revived}) if as_json else f"{revived} begin anew")
    if ids and revived < len(set(ids)):
        raise typer.Exit(1)


def _in_store(
    act: Callable[[AsyncConnection], Awaitable[Shown]], data_dir: Path | None, database_url: str | None
) -> Shown:
    async def work() -> Shown:
        database = Database(settings_of(data_dir, database_url).database)
        await migrations.upgrade(database)
        try:
            async with database.writing() as db:
                return await act(db)
        finally:
            await database.close()

    return asyncio.run(work())
