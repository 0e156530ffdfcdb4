"""The review from receipt to decision: who moves what, what each side sees, what is kept."""

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.store.people import people
from tests.given import CONTEXT, DECISIONS, Given

PATH = "/v1/designation-requests"


async def test_a_request_goes_from_receipt_to_a_signed_designation(given: Given):
    person, desk = await given.member(), await given.desk()
    filed = await given.submitted(person)
    number, at = filed["number"], f"{PATH}/{filed['number']}"
    accepted = await given.move(
        desk.coordinator, number, "accept", lead_center="CBER", lead_reviewer_id=str(desk.lead.id)
    )
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["state"] == "under_assessment"
    asked = await given.move(
        desk.lead,
        number,
        "request_information",
        reply_by="2026-06-20",
        questions=[{"text": "Which lots?", "opens": ["/content/scalability"]}, {"text": "Who made them?"}],
    )
    assert asked.status_code == 200, asked.text
    assert (await person.get(at)).json()["status"] == "question_open"
    answered = await given.move(
        person,
        number,
        "respond",
        answers=[{"question": 1, "text": "Three."}, {"question": 2, "text": "We did."}],
        content={"scalability": {"no_gmp_because": "The runs are engineering runs."}},
    )
    assert answered.status_code == 200, answered.text
    assert answered.json()["version"] == filed["version"] + 1
    assert answered.json()["statutory_due_on"] == filed["statutory_due_on"]
    await given.rated(desk, number)
    recommended = await given.move(
        desk.lead, number, "recommend", outcome="designate", context_of_use=CONTEXT
    )
    assert recommended.status_code == 200, recommended.text
    assert (await person.get(at)).json()["status"] == "under_assessment"
    decided = await given.move(desk.signatory, number, "designate", **DECISIONS["designate"])
    assert decided.status_code == 200, decided.text
    assert decided.json()["status"] == "designated"
    decision = (await person.get(f"{at}/decision")).json()
    assert decision["outcome"] == "designated"
    assert decision["context_of_use"] == CONTEXT
    assert decision["signature"]["printed_name"] == desk.signatory.name
    assert "factors" not in decision
    signed = (await desk.signatory.get(f"{at}/decision")).json()["signed"]
    assert exact_json.sha256(exact_json.canonical(signed)) == decision["signature"]["sha256"]
    page = await person.get(f"{at}/decision/letter", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert CONTEXT in page.text
    pdf = await person.get(f"{at}/decision/letter", headers={"Accept": "application/pdf"})
    assert pdf.content.startswith(b"%PDF-")
    assert page.headers["etag"] != pdf.headers["etag"]
    held = {"Accept": "application/pdf", "If-None-Match": page.headers["etag"]}
    assert (await person.get(f"{at}/decision/letter", headers=held)).status_code == 200
    held["If-None-Match"] = pdf.headers["etag"]
    assert (await person.get(f"{at}/decision/letter", headers=held)).status_code == 304


async def test_a_lead_who_left_before_the_acceptance_must_be_named_anew(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.submitted(person))["number"]
    part = {"person_id": str(desk.lead.id), "part": "lead", "lead_center": "CDER"}
    assert (await desk.coordinator.post(f"{PATH}/{number}/assignments", json=part)).status_code == 201

    async def needed() -> list[str]:
        items = (await desk.coordinator.get(f"{PATH}/{number}/actions")).json()["items"]
        required: list[str] = next(each["requires"] for each in items if each["name"] == "accept")
        return required

    assert await needed() == []
    async with given.runtime.database.writing() as db:
        await db.execute(people.update().where(people.c.id == desk.lead.id).values(active=False))
    assert await needed() == ["lead_reviewer_id"]
    refused = await given.move(desk.coordinator, number, "accept")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/lead_reviewer_id"]
    other = await given.staff("reviewer")
    moved = await given.move(desk.coordinator, number, "accept", lead_reviewer_id=str(other.id))
    assert moved.json()["lead_reviewer_id"] == str(other.id)


async def test_a_note_given_with_an_act_is_kept_where_it_belongs(given: Given):
    """An applicant's in the record of its act; the program's, where it isn't the record's reason, inside."""
    person, desk = await given.member(), await given.desk()
    number = (await given.ready_draft(person))["number"]
    assert (await given.move(person, number, "submit", note="Filed by hand.")).status_code == 200
    accepted = {"lead_center": "CDER", "lead_reviewer_id": str(desk.lead.id)}
    assert (await given.move(desk.coordinator, number, "accept", **accepted)).status_code == 200
    reply_by = str(civil_date(given.runtime.now()))
    asked = {"reply_by": reply_by, "questions": [{"text": "Which lots?"}]}
    assert (await given.move(desk.lead, number, "request_information", **asked)).status_code == 200
    answers = [{"question": 1, "text": "Three."}]
    assert (
        await given.move(person, number, "respond", answers=answers, note="Sent in haste.")
    ).status_code == 200
    await given.rated(desk, number)
    advice = {"outcome": "deny", "context_of_use": CONTEXT}
    assert (await given.move(desk.lead, number, "recommend", **advice)).status_code == 200
    decided = await given.move(desk.signatory, number, "deny", note="A close call.", **DECISIONS["deny"])
    assert decided.status_code == 200
    for reader in (person, desk.lead):
        journal = (await reader.get(f"{PATH}/{number}/events")).text
        assert "Filed by hand." in journal
        assert "Sent in haste." in journal
        assert "A close call." not in journal
    notes = (await desk.lead.get(f"{PATH}/{number}/notes")).json()["items"]
    assert [each["text"] for each in notes] == ["A close call."]
    assert "close call" not in (await person.get(f"{PATH}/{number}/decision")).text
