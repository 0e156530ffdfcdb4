"""`amtdp mail-listen` as a process, and `amtdp ingest`: mail gets into the store by the same way."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosmtplib
import pytest
from typer.testing import CliRunner

from app.cli import app as cli
from app.store import test_clock
from app.store.database import Database
from app.store.incoming_mails import incoming_mails
from tests.domain.mails.corpus import mail


def ingest(folder: Path, *arguments: str, code: int = 0, sent: bytes | None = None) -> str:
    said = CliRunner().invoke(cli, ["ingest", *arguments, "--data-dir", str(folder)], input=sent)
    assert said.exit_code == code, said.output
    return said.output


async def kept(url: str) -> list:
    database = Database(url)
    async with database.reading() as db:
        found = list(await db.execute(incoming_mails.select().order_by(incoming_mails.c.id)))
    await database.close()
    return found


def in_folder(folder: Path) -> list:
    return asyncio.run(kept(f"sqlite:///{folder}/amtdp.db"))


def test_a_mail_from_a_file_or_a_pipe_is_taken_once(tmp_path: Path):
    file = tmp_path / "mail.eml"
    file.write_bytes(mail())
    first = ingest(tmp_path, str(file), "--sender", "ana@northfield.example")
    assert ingest(tmp_path, "-", sent=mail()) == first
    (row,) = in_folder(tmp_path)
    assert str(row.id) == first.strip()
    assert (row.recipient, row.envelope_sender) == ("intake@amtdp.example", "ana@northfield.example")


def test_each_recipient_has_a_mail_of_its_own(tmp_path: Path):
    said = ingest(tmp_path, "-", "--recipient", "a@x.example", "--recipient", "b@x.example", sent=mail())
    assert len(said.split()) == 2
    assert {row.recipient for row in in_folder(tmp_path)} == {"a@x.example", "b@x.example"}


def test_a_store_whose_clock_was_moved_dates_by_it(tmp_path: Path):
    ingest(tmp_path, "-", sent=b"first")

    async def move():
        database = Database(f"sqlite:///{tmp_path}/amtdp.db")
        async with database.writing() as db:
            await test_clock.keep(db, timedelta(days=100))
        await database.close()

    asyncio.run(move())
    ingest(tmp_path, "-", sent=b"second")
    first, second = in_folder(tmp_path)
    assert (second.received_at - first.received_at).days == 100


def test_what_cannot_be_read_or_is_too_large_is_a_sentence(tmp_path: Path):
    assert "cannot read" in ingest(tmp_path, str(tmp_path / "none.eml"), code=2)
    large = tmp_path / "large.eml"
    with large.open("wb") as opened:
        opened.truncate(25 * 2**20 + 1)
    assert "at most" in ingest(tmp_path, str(large), code=2)
    assert not (tmp_path / "amtdp.db").exists()


def test_it_listens_for_others_only_where_that_is_said(tmp_path: Path):
    for host in ("0.0.0.0", "192.0.2.1", "mail.example"):
        said = CliRunner().invoke(cli, ["mail-listen", "--host", host, "--data-dir", str(tmp_path)])
        assert said.exit_code == 2
        assert "--off-loopback" in said.output


async def test_the_process_takes_mail_and_ends_on_a_signal(sqlite_url: str, tmp_path: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "mail-listen", "--port", "0",
        "--data-dir", str(tmp_path / "var"), "--database-url", sqlite_url,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    assert line.startswith("mail for intake@amtdp.example on 127.0.0.1:")
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=int(line.rpartition(":")[2])) as client:
        await client.sendmail("ana@northfield.example", ["intake@amtdp.example"], mail())
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    (row,) = await kept(sqlite_url)
    assert row.verdict == "arrived"


def test_a_mail_that_lay_in_a_mailbox_came_when_it_is_said_to_have_come(tmp_path: Path):
    before = datetime.now(UTC)
    ingest(tmp_path, "-", "--received-at", "2026-03-02T22:30:00-05:00", sent=b"older")
    ingest(tmp_path, "-", sent=b"newer")
    older, newer = in_folder(tmp_path)
    assert older.received_at == datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
    assert before <= older.stated_at <= newer.received_at
    assert newer.stated_at is None


@pytest.mark.parametrize("said", ["2026-03-02T22:30:00", "yesterday", "2999-01-01T00:00:00Z"])
def test_an_instant_that_says_nothing_certain_or_lies_ahead_is_refused(tmp_path: Path, said: str):
    ingest(tmp_path, "-", sent=b"first")
    refused = ingest(tmp_path, "-", "--received-at", said, code=2, sent=b"x")
    assert "an instant with its offset" in refused or "came before now" in refused
    assert len(in_folder(tmp_path)) == 1
