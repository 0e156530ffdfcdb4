"""Questions and answers: what may be asked and by when, what an answer may amend, and what comes late."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain import exact_json
from app.domain.calendars import civil_date
from tests.given import Given
from tests.tables import snapshot

PATH = "/v1/designation-requests"
ANSWERS = [{"question": 1, "text": "Lots 14 to 16."}, {"question": 2, "text": "Our own line."}]
AMENDED = {"scalability": {"no_gmp_because": "These are engineering runs."}}


def _day(given: Given, days: int) -> str:
    return str(civil_date(given.runtime.now()) + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "note", "pointer"),
    [
        (-1, None, "/reply_by"),
        (181, "Late.", "/reply_by"),
        (151, None, "/note"),
        (0, None, None),
        (150, None, None),
        (151, "The site visit came late.", None),
        (180, "The site visit came late.", None),
    ],
)
async def test_a_reply_date_lies_between_today_and_the_due_date_and_after_day_150_needs_a_reason(
    given: Given, days, note, pointer
):
    person, desk = await given.member(), await given.desk()
    request = await given.under_assessment(person, desk)
    arguments = {"reply_by": _day(given, days), "questions": [{"text": "Which lots?"}]}
    moved = await given.move(
        desk.lead, request["number"], "request_information", **arguments, **({"note": note} if note else {})
    )
    if pointer is None:
        assert moved.status_code == 200, moved.text
        seen = await person.get(f"{PATH}/{request['number']}/information-requests/1")
        assert "site visit" not in seen.text
        kept = await desk.lead.get(f"{PATH}/{request['number']}/information-requests/1")
        assert kept.json()["late_reason"] == (note if days > 150 else None)
    else:
        assert moved.status_code == 422
        assert [each["pointer"] for each in moved.json()["errors"]] == [pointer]


async def test_a_question_opens_only_parts_that_a_content_has(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.under_assessment(person, desk)
    questions = [{"text": "Why?", "opens": ["/content/nothing", "/content/method/summary"]}]
    moved = await given.move(
        desk.lead,
        request["number"],
        "request_information",
        reply_by=_day(given, 10),
        questions=questions,
    )
    assert moved.status_code == 422
    assert [each["pointer"] for each in moved.json()["errors"]] == ["/questions/0/opens/0"]


async def test_an_answer_amends_what_was_opened_as_the_next_version_and_nothing_else(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk)
    number, at = request["number"], f"{PATH}/{request['number']}"
    before = await snapshot(given.runtime.database)
    refused = await given.move(
        person, number, "respond", answers=ANSWERS, content={**AMENDED, "title": "Another title"}
    )
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/content/title"]
    assert await snapshot(given.runtime.database) == before
    answered = await given.move(person, number, "respond", answers=ANSWERS, content=AMENDED)
    assert answered.status_code == 200, answered.text
    version = request["version"] + 1
    assert (answered.json()["version"], answered.json()["status"]) == (version, "under_assessment")
    changes = await person.get(f"{at}/versions/{version}/diff?from={request['version']}")
    assert [each["pointer"] for each in changes.json()["changes"]] == ["/content/scalability/no_gmp_because"]
    receipt = (await person.get(f"{at}/receipt")).json()["receipt"]
    assert (receipt["version"], receipt["answers_round"]) == (version, 1)
    assert receipt["received_at"] == request["received_at"]
    kept = (await person.get(f"{at}/information-requests")).json()["items"][0]
    assert kept["status"] == "answered"
    assert [each["text"] for each in kept["response"]["answers"]] == [each["text"] for each in ANSWERS]
    assert (await person.get(f"{at}/versions")).json()["items"][0]["filed"]


async def test_what_was_filed_first_stays_as_it_was(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk)
    at, first = f"{PATH}/{request['number']}", request["version"]
    before = (await person.get(f"{at}/versions/{first}")).json()
    await given.move(person, request["number"], "respond", answers=ANSWERS, content=AMENDED)
    after = (await person.get(f"{at}/versions/{first}")).json()
    assert (after["content"], after["content_digest"]) == (before["content"], before["content_digest"])


@pytest.mark.parametrize(
    ("answers", "pointers"),
    [
        (ANSWERS[:1], ["/answers"]),
        ([*ANSWERS, ANSWERS[0]], ["/answers/2/question"]),
        ([*ANSWERS, {"question": 3, "text": "More."}], ["/answers/2/question"]),
        (
            [
                {**ANSWERS[0], "attachments": ["0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"]},
                ANSWERS[1],
            ],
            ["/answers/0/attachments/0"],
        ),
    ],
)
async def test_every_question_is_answered_once_and_with_files_that_are_there(
    sqlite_given: Given, answers, pointers
):
    person, desk = await sqlite_given.member(), await sqlite_given.desk()
    request = await sqlite_given.asked(person, desk)
    before = await snapshot(sqlite_given.runtime.database)
    refused = await sqlite_given.move(person, request["number"], "respond", answers=answers)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == pointers
    assert await snapshot(sqlite_given.runtime.database) == before


async def test_an_answer_carries_files_and_signs_them_with_what_it_says(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk)
    at = f"{PATH}/{request['number']}"
    file = {"files": {"file": ("lots.txt", b"Lots 14 to 16.", "text/plain")}, "data": {"kind": "other"}}
    added = await person.post(f"{at}/attachments", **file)
    assert added.status_code == 201, added.text
    answers = [{**ANSWERS[0], "attachments": [added.json()["id"]]}, ANSWERS[1]]
    answered = await given.move(person, request["number"], "respond", answers=answers)
    assert answered.status_code == 200, answered.text
    assert answered.json()["version"] == request["version"]
    kept = (await desk.lead.get(f"{at}/information-requests/1")).json()["response"]
    assert kept["answers"][0]["attachments"] == [added.json()["id"]]


async def test_questions_lapse_by_themselves_at_the_end_of_the_day_and_a_late_answer_opens_nothing(
    given: Given,
):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk, days=0)
    number, at = request["number"], f"{PATH}/{request['number']}"
    await given.let_lapse(number)
    lapsed = (await desk.lead.get(at)).json()
    assert lapsed["state"] == "under_assessment"
    assert lapsed["statutory_due_on"] == request["statutory_due_on"]
    story = (await person.get(f"{at}/timeline")).json()["items"][-1]
    assert (story["what"], story["actor"]) == ("lapsed", {"kind": "system"})
    assert (await person.get(f"{at}/information-requests/1")).json()["status"] == "lapsed"
    amending = await given.move(person, number, "respond", answers=ANSWERS, content=AMENDED)
    assert amending.status_code == 422
    late = await given.move(person, number, "respond", answers=ANSWERS)
    assert late.status_code == 200, late.text
    kept = (await person.get(f"{at}/information-requests/1")).json()
    assert (kept["status"], kept["response"]["late"]) == ("answered_late", True)
    again = await given.move(person, number, "respond", answers=ANSWERS)
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "no-open-question")


async def test_an_answer_after_the_end_of_the_day_is_late_though_no_timer_has_run(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk, days=0)
    given.runtime.now.move(days=1)
    late = await given.move(person, request["number"], "respond", answers=ANSWERS)
    assert late.status_code == 200, late.text
    assert (await desk.lead.get(f"{PATH}/{request['number']}")).json()["state"] == "under_assessment"
    kept = await person.get(f"{PATH}/{request['number']}/information-requests/1")
    assert kept.json()["status"] == "answered_late"


async def test_a_late_answer_leaves_a_recommendation_where_it_is_and_looks_the_same_from_outside(
    given: Given,
):
    """Two applicants with lapsed questions, one of which has been recommended inside: neither can tell."""
    told = []
    for is_recommended in (False, True):
        person, desk = await given.member(), await given.desk()
        request = await given.asked(person, desk, days=0)
        number, at = request["number"], f"{PATH}/{request['number']}"
        await given.let_lapse(number)
        await given.rated(desk, number)
        if is_recommended:
            moved = await given.move(
                desk.lead, number, "recommend", outcome="deny", context_of_use="As asked for."
            )
            assert moved.status_code == 200, moved.text
        actions = (await person.get(f"{at}/actions")).json()["items"]
        answered = await given.move(person, number, "respond", answers=ANSWERS)
        seen = answered.json()
        told.append(
            (
                actions,
                answered.status_code,
                seen["status"],
                answered.headers["etag"],
                [each["what"] for each in (await person.get(f"{at}/timeline")).json()["items"]],
                [each["seq"] for each in (await person.get(f"{at}/events")).json()["items"]],
                [each["kind"] for each in (await person.get(f"{at}/clock")).json()["entries"]],
            )
        )
        state = (await desk.lead.get(at)).json()["state"]
        assert state == ("recommended" if is_recommended else "under_assessment")
    assert told[0] == told[1]


async def test_a_second_round_takes_the_place_of_one_that_lapsed(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk, days=0)
    number = request["number"]
    await given.let_lapse(number)
    asked = await given.move(
        desk.lead,
        number,
        "request_information",
        reply_by=_day(given, 10),
        questions=[{"text": "Once more: which lots?"}],
    )
    assert asked.status_code == 200, asked.text
    answered = await given.move(person, number, "respond", answers=ANSWERS[:1])
    assert answered.status_code == 200, answered.text
    rounds = (await person.get(f"{PATH}/{number}/information-requests")).json()["items"]
    assert [each["status"] for each in rounds] == ["lapsed", "answered"]


async def test_an_answer_is_bound_to_its_signature(given: Given):
    person, desk = await given.member(), await given.desk()
    request = await given.asked(person, desk)
    answered = await given.move(person, request["number"], "respond", answers=ANSWERS, content=AMENDED)
    assert answered.status_code == 200
    tables = await snapshot(given.runtime.database)
    response = dict(tables["information_responses"][0])
    signature = next(row for row in map(dict, tables["signatures"]) if row["act"] == "'respond'")
    assert signature["snapshot_digest"] == response["digest"]
    manifest = exact_json.decode(eval(response["manifest"]))
    assert manifest["round"] == 1
    assert exact_json.sha256(exact_json.canonical(manifest)) == eval(response["digest"])


async def test_nothing_can_be_asked_once_the_due_date_has_passed_and_actions_say_so(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]

    async def asking() -> dict[str, Any]:
        items = (await desk.lead.get(f"{PATH}/{number}/actions")).json()["items"]
        found: dict[str, Any] = next(each for each in items if each["name"] == "request_information")
        return found

    given.runtime.now.move(days=180)
    assert (await asking())["allowed"]
    given.runtime.now.move(days=1)
    blocked = await asking()
    assert not blocked["allowed"]
    assert [each["code"] for each in blocked["reasons"]] == ["due-date-passed"]
    arguments = {"reply_by": _day(given, 0), "questions": [{"text": "Which lots?"}], "note": "Late."}
    moved = await given.move(desk.lead, number, "request_information", **arguments)
    assert moved.status_code == 409
    assert moved.json()["reasons"] == blocked["reasons"]


async def test_the_preview_of_an_answer_tells_the_applicant_no_address_of_the_program(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.asked(person, desk))["number"]
    previewed = await person.post(
        f"{PATH}/{number}/transitions?preview=true", json={"name": "respond", "answers": ANSWERS}
    )
    assert previewed.status_code == 200, previewed.text
    assert [each["to"] for each in previewed.json()["letters"]] == [person.email]
    assert desk.lead.email not in previewed.text
