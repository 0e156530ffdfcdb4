"""The `amtdp` command."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app import logs
from app.cli_addresses import clear_address
from app.cli_checks import verify_journal, verify_package, verify_receipt
from app.cli_deliveries import deliveries_app
from app.cli_listen import listen
from app.cli_mail import ingest, mail_listen
from app.cli_people import keys_app, staff_app
from app.demo import demonstrate
from app.domain import published
from app.main import create_app
from app.services import moved_clock
from app.services.passwords import Passwords
from app.serving import Server
from app.settings import Mode, Settings, settings_of
from app.store import migrations, people
from app.store.database import Database
from app.wiring import runtime_for, utc_now, worker_of

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(staff_app, name="staff")
app.add_typer(keys_app, name="keys")
app.add_typer(deliveries_app, name="deliveries")
app.command()(listen)
app.command()(clear_address)
app.command("mail-listen")(mail_listen)
app.command()(ingest)
app.command("verify-journal")(verify_journal)
app.command("verify-receipt")(verify_receipt)
app.command("verify-package")(verify_package)
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Embedded store; also AMTDP_DATA_DIR.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Also AMTDP_DATABASE_URL.")]


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    worker: Annotated[bool, typer.Option(help="Run the delivery loop in this process.")] = True,
) -> None:
    """Serve the API and, by default, deliver what it queues."""
    public_url = os.environ.get("AMTDP_PUBLIC_URL", f"http://{host}:{port}")
    settings = settings_of(data_dir, database_url, public_url=public_url, listen_host=host)
    _or_leave(_greet(settings, public_url))
    application = create_app(settings, deliver=worker)
    config = uvicorn.Config(application, host, port, log_level="warning", access_log=False)
    server = Server(config, application.state.runtime.streams.close)
    _leave_alone_what_is_loaded()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


async def _greet(settings: Settings, url: str) -> None:
    """Brings the store up to date and says where to look and, on an empty store, how to begin."""
    database = Database(settings.database)
    try:
        await migrations.upgrade(database)
        if not settings.test_clock:
            await moved_clock.take_up(database, utc_now)
        async with database.reading() as db:
            has_staff = await people.any_staff(db)
    finally:
        await database.close()
    lines = [f"Intake desk on {url}", f"  API description   {url}/docs", f"  health            {url}/healthz"]
    if settings.database_url == "":
        lines.append(f"  data and mail     {settings.data_dir.resolve()}")
    if settings.test_clock:
        lines.append(f"  test clock        {url}/v1/test-clock: instants here are nobody's calendar")
    if not has_staff:
        where = f"--data-dir {settings.data_dir}" if settings.database_url == "" else "--database-url …"
        lines += [
            "",
            "The store has no staff yet. Make the first member in another terminal:",
            f'  .venv/bin/amtdp staff add --name "Pat Lee" --email pat@fda.example --role coordinator {where} --json',
            "Anyone may register as an applicant: POST /v1/registrations (see /docs).",
        ]
    print("\n".join(lines), flush=True)  # noqa: T201 - a command speaks on standard output


@app.command()
def worker(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Deliver what the service queues; as many of them as you like, beside `serve --no-worker`."""
    settings = settings_of(data_dir, database_url)
    if settings.test_clock:
        sys.exit(
            "With AMTDP_TEST_CLOCK the process that serves the API delivers too: no worker goes beside it."
        )

    async def work() -> None:
        database = Database(settings.database)
        try:
            await migrations.upgrade(database)
            await moved_clock.take_up(database, utc_now)
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await worker_of(runtime_for(settings, database, utc_now, Passwords())).run(stop)
        finally:
            await database.close()

    logs.configure(as_json=settings.mode is Mode.PRODUCTION)
    _leave_alone_what_is_loaded()
    # the loop that uvicorn takes: uvloop, where there is one
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        _or_leave(work(), runner.run)


def _or_leave(
    work: Coroutine[None, None, None], run: Callable[[Coroutine[None, None, None]], None] = asyncio.run
) -> None:
    """Runs it; a store that this process must not serve is a sentence and no traceback."""
    try:
        run(work)
    except moved_clock.StoreIsAhead as fault:
        sys.exit(str(fault))


def _leave_alone_what_is_loaded() -> None:
    """What was imported stays until the end; looking through it for garbage takes up to a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@app.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None, to: str = "head") -> None:
    """Bring the database to the newest schema."""

    async def work() -> None:
        database = Database(settings_of(data_dir, database_url).database)
        await migrations.upgrade(database, to)
        await database.close()

    asyncio.run(work())


@app.command()
def schemas(folder: Path = Path("schemas")) -> None:
    """Write the published schemas."""
    description = create_app(Settings(data_dir=Path(tempfile.mkdtemp()))).openapi()
    files = {**published.files(), "openapi.json": json.dumps(description, indent=1, sort_keys=True) + "\n"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@app.command()
def demo(
    base_url: Annotated[
        str | None, typer.Option(help="A running server; else the demo starts its own.")
    ] = None,
    data_dir: DataDir = None,
    admin_key: Annotated[
        str | None,
        typer.Option(
            envvar="AMTDP_ADMIN_KEY",
            help="With --base-url: an administrator's key there. Its test clock is moved by half a year.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """File the sample requests of all applicant types through the HTTP API, review and decide them, and show it all."""
    sys.exit(demonstrate(base_url, data_dir or Path("var"), admin_key=admin_key, machine=as_json))


if __name__ == "__main__":
    app()
