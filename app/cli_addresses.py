"""`amtdp clear-address`: mail goes to an address again that bounced, or whose holder complained."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.services import bounces
from app.services.moved_clock import time_of
from app.settings import settings_of
from app.store import migrations
from app.store.database import Database
from app.wiring import utc_now


def clear_address(
    address: Annotated[str, typer.Argument(help="As the person has it.")],
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Also AMTDP_DATA_DIR.")] = None,
    database_url: Annotated[
        str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")
    ] = None,
) -> None:
    """Forget that an address took no mail, once the reason is gone."""
    settings = settings_of(data_dir, database_url)

    async def work() -> bool:
        database = Database(settings.database)
        await migrations.upgrade(database)
        try:
            async with database.writing() as db:
                return await bounces.clear(db, address, await time_of(db, utc_now()))
        finally:
            await database.close()

    if not asyncio.run(work()):
        raise typer.BadParameter("nothing is known against this address")
    typer.echo("cleared")
