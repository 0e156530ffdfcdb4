"""The package of a request: the whole record in one archive, whose it is, what is left out, and that it says so."""

from sqlalchemy import select

from app.domain.policy import Scope
from app.store.attachments import attachments
from app.store.logs import access_log
from tests import desk
from tests.files import pdf
from tests.given import DECISIONS, Desk, Given, Person
from tests.packages import PATH, document, faults, filed, package, unpacked

DOCUMENTS = [
    "manifest.json",
    "request.json",
    "journal.json",
    "timeline.json",
    "events.json",
    "versions.json",
    "attachments.json",
    "questions.json",
    "correspondence.json",
    "receipt.json",
]


async def test_a_decided_request_is_whole_in_the_package_of_each_side(given: Given):
    person, company = await given.member(), await given.desk()
    number = await filed(given, person, "report.pdf", "Bericht über Läufe.pdf")
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(company.lead.id)}
    assert (await given.move(company.coordinator, number, "accept", **lead)).status_code == 200
    await given.rated(company, number)
    for who, name, arguments in (
        (company.lead, "recommend", {"outcome": "designate", "context_of_use": "Tablets."}),
        (company.signatory, "designate", DECISIONS["designate"]),
    ):
        moved = await given.move(who, number, name, **arguments)
        assert moved.status_code == 200, moved.text
    decided = ["decision.json", "letters/decision-1.html", "letters/decision-1.pdf"]
    content = ["versions/1.json", "attachments/01-report.pdf", "attachments/02-Bericht über Läufe.pdf"]
    for who, inside in ((person, []), (company.lead, ["review.json"])):
        raw = await package(who, number)
        assert list(unpacked(raw)) == [*DOCUMENTS, *inside, *decided, *content]
        assert await faults(given, raw) == ()
        at = f"{PATH}/{number}"
        for path, route in (("request.json", ""), ("receipt.json", "/receipt")):
            assert document(raw, path) == (await who.get(at + route)).json()
        for path, route in (("journal.json", "/events"), ("timeline.json", "/timeline")):
            items = (await who.get(at + route)).json()["items"]
            shown = [
                {k: v for k, v in each.items() if k != "opening"} for each in document(raw, path)["items"]
            ]
            assert shown == items
        letter = await who.get(f"{at}/decision/letter", headers={"Accept": "application/pdf"})
        assert unpacked(raw)["letters/decision-1.pdf"] == letter.content
        assert unpacked(raw)["attachments/01-report.pdf"] == pdf()


async def test_what_was_asked_answered_amended_and_set_aside_is_all_there(given: Given):
    person, company = await given.member(), await given.desk()
    number = (await given.decided_after_questions(person, company, "deny"))["number"]
    reviewer = await given.staff("signatory")
    moved = await given.move(reviewer, number, "set_aside", note="Look again.")
    assert moved.status_code == 200, moved.text
    raw = await package(person, number)
    assert await faults(given, raw) == ()
    assert [each["status"] for each in document(raw, "questions.json")["items"]] == ["answered"]
    assert [each["set_aside"] for each in document(raw, "decision.json")["items"]] == [True]
    assert [document(raw, path)["receipt"]["version"] for path in ("receipts/1.json", "receipt.json")] == [
        1,
        2,
    ]
    for n in (1, 2):
        content = (await person.get(f"{PATH}/{number}/versions/{n}")).json()["content"]
        assert document(raw, f"versions/{n}.json") == content


async def test_the_same_record_makes_the_same_bytes_for_whoever_of_a_side_asks(given: Given, clock):
    signer, company = await given.member(), await given.desk()
    number = (await given.decided_after_questions(signer, company))["number"]
    preparer = await given.member("preparer", signer.applicant_id)
    colleague, auditor = await given.staff("coordinator"), await given.staff("auditor")
    first, inside = await package(signer, number), await package(company.lead, number)
    clock.move(days=1)
    assert await package(preparer, number) == await package(signer, number) == first
    assert await package(colleague, number) == inside
    assert first != inside
    assert await package(auditor, number) == inside, "an auditor reads everything that was received"
    # whose key has no scope for mail gets none, and everything else just so
    reader = await given.staff("coordinator", scopes="requests:read events:read")
    without = unpacked(await package(reader, number))
    assert {path: raw for path, raw in unpacked(inside).items() if without.get(path) != raw}.keys() == {
        "manifest.json",
        "correspondence.json",
    }


