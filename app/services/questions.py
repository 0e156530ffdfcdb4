"""Questions to the applicant beside the running clock: asked, answered, lapsed, each as a plan."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain import exact_json
from app.domain.calendars import (
    LAST_DAY_FOR_QUESTIONS,
    civil_date,
    day_number,
    end_of,
)
from app.domain.content import Content
from app.domain.errors import Flaw, Invalid
from app.domain.lifecycle import State
from app.domain.merge import tokens_of
from app.domain.workflow import Reason
from app.services import noting
from app.services.announcements import BOTH, Announcement, of_change
from app.services.journal import Entry
from app.services.timers import Timer
from app.services.transitions import Call, Desk, Plan, Prepared, Verb
from app.store.questions import information_requests
from app.store.requests import DesignationRequest

LAPSE = "lapse"  # the timer's name and the transition's


def _last_reply_date(found: DesignationRequest) -> date | None:
    return found.program_target_on or found.statutory_due_on


async def before_request_information(desk: Desk, found: DesignationRequest) -> Prepared:
    """Once the due date has passed there is no reply date left to name."""
    last = _last_reply_date(found)
    if last is not None and last < civil_date(desk.now):
        return Prepared([Reason("due-date-passed", f"No reply date lies after the due date, {last}.")])
    return Prepared()


async def request_information(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    """Numbered questions with a reply date. Raises Invalid for a date or a part that won't do."""
    questions, reply_by = call.arguments["questions"], call.arguments["reply_by"]
    _insist_on_reply_date(found, desk, call)
    _insist_on_parts(questions)
    number = found.question_round + 1
    row = {
        "request_id": found.id,
        "round": number,
        "questions": exact_json.stored([_question(each) for each in questions]),
        "reply_by": reply_by,
        "late_reason": call.note if _is_late_for_questions(found, reply_by) else None,
        "asked_by": desk.actor.person_id,
        "asked_at": desk.now,
    }
    said = {"round": number, "reply_by": str(reply_by)}
    timer = Timer(
        LAPSE,
        {"request": str(found.id), "round": number},
        end_of(reply_by),
        once=f"lapse:{found.id}:{number}",
    )
    return Plan(
        values={"question_round": number, "reply_by": reply_by, "question_lapsed": False},
        entry=Entry(
            "information_requested",
            desk.actor,
            desk.now,
            after=exact_json.sha256(row["questions"]),
            facts={**said, "questions": len(questions)},
        ),
        announced=of_change("designation_request.information_requested", State.INFORMATION_REQUESTED, said),
        words={"round": str(number), "reply_by": str(reply_by)},
        records=((information_requests, [row]), *noting.kept(desk, found, call.note)),
        timers=(timer,),
    )


def _question(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": sent["text"], "opens": list(sent.get("opens") or ())}


def _is_late_for_questions(found: DesignationRequest, reply_by: Any) -> bool:
    return (
        found.received_on is not None
        and found.program_target_on is None
        and day_number(found.received_on, reply_by) > LAST_DAY_FOR_QUESTIONS
    )


def _insist_on_reply_date(found: DesignationRequest, desk: Desk, call: Call) -> None:
    reply_by, last = call.arguments["reply_by"], _last_reply_date(found)
    if reply_by < civil_date(desk.now):
        raise Invalid(flaws=[Flaw("/reply_by", "past", "The reply date lies in the past.")])
    if last is not None and reply_by > last:
        raise Invalid(
            flaws=[Flaw("/reply_by", "after-due-date", f"No reply date lies after the due date, {last}.")]
        )
    if _is_late_for_questions(found, reply_by) and not call.note:
        detail = f"A reply date after day {LAST_DAY_FOR_QUESTIONS} needs its reason, as the note."
        raise Invalid(flaws=[Flaw("/note", "required", detail)])


def _insist_on_parts(questions: Any) -> None:
    """Raises Invalid where a question opens something that a content does not have."""
    flaws = []
    for place, question in enumerate(questions):
        for at, pointer in enumerate(question.get("opens") or ()):
            first = tokens_of(pointer)[1:2]
            if first and first[0] not in Content.model_fields:
                where = f"/questions/{place}/opens/{at}"
                flaws.append(Flaw(where, "no-such-part", "A content has no such part."))
    if flaws:
        raise Invalid(flaws=flaws)


async def before_lapse(desk: Desk, found: DesignationRequest) -> Prepared:
    if found.reply_by is not None and desk.now < end_of(found.reply_by):
        return Prepared([Reason("not-yet", f"The applicant may answer until {found.reply_by}, 24:00.")])
    return Prepared()


async def lapse(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:  # noqa: ARG001 - the shape of every plan
    """The reply date has passed: the review goes on, and a late answer may still be put on file."""
    number = found.question_round
    return Plan(
        values={"reply_by": None, "question_lapsed": True},
        entry=Entry("lapsed", desk.actor, desk.now, facts={"round": number}),
        announced=(
            *(Announcement("designation_request.questions_lapsed", side, {"round": number}) for side in BOTH),
            *of_change(None, State.UNDER_ASSESSMENT),
        ),
        words={"round": str(number)},
    )


VERBS: Mapping[str, Verb] = {
    "request_information": Verb(request_information, before_request_information),
    "lapse": Verb(lapse, before_lapse),
}
