"""Consults: a question to one person about named parts of a request, and their opinion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.domain import exact_json, merge
from app.domain.calendars import civil_date
from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.lifecycle import FINAL
from app.domain.policy import SYSTEM, Actor, Audience, Permission, Role, Scope
from app.services import assigning, correspondence, hearing, steps
from app.services.correspondence import Person, Telling
from app.services.journal import Entry
from app.services.steps import Step
from app.services.transitions import Desk
from app.store import attachments, consults, requests
from app.store.columns import Record
from app.store.requests import DesignationRequest

CONSULTED = frozenset({Role.CONSULTANT, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of whom, about which parts of the content (pointers) and which files."""

    kind: str
    consultant_id: UUID
    text: str
    parts: Sequence[str]
    attachments: Sequence[UUID]
    due_on: date | None


def may_be_consulted(actor: Actor) -> bool:
    """Whether there can be a consult that the caller may read."""
    return not CONSULTED.isdisjoint(actor.roles) and Scope.REQUESTS_READ in actor.scopes


def tree_of(content: str) -> dict[str, Any]:
    """What the pointers of a consult lead into."""
    return {"content": exact_json.decode(content)}


def part_of(tree: dict[str, Any], pointer: str) -> Any:
    """The part as it stands now; None where the content no longer has it."""
    try:
        return merge.resolve(tree, pointer)
    except merge.NoSuchPlace:
        return None


async def ask(desk: Desk, reference: str, question: Question) -> tuple[DesignationRequest, dict[str, Any]]:
    """The request, and the consult as it was kept. Raises NotFound, NotPermitted, Conflict, Invalid."""
    found = await steps.received(desk, reference)
    if not desk.actor.may(Permission.ASSESS) or desk.actor.person_id is None:
        raise NotPermitted("Consulting others is the reviewers'.")
    _insist_on_review(found)
    flaws = [*_flaws(desk, found, question), *await _missing_files(desk, found, question)]
    if flaws:
        raise Invalid(flaws=flaws)
    pointer = "/consultant_id"
    person = await assigning.eligible(
        desk, found, question.consultant_id, Role.CONSULTANT, pointer, Role.REVIEWER
    )
    row = {
        "id": new_id(),
        "request_id": found.id,
        "kind": question.kind,
        "consultant_id": person.id,
        "question": question.text,
        "parts": exact_json.stored(list(question.parts)),
        "attachments": exact_json.stored([str(each) for each in question.attachments]),
        "due_on": question.due_on,
        "asked_by": desk.actor.person_id,
        "asked_at": desk.now,
    }
    facts = {"consult": str(row["id"]), "person": str(person.id), "kind": question.kind}
    entry = _entry(desk, "consult_asked", facts, question.text)
    told = {**_told(desk, found, row["id"]), "due": str(question.due_on or "no day is set")}
    telling = _by_name(found, "consult_asked", told, person.id, person.email)
    step = Step((entry,), records=((consults.consults, [row]),), tellings=(telling,))
    return await steps.take(desk, found, step), {**row, "consultant_name": person.name}


def _insist_on_review(found: DesignationRequest) -> None:
    if found.state in FINAL:
        raise Conflict("The review of this request has ended.", present=found.state.value)


def _flaws(desk: Desk, found: DesignationRequest, question: Question) -> Iterator[Flaw]:
    if question.consultant_id == desk.actor.person_id:
        yield Flaw("/consultant_id", "self", "Ask somebody else.")
    if question.due_on is not None and question.due_on < civil_date(desk.now):
        yield Flaw("/due_on", "past", "This day has passed.")
    tree = tree_of(found.content)
    for place, pointer in enumerate(question.parts):
        if part_of(tree, pointer) is None:
            yield Flaw(f"/parts/{place}", "no-such-part", "The present content has nothing there.")


async def _missing_files(desk: Desk, found: DesignationRequest, question: Question) -> list[Flaw]:
    if not question.attachments:
        return []
    there = {file.id for file in await attachments.of_request(desk.db, found.id)}
    return [
        Flaw(f"/attachments/{place}", "no-such-file", "The request has no file with this id.")
        for place, each in enumerate(question.attachments)
        if each not in there
    ]