async def test_a_package_that_is_held_already_is_not_sent_again(given: Given):
    person, company = await given.member(), await given.desk()
    number = (await given.under_assessment(person, company))["number"]
    first = await person.get(f"{PATH}/{number}/package")
    held = {"If-None-Match": first.headers["etag"]}
    assert (await person.get(f"{PATH}/{number}/package", headers=held)).status_code == 304
    only_told = await person.call("HEAD", f"{PATH}/{number}/package")
    assert (only_told.headers["etag"], only_told.content) == (first.headers["etag"], b"")
    assert "content-length" not in only_told.headers
    # a note is nothing to the applicant, and a new package to the program
    theirs = {"If-None-Match": (await company.lead.get(f"{PATH}/{number}/package")).headers["etag"]}
    noted = await company.lead.post(f"{PATH}/{number}/notes", json={"text": "A note."})
    assert noted.status_code == 201
    assert (await person.get(f"{PATH}/{number}/package", headers=held)).status_code == 304
    assert (await company.lead.get(f"{PATH}/{number}/package", headers=theirs)).status_code == 200
    assert (await given.move(person, number, "withdraw")).status_code == 200
    assert (await person.get(f"{PATH}/{number}/package", headers=held)).status_code == 200


CANARY = "canary-{}-9f3c"
SAID = (
    "accepting", "question", "conflict", "note", "opinion", "rationale", "recommending", "returning", "deciding",
)  # fmt: skip


async def _reviewed_with_canaries(given: Given, person: Person, company: Desk) -> str:
    """Every step inside, each with a word that stands nowhere else."""
    number = await filed(given, person, "report.pdf")
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(company.lead.id)}
    moved = await given.move(company.coordinator, number, "accept", **lead, note=CANARY.format("accepting"))
    assert moved.status_code == 200, moved.text
    consultant, recused = await given.staff("consultant"), await given.staff("reviewer")
    at = f"{PATH}/{number}"
    asked = await desk.ask(company.lead, number, consultant, question=CANARY.format("question"))
    steps = (
        (recused, f"{at}/conflicts", {"reason": CANARY.format("conflict")}),
        (company.lead, f"{at}/notes", {"text": CANARY.format("note")}),
        (consultant, f"{at}/consults/{asked['id']}/opinions", {"text": CANARY.format("opinion")}),
    )
    for who, path, body in steps:
        answered = await who.post(path, json=body)
        assert answered.status_code == 201, answered.text
    rated = {**desk.rating("quality", "unclear"), "rationale": CANARY.format("rationale")}
    await desk.assess(company.lead, number, rated)
    await given.rated(company, number)
    recommend = {"outcome": "designate", "context_of_use": "Tablets."}
    for who, name, arguments in (
        (company.lead, "recommend", {**recommend, "note": CANARY.format("recommending")}),
        (company.signatory, "return_to_assessment", {"note": CANARY.format("returning")}),
        (company.lead, "recommend", recommend),
        (company.signatory, "designate", {**DECISIONS["designate"], "note": CANARY.format("deciding")}),
    ):
        moved = await given.move(who, number, name, **arguments)
        assert moved.status_code == 200, moved.text
    return number


