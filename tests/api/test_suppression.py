"""Leaving a notice out: by the program, for a reason that the journal keeps, and never what is mandatory."""

import pytest

from tests.desk import PATH
from tests.given import DECISIONS, Desk, Given, Person
from tests.mail import letters
from tests.mailbox import told
from tests.tables import snapshot

REASON = "The requester was called today and asked for no more mail."


async def _accept(given: Given, desk: Desk, number: str, **more):
    lead = str(desk.lead.id)
    arguments = {"lead_center": "CBER", "lead_reviewer_id": lead, **more}
    return await given.move(desk.coordinator, number, "accept", **arguments)


async def _filed(given: Given) -> tuple[Person, Desk, str]:
    person, desk = await given.member(), await given.desk()
    return person, desk, (await given.submitted(person))["number"]


async def test_a_suppressed_notice_is_in_no_mailbox_and_no_letter_and_in_the_programs_journal(given: Given):
    person, desk, number = await _filed(given)
    lay, wrote = await told(given.runtime.database), len(await letters(given.runtime))
    chain = (await person.get(f"{PATH}/{number}/events")).json()["items"]
    done = await _accept(given, desk, number, suppress=[{"notice": "assessment_begun", "reason": REASON}])
    assert done.status_code == 200, done.text
    lies = await told(given.runtime.database)
    assert [lies[each][0] for each in lies if each not in lay] == ["assigned"]
    assert [each.template for each in (await letters(given.runtime))[wrote:]] == ["assigned"]
    entries = (await desk.coordinator.get(f"{PATH}/{number}/timeline")).json()["items"]
    assert "notice_suppressed" in [each["what"] for each in entries]
    shown = (await person.get(f"{PATH}/{number}/timeline")).text
    assert "notice_suppressed" not in shown
    assert REASON not in shown
    assert len((await person.get(f"{PATH}/{number}/events")).json()["items"]) == len(chain) + 1


async def test_a_preview_shows_what_is_left(given: Given):
    _, desk, number = await _filed(given)
    body = {
        "name": "accept",
        "lead_center": "CBER",
        "lead_reviewer_id": str(desk.lead.id),
        "suppress": [{"notice": "assessment_begun", "reason": REASON}],
    }
    shown = (await desk.coordinator.post(f"{PATH}/{number}/transitions?preview=true", json=body)).json()
    assert [each["template"] for each in shown["messages"]] == ["assigned"]
    assert [each["template"] for each in shown["letters"]] == ["assigned"]


@pytest.mark.parametrize(
    ("suppress", "pointer"),
    [
        ([{"notice": "assigned", "reason": REASON}], "/suppress/0/notice"),  # mandatory
        ([{"notice": "decision_made", "reason": REASON}], "/suppress/0/notice"),  # not of this transition
        ([{"notice": "assessment_begun"}], "/suppress/0/reason"),
        ([{"notice": "assessment_begun", "reason": ""}], "/suppress/0/reason"),
    ],
)
async def test_what_cannot_be_left_out_is_refused_and_leaves_nothing(given: Given, suppress, pointer):
    _, desk, number = await _filed(given)
    before = await snapshot(given.runtime.database)
    refused = await _accept(given, desk, number, suppress=suppress)
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
    assert await snapshot(given.runtime.database) == before


async def test_a_decision_is_always_told(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.recommended(person, desk))["number"]
    suppress = [{"notice": "decision_made", "reason": REASON}]
    refused = await given.move(
        desk.signatory, number, "designate", **DECISIONS["designate"], suppress=suppress
    )
    assert [each["rule"] for each in refused.json()["errors"]] == ["mandatory"]


async def test_an_applicant_leaves_nothing_out(given: Given):
    person = await given.member()
    number = (await given.ready_draft(person))["number"]
    suppress = [{"notice": "request_received", "reason": REASON}]
    refused = await given.move(person, number, "submit", suppress=suppress)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/suppress"]
