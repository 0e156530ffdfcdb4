"""The review from receipt to decision: who moves what, what each side sees, what is kept."""

from app.domain import exact_json
from tests.given import CONTEXT, DECISIONS, Given, Person

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


async def test_a_lead_who_cannot_lead_any_more_must_be_named_anew(given: Given):
    person, desk, admin = await given.member(), await given.desk(), await given.staff("admin")
    number = (await given.submitted(person))["number"]
    at = f"{PATH}/{number}"
    assigned = await desk.coordinator.post(
        f"{at}/assignments", json={"person_id": str(desk.lead.id), "part": "lead", "lead_center": "CBER"}
    )
    assert assigned.status_code == 201, assigned.text
    assert (await _required(desk.coordinator, at)) == []
    account = f"/v1/staff/{desk.lead.id}"
    tag = (await admin.get(account)).headers["etag"]
    closed = await admin.patch(account, json={"active": False}, headers={"If-Match": tag})
    assert closed.status_code == 200, closed.text
    assert (await _required(desk.coordinator, at)) == ["lead_reviewer_id"]
    assert (await given.move(desk.coordinator, number, "accept")).status_code == 422
    other = await given.staff("reviewer")
    taken = await given.move(desk.coordinator, number, "accept", lead_reviewer_id=str(other.id))
    assert taken.status_code == 200, taken.text


async def _required(person: Person, at: str) -> list[str]:
    listed = (await person.get(f"{at}/actions")).json()["items"]
    return next(each["requires"] for each in listed if each["name"] == "accept" and each["allowed"])