def _entry(desk: Desk, action: str, facts: dict[str, str], words: str | None = None) -> Entry:
    """Ids, and a digest of the words; never the words."""
    after = None if words is None else exact_json.sha256(words)
    return Entry(action, desk.actor, desk.now, audience=Audience.PROGRAM, after=after, facts=facts)


def _by_name(
    found: DesignationRequest, template: str, words: dict[str, str], person_id: UUID, email: str
) -> Telling:
    """For one person: a consultant sees no more of the request than the consult names."""
    about = hearing.about(found, found.lead_center)
    return correspondence.by_name(about, template, words, Person(person_id, email))


def _told(desk: Desk, found: DesignationRequest, consult_id: Any) -> dict[str, str]:
    return {"number": found.number, "link": f"{desk.public_url}/v1/consults/{consult_id}"}


async def opine(desk: Desk, reference: str, consult_id: UUID, text: str) -> Record:
    """The consult, before the opinion that is now given. Raises NotFound, NotPermitted, Conflict.

    Its consultant need not see the request: what else there is of it stays out of sight.
    """
    found = await requests.find(desk.db, SYSTEM, reference, lock=True)
    asked = None if found is None else await consults.find(desk.db, found.id, consult_id)
    if found is None or asked is None or not _is_own(desk.actor, asked):
        # somebody who sees the request sees that it is another's
        await _seen(desk, reference, consult_id)
        raise NotPermitted("The opinion is the consultant's to give.")
    if not desk.actor.may(Permission.CONSULT) and not desk.actor.may(Permission.ASSESS):
        raise NotPermitted("Giving an opinion needs the role consultant or reviewer, and requests:write.")
    _insist_on_review(found)
    _insist_on_open(asked)
    row = {"consult_id": asked.id, "text": text, "by": desk.actor.person_id, "at": desk.now}
    tellings: tuple[Telling, ...] = ()
    if asked.asker_active and not asked.asker_recused:
        at = f"{hearing.link_of(desk.public_url, found.number)}/consults"
        facts = {"number": found.number, "link": at}
        tellings = (_by_name(found, "opinion_given", facts, asked.asked_by, asked.asker_email),)
    entry = _entry(desk, "opinion_given", {"consult": str(asked.id)}, text)
    step = Step((entry,), records=((consults.opinions, [row]),), tellings=tellings)
    await steps.take(desk, found, step)
    return asked


def _is_own(actor: Actor, asked: Record) -> bool:
    return asked.consultant_id == actor.person_id and not asked.consultant_recused


async def _seen(desk: Desk, reference: str, consult_id: UUID) -> tuple[DesignationRequest, Record]:
    """Request and consult, for somebody who sees the request. Raises NotFound."""
    found = await steps.seen(desk, reference)
    asked = await consults.find(desk.db, found.id, consult_id)
    if asked is None:
        raise NotFound
    return found, asked


def _insist_on_open(asked: Record) -> None:
    if asked.cancelled_at is not None:
        raise Conflict("This consult was cancelled.")
    if asked.opinion is not None:
        raise Conflict("The opinion was given already; it stays as it is.")


async def cancel(desk: Desk, reference: str, consult_id: UUID) -> Record:
    """The consult, before it was cancelled now. Raises NotFound, NotPermitted, Conflict."""
    found, asked = await _seen(desk, reference, consult_id)
    is_askers = asked.asked_by == desk.actor.person_id and desk.actor.may(Permission.ASSESS)
    if not is_askers and not desk.actor.may(Permission.ASSIGN):
        raise NotPermitted("A consult is cancelled by who asked, or by a coordinator.")
    _insist_on_open(asked)
    tellings: tuple[Telling, ...] = ()
    if not asked.consultant_recused:
        told = _told(desk, found, asked.id)
        tellings = (_by_name(found, "consult_cancelled", told, asked.consultant_id, asked.consultant_email),)
    step = Step(
        (_entry(desk, "consult_cancelled", {"consult": str(asked.id)}),),
        first=((consults.cancel, {"cancelled_at": desk.now, "the_consult": asked.id}),),
        tellings=tellings,
    )
    await steps.take(desk, found, step)
    return asked
