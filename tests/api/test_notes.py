"""Internal notes: for the program's people, kept as they were written."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.domain import exact_json
from app.store.notes import notes
from tests import desk
from tests.desk import PATH
from tests.given import Given


async def test_notes_are_read_by_staff_in_the_order_they_were_written(given: Given):
    owner, reviewer, auditor = (
        await given.member(),
        await given.staff("reviewer"),
        await given.staff("auditor"),
    )
    number = (await given.submitted(owner))["number"]
    at, texts = f"{PATH}/{number}/notes", [f"Note {n}\nin two lines" for n in range(5)]
    before = (await reviewer.get(f"{PATH}/{number}")).headers["etag"]
    for text in texts:
        assert (await reviewer.post(at, json={"text": text})).status_code == 201
    seen, path = [], f"{at}?limit=2"
    while path:
        page = (await auditor.get(path)).json()
        seen += page["items"]
        path = page["next_cursor"] and f"{at}?limit=2&cursor={page['next_cursor']}"
    assert [each["text"] for each in seen] == texts
    assert {each["author"]["id"] for each in seen} == {str(reviewer.id)}
    assert (await reviewer.get(f"{PATH}/{number}")).headers["etag"] == before, "nothing else has changed"
    entries = (await auditor.get(f"{PATH}/{number}/events")).json()["items"]
    written = [each["entry"] for each in entries if each["entry"]["action"] == "note_written"]
    assert [each["after"] for each in written] == [exact_json.sha256(text) for text in texts]
    assert "two lines" not in str(written)


@pytest.mark.parametrize(
    ("role", "status"),
    [("coordinator", 201), ("signatory", 201), ("counsel", 201), ("auditor", 403), ("consultant", 404), ("admin", 404)],
)  # fmt: skip
async def test_who_may_write_a_note(given: Given, role, status):
    owner, someone = await given.member(), await given.staff(role)
    number = (await given.submitted(owner))["number"]
    assert (await someone.post(f"{PATH}/{number}/notes", json={"text": "Seen."})).status_code == status
    for refused in ({"text": ""}, {"text": "a\x00b"}, {}, {"text": "x", "extra": 1}):
        wrong = await someone.post(f"{PATH}/{number}/notes", json=refused)
        assert wrong.status_code == 422


async def test_a_note_is_nothing_to_applicants_and_cannot_be_changed(given: Given):
    owner, reviewer = await given.member(), await given.staff("reviewer")
    number = (await given.submitted(owner))["number"]
    at = f"{PATH}/{number}/notes"
    assert (await reviewer.post(at, json={"text": "Ours."})).status_code == 201
    assert (await owner.get(at)).status_code == 404
    assert (await owner.post(at, json={"text": "Mine."})).status_code == 404
    assert len(await desk.items(reviewer, at)) == 1
    for statement in (notes.update().values(text="Other."), notes.delete()):
        with pytest.raises(DBAPIError, match="append-only"):
            async with given.runtime.database.writing() as db:
                await db.execute(statement)
