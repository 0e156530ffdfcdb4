"""`amtdp verify-journal`, `verify-receipt`, `verify-package`: whether what was recorded or handed out still holds."""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile, ZipFile

import typer

from app.domain import exact_json, package_faults, receipts
from app.keystore import keyring_of
from app.services import verification
from app.settings import settings_of
from app.store.database import Database

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Embedded store; also AMTDP_DATA_DIR.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")]
Keys = Annotated[str | None, typer.Option(help="JWKS file or URL; else the service's own keys.")]


def verify_journal(
    number: str | None = None, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Check the hash chain of every request, or of one; names the first broken entry."""

    async def work() -> int:
        database = Database(settings_of(data_dir, database_url).database)
        seen = broken = 0
        async with database.reading() as db:
            async for each, fault in verification.broken_chains(db, number):
                seen += 1
                if fault is not None:
                    broken += 1
                    typer.echo(f"{each}: {fault}", err=True)
        await database.close()
        if number is not None and not seen:
            typer.echo(f"{number}: no such request", err=True)
            return 1
        typer.echo(f"{seen - broken} of {seen} chains hold")
        return 1 if broken else 0

    sys.exit(asyncio.run(work()))


def verify_receipt(
    file: Path,
    keys: Keys = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Check a deposit receipt offline: signature, and that no member was changed."""
    try:
        document = exact_json.decode(file.read_bytes())
        known = _known(keys, data_dir, database_url)
    except (OSError, ValueError) as fault:
        typer.echo(f"cannot read: {fault}", err=True)
        sys.exit(1)
    wrong = receipts.fault_of(document, known)
    if wrong:
        typer.echo(wrong, err=True)
        sys.exit(1)
    receipt = document["receipt"]
    typer.echo(
        f"{receipt['number']}: receipt holds, received {receipt['received_at']}, due {receipt['statutory_due_on']}"
    )


def verify_package(
    file: Path,
    keys: Keys = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Check a package offline: every member, the manifest's signature, the journal's chain, the receipts."""
    try:
        known = _known(keys, data_dir, database_url)
        with ZipFile(file) as archive:
            judged = package_faults.judged(archive, known)
    except (OSError, ValueError, BadZipFile) as fault:
        typer.echo(f"cannot read: {fault}", err=True)
        sys.exit(1)
    for each in judged.faults:
        typer.echo(each, err=True)
    if judged.faults or judged.manifest is None:
        sys.exit(1)
    said = judged.manifest
    typer.echo(
        f"{said.number}: package of the {said.audience} holds, {len(said.members)} members, "
        f"{said.journal.length} journal entries"
    )
    for left in said.omitted:
        typer.echo(f"left out: {left.path} ({left.reason})")


def _known(keys: str | None, data_dir: Path | None, database_url: str | None) -> list[dict[str, str]]:
    """The public keys named, or the service's own. Raises OSError, ValueError."""
    return _keys(keys) if keys else keyring_of(settings_of(data_dir, database_url)).public_keys()


def _keys(where: str) -> list[dict[str, str]]:
    if where.startswith(("http://", "https://")):
        with urllib.request.urlopen(where, timeout=10) as answered:  # noqa: S310 - the scheme was looked at
            return list(json.load(answered)["keys"])
    return list(json.loads(Path(where).read_text())["keys"])
