"""What time alone brings: drafts announced, then erased; stored answers forgotten."""

from email import message_from_bytes

from sqlalchemy import func, select

from app.services import verification
from app.store.idempotency import idempotent_answers
from app.wiring import worker_of
from tests.given import Given

PATH = "/v1/designation-requests"


async def _letters(given: Given) -> list[str]:
    worker = worker_of(given.runtime)
    await worker.keep_house()
    await worker.drain()
    folder = given.runtime.settings.data_dir / "mail"
    subjects = [
        str(message_from_bytes(path.read_bytes())["Subject"]) for path in sorted(folder.glob("*.eml"))
    ]
    for path in folder.glob("*.eml"):
        path.unlink()
    return subjects


async def test_a_draft_is_announced_thirty_and_seven_days_before_its_end_and_then_erased(given: Given):
    person = await given.member()
    number = (await given.draft(person))["number"]
    told = []
    for day in range(1, 182):
        given.runtime.now.move(days=1)
        told += [(day, subject) for subject in await _letters(given)]
    assert told == [
        (150, f"{number} expires in 30 days"),
        (173, f"{number} expires in 7 days"),
        (180, f"{number} has expired"),
    ]
    assert (await person.get(f"{PATH}/{number}")).status_code == 404
    async with given.runtime.database.reading() as db:
        assert [each async for each in verification.broken_chains(db)] == [(number, None)]


async def test_a_change_or_an_extension_starts_the_days_anew(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    at = f"{PATH}/{draft['number']}"
    given.runtime.now.move(days=160)
    assert await _letters(given) == [f"{draft['number']} expires in 30 days"]
    assert (await person.post(f"{at}/extensions")).status_code == 201
    given.runtime.now.move(days=100)
    assert await _letters(given) == []
    tag = (await person.get(at)).headers["etag"]
    await person.patch(at, json={"content": {"title": "Still at it"}}, headers={"If-Match": tag})
    given.runtime.now.move(days=149)
    assert await _letters(given) == []
    given.runtime.now.move(days=2)
    assert await _letters(given) == [f"{draft['number']} expires in 30 days"]


async def test_what_was_submitted_never_expires(given: Given):
    person = await given.member()
    filed = await given.submitted(person)
    await _letters(given)
    given.runtime.now.move(days=400)
    assert await _letters(given) == []
    assert (await person.get(f"{PATH}/{filed['number']}")).status_code == 200


async def test_stored_answers_are_kept_a_day_at_least_and_then_forgotten(given: Given):
    person = await given.member()
    sent = {"json": {"content": {}}, "headers": {"Idempotency-Key": "k"}}
    first = await person.post(PATH, **sent)
    given.runtime.now.move(hours=25)
    await _letters(given)
    assert (await person.post(PATH, **sent)).json() == first.json()
    given.runtime.now.move(hours=48)
    await _letters(given)
    async with given.runtime.database.reading() as db:
        assert (await db.execute(select(func.count()).select_from(idempotent_answers))).scalar_one() == 0


async def test_whoever_never_confirmed_an_address_is_told_by_mail_too_that_a_draft_ends(given: Given):
    draft = await given.draft(await given.member(confirmed=False))
    given.runtime.now.move(days=151)
    assert await _letters(given) == [f"{draft['number']} expires in 30 days"]
