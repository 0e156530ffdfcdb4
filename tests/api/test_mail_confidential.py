"""No mail holds what is confidential: a case is walked with a canary wherever people write, and all is read."""

from typing import Any

from app.domain import exact_json
from tests import desk
from tests.given import Given, sound_content
from tests.mailed import mailed, prefer

CANARY = "canary-4b1d"
PATH = "/v1/designation-requests"


def _marked(tree: Any) -> Any:
    """The same content with the canary in every title and every free text."""
    if isinstance(tree, dict):
        return {
            name: f"{CANARY} {each}" if isinstance(each, str) and name in FREE else _marked(each)
            for name, each in tree.items()
        }
    return [_marked(each) for each in tree] if isinstance(tree, list) else tree


FREE = {"title", "summary", "description", "text", "statement", "what", "why", "name_of_method"}


async def _moved(given: Given, by: Any, number: str, name: str, **arguments: Any) -> None:
    answered = await given.move(by, number, name, **arguments)
    assert answered.status_code == 200, answered.text


async def test_a_canary_in_everything_that_people_write_is_in_no_mail_headers_included(given: Given):
    owner, people = await given.member(), await given.desk()
    second = await given.staff("reviewer")
    consultant = await given.staff("consultant")
    await prefer(people.lead, review="digest")
    raw = exact_json.encode({"content": _marked(sound_content())})
    headers = {"Content-Type": "application/json"}
    filed = await owner.post(PATH, content=raw, headers=headers)
    assert filed.status_code == 201, filed.text
    assert CANARY in filed.text
    number = filed.json()["number"]
    await _moved(given, owner, number, "submit", note=CANARY)
    arguments = {"lead_center": "CBER", "lead_reviewer_id": str(people.lead.id)}
    await _moved(given, people.coordinator, number, "accept", note=CANARY, **arguments)
    await desk.assign(people.coordinator, number, second)
    asked = await desk.ask(people.lead, number, consultant, question=CANARY)
    opinion = f"{PATH}/{number}/consults/{asked['id']}/opinions"
    assert (await consultant.post(opinion, json={"text": CANARY})).status_code == 201
    assert (await people.lead.post(f"{PATH}/{number}/notes", json={"text": CANARY})).status_code == 201
    assert (await second.post(f"{PATH}/{number}/conflicts", json={"reason": CANARY})).status_code == 201
    reply_by = "2026-06-20"
    questions = [{"text": CANARY}]
    await _moved(
        given, people.lead, number, "request_information", reply_by=reply_by, questions=questions, note=CANARY
    )
    given.runtime.now.move(days=12)
    sent = await mailed(given, house=True)
    await _moved(given, owner, number, "respond", answers=[{"question": 1, "text": CANARY}], note=CANARY)
    await given.rated(people, number)
    await _moved(given, people.lead, number, "recommend", outcome="deny", context_of_use=CANARY)
    await _moved(given, people.signatory, number, "return_to_assessment", note=CANARY)
    await _moved(given, people.lead, number, "recommend", outcome="deny", context_of_use=CANARY)
    denied = {"reasons": ["quality_not_shown"], "rationale": CANARY}
    factors = {"data_source": "model_drug", "comparator": "direct", "quality": "not_shown",
               "improvement": ["time"], "scope_match": "matched", "novelty_basis": "new",
               "completeness": "complete", "prior_engagement": "none"}  # fmt: skip
    await _moved(given, people.signatory, number, "deny", factors=factors, **denied)
    other = await given.staff("signatory")
    await _moved(given, other, number, "set_aside", note=CANARY)
    engagement = await given.engagement(owner, title=CANARY, questions=[CANARY])
    assert engagement["number"]
    given.runtime.now.move(days=1)
    sent += await mailed(given, house=True)
    assert len(sent) > 15
    assert any("digest" in str(each["Subject"]) for each in sent)
    staff = [people.coordinator, people.lead, people.signatory, other, second, consultant]
    names = [each.name for each in staff] + [str(each.id) for each in staff]
    for mail in sent:
        text = "\n".join(f"{name}: {value}" for name, value in mail.items())
        text += "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
        assert CANARY not in text, mail["Subject"]
        assert [
            each for each in names if f"{each}\n" in text or f"{each} " in text or f"{each}." in text
        ] == []