async def test_an_applicants_package_holds_nothing_of_what_the_program_does_inside(given: Given):
    person, company = await given.member(), await given.desk()
    number = await _reviewed_with_canaries(given, person, company)
    secrets = [CANARY.format(each) for each in SAID]
    secrets += [
        str(each) for who in (company.coordinator, company.lead) for each in (who.id, who.name, who.email)
    ]
    secrets += [str(company.signatory.id), company.signatory.email]  # the name stands under the letter
    theirs, ours = await package(company.lead, number), await package(person, number)
    # the control: the program's has every one of them but addresses, which no record of a request shows
    assert [each for each in secrets if each.encode() not in theirs and "@" not in each] == []
    assert [each for each in secrets if each.encode() in ours] == []
    assert {each["entry"]["audience"] for each in document(theirs, "journal.json")["items"]} == {
        "applicant",
        "program",
    }
    assert {each["entry"]["audience"] for each in document(ours, "journal.json")["items"]} == {"applicant"}
    assert "review.json" not in unpacked(ours)
    assert b'"state"' not in ours


async def test_a_draft_is_its_owners_and_what_is_received_is_nobody_elses(given: Given):
    owner, stranger = await given.member(), await given.member()
    draft = (await given.draft(owner))["number"]
    number = await filed(given, owner)
    staff, recused, admin = (
        await given.staff("reviewer"),
        await given.staff("reviewer"),
        await given.staff("admin"),
    )
    declared = await recused.post(f"{PATH}/{number}/conflicts", json={})
    assert declared.status_code == 201
    for who, what, status in (
        (owner, draft, 200), (stranger, draft, 404), (staff, draft, 404), (admin, draft, 404),
        (owner, number, 200), (stranger, number, 404), (staff, number, 200), (recused, number, 404),
        (admin, number, 404),
    ):  # fmt: skip
        assert (await who.get(f"{PATH}/{what}/package")).status_code == status, (who.name, what)
    raw = await package(owner, draft)
    assert await faults(given, raw) == ()
    assert document(raw, "versions/1.json") == {"title": "A draft"}
    assert "receipt.json" not in unpacked(raw)


async def test_a_look_of_the_programs_is_written_down(given: Given):
    number, staff = await filed(given, await given.member()), await given.staff("reviewer")
    await package(staff, number)
    async with given.runtime.database.reading() as db:
        looks = (await db.execute(select(access_log.c.what, access_log.c.person_id))).all()
    assert [tuple(each) for each in looks] == [("getPackage", staff.id)]


async def test_a_file_that_may_not_be_handed_out_is_named_with_the_reason(given: Given):
    person = await given.member()
    number = await filed(given, person, "a.pdf", "b.pdf", "c.pdf", "d.pdf")
    files = (await person.get(f"{PATH}/{number}/attachments")).json()["items"]
    async with given.runtime.database.writing() as db:
        for file, scan in zip(files, ("infected", "pending"), strict=False):
            await db.execute(
                attachments.update().where(attachments.c.filename == file["filename"]).values(scan=scan)
            )
        gone = (await db.execute(attachments.select().where(attachments.c.filename == "c.pdf"))).one()
    await given.runtime.blobs.delete(gone.blob)
    raw = await package(person, number)
    manifest = document(raw, "manifest.json")["manifest"]
    assert [(each["path"], each["reason"]) for each in manifest["omitted"]] == [
        ("attachments/01-a.pdf", "infected"),
        ("attachments/02-b.pdf", "pending"),
        ("attachments/03-c.pdf", "missing"),
    ]
    assert [each for each in unpacked(raw) if each.startswith("attachments/")] == ["attachments/04-d.pdf"]
    assert await faults(given, raw) == ()


async def test_a_key_that_may_not_read_events_gets_a_package_without_them(given: Given):
    reader = await given.member(scopes=Scope.REQUESTS_READ.value)
    draft = (await given.draft(await given.member(applicant_id=reader.applicant_id)))["number"]
    raw = await package(reader, draft)
    omitted = document(raw, "manifest.json")["manifest"]["omitted"]
    assert {"path": "events.json", "reason": "not_permitted"} in omitted
    assert "events.json" not in unpacked(raw)
    assert await faults(given, raw) == ()
