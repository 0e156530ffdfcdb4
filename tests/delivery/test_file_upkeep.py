"""What files need with time: orphans, removals, and verdicts that were owed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.delivery import file_upkeep
from app.domain.identity import new_id
from app.services import verification
from app.storage.blobs import Blobs
from app.storage.scanning import Clamd, NoScanner, Scan
from app.store.attachments import attachments as table
from tests.clamd import EICAR, clamd
from tests.files import PATH, attach
from tests.given import Given
from tests.storage import stores


def kept(given: Given) -> set[str]:
    home = Path(given.runtime.settings.storage)
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def left(given: Given, name: str) -> str:
    path = Path(given.runtime.settings.storage) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left by a crash")
    return name


async def test_orphans_go_when_they_are_old_and_nothing_else_does(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    await attach(person, draft["number"])
    whole = kept(given)
    arriving = [
        f"incoming/{new_id()}/{name}" for name in (next(iter(whole)), f"{new_id()}/{new_id()}", "mails/0")
    ]
    orphans = {left(given, name) for name in [f"{draft['id']}/{new_id()}", *arriving]}
    strangers = {left(given, name) for name in ["readme.txt", "someone/elses.pdf", "incoming/letters/1.pdf"]}
    database, blobs, now = given.runtime.database, given.runtime.blobs, datetime.now(UTC)
    assert await file_upkeep.sweep_orphans(database, blobs, now) == 0
    assert kept(given) == whole | orphans | strangers
    assert await file_upkeep.sweep_orphans(database, blobs, now + timedelta(hours=2)) == len(orphans)
    assert kept(given) == whole | strangers


async def test_a_removal_whose_bytes_stayed_is_finished_later(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    answered = await attach(person, draft["number"])
    blob = next(iter(kept(given)))
    at = f"{PATH}/{draft['number']}/attachments/{answered.json()['id']}"
    await person.delete(at, headers={"If-Match": answered.headers["etag"]})
    left(given, blob)  # as if storage had been away
    assert await file_upkeep.erase_removed(given.runtime.database, given.runtime.blobs) == 1
    assert kept(given) == set()
    async with given.runtime.database.reading() as db:
        assert (await db.execute(table.select())).all() == []
        assert [fault async for _, fault in verification.broken_chains(db)] == [None]
    assert await file_upkeep.erase_removed(given.runtime.database, given.runtime.blobs) == 0


async def test_a_verdict_that_was_owed_is_written_down_once_and_a_file_gone_meanwhile_is_left_alone(
    given: Given,
):
    given.runtime.scanner = Clamd("tcp://127.0.0.1:9")
    person = await given.member()
    draft = await given.draft(person)
    _, _, gone, lost = [
        await attach(person, draft["number"], content, name)
        for name, content in (("a.csv", b"1,2"), ("b.txt", EICAR), ("c.csv", b"3"), ("d.csv", b"4"))
    ]
    (Path(given.runtime.settings.storage) / draft["id"] / lost.json()["id"]).unlink()
    at = f"{PATH}/{draft['number']}/attachments"
    await person.delete(f"{at}/{gone.json()['id']}", headers={"If-Match": gone.headers["etag"]})
    database, blobs, now = given.runtime.database, given.runtime.blobs, given.runtime.now()
    assert await file_upkeep.scan_again(database, blobs, NoScanner(), now) == {}
    async with clamd() as url:
        said = await file_upkeep.scan_again(database, blobs, Clamd(url), now)
        assert await file_upkeep.scan_again(database, blobs, Clamd(url), now) == {}
    assert sorted(said.values()) == [Scan.CLEAN, Scan.INFECTED]
    told = {each["filename"]: each["scan"] for each in (await person.get(at)).json()["items"]}
    assert told == {"a.csv": "clean", "b.txt": "infected", "d.csv": "pending"}
    async with database.reading() as db:
        assert [fault async for _, fault in verification.broken_chains(db)] == [None]


async def test_a_bucket_is_swept_like_a_folder(sqlite_given: Given):
    async def source():
        yield b"1,2\n" * 2_000_000

    with stores.bucket() as url:
        blobs = sqlite_given.runtime.blobs = Blobs(url)
        person = await sqlite_given.member()
        draft = await sqlite_given.draft(person)
        name = (await attach(person, draft["number"], b"1,2", "a.csv")).json()["id"]
        await blobs.put(f"{new_id()}/{new_id()}", source())
        later = datetime.now(UTC) + timedelta(hours=2)
        assert await file_upkeep.sweep_orphans(sqlite_given.runtime.database, blobs, later) == 1
        assert [stored.name async for stored in blobs.listed()] == [f"{draft['id']}/{name}"]
        got = await person.get(
            f"{PATH}/{draft['number']}/attachments/{name}/content", headers={"Range": "bytes=2-"}
        )
        assert (got.status_code, got.content) == (206, b"2")
        assert not stores.unfinished(url)
