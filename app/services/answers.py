"""Answers to questions: signed, complete, and with amended content only where a question opened it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain import door, exact_json, merge
from app.domain.calendars import end_of
from app.domain.errors import Flaw, Invalid
from app.domain.lifecycle import State
from app.domain.workflow import Reason
from app.services import drafts, readiness
from app.services.announcements import BOTH, Announcement, of_change
from app.services.journal import Entry
from app.services.snapshots import Filed, signature_of, signed
from app.services.transitions import Call, Desk, Plan, Prepared, Record, Verb
from app.store import attachments, filings, questions
from app.store.attachments import Attachment
from app.store.questions import Round, information_responses
from app.store.requests import DesignationRequest


@dataclass(frozen=True, slots=True)
class Open:
    """The round that is answered, and whether its answer comes late."""

    round: Round
    late: bool

    @property
    def questions(self) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = exact_json.decode(self.round.questions)
        return asked

    @property
    def opened(self) -> list[str]:
        """The parts of the content that may be amended; a late answer opens nothing."""
        return [] if self.late else [part for each in self.questions for part in each["opens"]]


async def before_respond(desk: Desk, found: DesignationRequest) -> Prepared:
    """An answer needs a question that is open, or lapsed unanswered; the same words whatever goes on inside."""
    if found.state is not State.INFORMATION_REQUESTED and not found.question_lapsed:
        return Prepared([Reason("no-open-question", "There is no question that waits for an answer.")])
    asked = await questions.find(desk.db, found.id, found.question_round)
    assert asked is not None  # noqa: S101 - the row says there is such a round
    return Prepared(facts=Open(asked, found.question_lapsed or desk.now >= end_of(asked.reply_by)))


async def respond(desk: Desk, found: DesignationRequest, call: Call, given: Open) -> Plan:
    """The answers of one round, and the content amended by them as its next version."""
    files = await attachments.of_request(desk.db, found.id)
    answers = _complete(call.arguments["answers"], len(given.questions), files)
    signature = signature_of(call)
    filed = await _amended(desk, found, files, call, given)
    version = found.version if filed is None else filed.found.version
    manifest = exact_json.canonical(_manifest(found, given, answers, files, filed))
    digest = exact_json.sha256(manifest)
    row = {
        "request_id": found.id,
        "round": given.round.round,
        "answers": exact_json.stored(answers),
        "late": given.late,
        "version": version,
        "manifest": manifest.decode(),
        "digest": digest,
        "by": desk.actor.person_id,
        "at": desk.now,
    }
    said = {"round": given.round.round, "late": given.late, "version": version}
    records: tuple[Record, ...] = () if filed is None else filed.records()
    moved = found.state is State.INFORMATION_REQUESTED
    acts = tuple(Announcement("designation_request.response_received", side, said) for side in BOTH)
    return Plan(
        values={"reply_by": None, "question_lapsed": False, **_content_columns(filed)},
        entry=Entry(
            "responded",
            desk.actor,
            desk.now,
            before=found.content_digest,
            after=digest,
            reason=call.note,
            facts=said,
        ),
        announced=(*acts, *(of_change(None, State.UNDER_ASSESSMENT) if moved else ())),
        words={"round": str(given.round.round)},
        records=(
            (information_responses, [row]),
            signed(desk, found, signature, "respond", digest),
            *records,
        ),
    )


def _complete(
    sent: Sequence[Mapping[str, Any]], count: int, files: Iterable[Attachment]
) -> list[dict[str, Any]]:
    """The answers in the order of their questions. Raises Invalid for a missing one, a second one, a file not fit."""
    fit = {file.id for file in files if file.scan in {"clean", "unscanned"}}
    flaws, answered = [], dict[int, dict[str, Any]]()
    for place, answer in enumerate(sent):
        number, at = answer["question"], f"/answers/{place}"
        if not 1 <= number <= count:
            flaws.append(Flaw(f"{at}/question", "no-such-question", f"The questions are 1 to {count}."))
        elif number in answered:
            flaws.append(Flaw(f"{at}/question", "twice", "This question is answered twice."))
        names = answer.get("attachments") or ()
        flaws += [
            Flaw(f"{at}/attachments/{i}", "no-such-file", "No file of this request that can be filed.")
            for i, name in enumerate(names)
            if name not in fit
        ]
        answered[number] = {
            "question": number,
            "text": answer["text"],
            "attachments": [str(name) for name in names],
        }
    missing = [number for number in range(1, count + 1) if number not in answered]
    flaws += [Flaw("/answers", "unanswered", f"Question {number} has no answer.") for number in missing]
    if flaws:
        raise Invalid(flaws=flaws)
    return [answered[number] for number in sorted(answered)]


async def _amended(
    desk: Desk, found: DesignationRequest, files: Sequence[Attachment], call: Call, given: Open
) -> Filed | None:
    """The content as the answer changes it, ready to be a record; None where it changes nothing."""
    patch = call.arguments.get("content")
    if not patch:
        return None
    before = exact_json.decode(found.content)
    tree = merge.merge_patch(before, patch)
    changes = merge.diff(before, tree, "/content")
    _insist_on_opened(changes, given)
    if not changes:
        return None
    sent = drafts.Sent(tree, door.content(tree))
    text = exact_json.stored(tree)
    amended = replace(
        found,
        content=text,
        content_digest=exact_json.sha256(text),
        version=found.version + 1,
        title=sent.content.title,
        scope=drafts.scope_of(sent.content),
    )
    gaps = {row.rule: row.reason for row in await filings.gaps_of(desk.db, found.id) if row.kind != "waived"}
    principals = readiness.principals_of(desk.actor, found.applicant_id)
    report = readiness.of_request(amended, files, principals, desk.now, submitting=True)
    received_at = found.received_at or desk.now
    return Filed(
        desk,
        amended,
        files,
        report.acknowledging(frozenset(gaps)),
        gaps,
        received_at,
        signature_of(call),
        given.round.round,
    )


def _insist_on_opened(changes: Iterable[Mapping[str, Any]], given: Open) -> None:
    """Raises Invalid for every change outside the parts that the questions opened."""
    outside = sorted(
        {
            each["pointer"]
            for each in changes
            if not any(merge.within(each["pointer"], part) for part in given.opened)
        }
    )
    if not outside:
        return
    why = (
        "A late answer opens nothing: say it in words."
        if given.late
        else "No question opened this part for amendment."
    )
    raise Invalid(flaws=[Flaw(pointer, "not-opened", why) for pointer in outside])


def _content_columns(filed: Filed | None) -> dict[str, Any]:
    if filed is None:
        return {}
    amended = filed.found
    return {
        "version": amended.version,
        "content": amended.content,
        "content_digest": amended.content_digest,
        "title": amended.title,
        "scope": amended.scope,
        **readiness.columns(filed.report),
    }


def _manifest(
    found: DesignationRequest,
    given: Open,
    answers: Sequence[Mapping[str, Any]],
    files: Iterable[Attachment],
    filed: Filed | None,
) -> dict[str, Any]:
    """What the signer signs: the questions by digest, every answer, the files by digest, the content it leads to."""
    digests = {str(file.id): file.sha256 for file in files}
    amended = {} if filed is None else {"snapshot_sha256": filed.manifest_digest}
    return {
        "number": found.number,
        "round": given.round.round,
        "questions_sha256": exact_json.sha256(given.round.questions),
        "answers": [
            {
                **answer,
                "attachments": [{"id": name, "sha256": digests[name]} for name in answer["attachments"]],
            }
            for answer in answers
        ],
        "late": given.late,
        "version": found.version if filed is None else filed.found.version,
        **amended,
    }


VERBS: Mapping[str, Verb] = {"respond": Verb(respond, before_respond)}
