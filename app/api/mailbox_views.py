"""What a caller is shown of threads and messages: an applicant never the program's people, desks or inside."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain import exact_json, wording
from app.domain.mailboxes import Desk, Kind
from app.domain.policy import Actor
from app.domain.wording import Words
from app.services.journal import instant
from app.store.columns import Record
from app.store.inboxes import sees_all_of_a_thread

PATHS = {
    Kind.REQUEST: "/v1/designation-requests",
    Kind.DRAFT: "/v1/designation-requests",
    Kind.DESIGNATION: "/v1/designations",
    Kind.ENGAGEMENT: "/v1/engagements",
    Kind.ENDPOINT: "/v1/webhook-endpoints",
}
STATES = ("available_at", "notified_at", "opened_at", "acknowledged_at", "archived_at")


def thread(row: Record, actor: Actor) -> dict[str, Any]:
    """What lists and the thread itself have in common. Whoever hears only parts is told of nothing between."""
    is_whole = sees_all_of_a_thread(actor)
    shown = {
        "id": row.id,
        "url": f"/v1/threads/{row.id}",
        "subject": row.subject,
        "about": _about(row),
        "owner": _owner(row, actor),
        "turn": row.turn if is_whole else None,
        "messages": row.messages if is_whole else row.heard,
        "unread": row.unread,
    }
    return {**shown, "audience": row.audience} if actor.is_staff else shown


def _about(row: Record) -> dict[str, Any]:
    kind = Kind(row.kind)
    path = PATHS.get(kind)
    named = row.about_id if kind is Kind.ENDPOINT else row.number
    url = f"{path}/{named}" if path and named else None
    shown = Kind.REQUEST if kind is Kind.DRAFT else kind
    return {"kind": shown.value, "number": row.number, "url": url}


def _owner(row: Record, actor: Actor) -> dict[str, Any]:
    """An applicant is not told the desk: it would say which center leads before that is said."""
    if not actor.is_staff:
        return {"desk": Desk.PROGRAM.value}
    return {"desk": row.desk, "lead": row.lead}


def line(row: Record, actor: Actor) -> dict[str, Any]:
    """A thread as a list has it."""
    last_at = row.last_at if sees_all_of_a_thread(actor) else row.said_at
    return {
        **thread(row, actor),
        "last_at": instant(last_at),
        "last": {
            "seq": row.seq,
            "side": row.side,
            "subject": _words(row).subject,
            "at": instant(row.said_at),
        },
        "archived": None if actor.person_id is None else row.archived_at is not None,
    }


def _words(row: Record) -> Words:
    """Of an act by its template, as a letter has them; of a person the thread's subject, and the text."""
    if row.template is None:
        return Words(row.subject, getattr(row, "text", None) or "")
    return wording.worded(row.template, exact_json.decode(row.words), row.template_version)


def receipt(row: Record) -> dict[str, Any]:
    at = {name: instant(getattr(row, name)) if getattr(row, name) else None for name in STATES}
    return {"message_id": row.message_id, "thread_id": row.thread_id, **at}


def messages(rows: Iterable[Record], receipts: Iterable[Record], actor: Actor) -> list[dict[str, Any]]:
    """The messages with the caller's own receipts and the proof of the other side's."""
    by_message: dict[UUID, list[Record]] = {}
    for each in receipts:
        by_message.setdefault(each.message_id, []).append(each)
    return [_message(row, by_message.get(row.message_id, []), actor) for row in rows]


def _message(row: Record, receipts: list[Record], actor: Actor) -> dict[str, Any]:
    words = _words(row)
    own = next((each for each in receipts if each.person_id == actor.person_id), None)
    others = [each for each in receipts if each.person_id != actor.person_id]
    is_named = row.by is not None and (actor.is_staff or row.side == "applicant")
    return {
        "id": row.message_id,
        "seq": row.seq,
        "at": instant(row.at),
        "side": row.side,
        "author": {"id": row.by, "name": row.author} if is_named else None,
        "subject": words.subject,
        "text": words.text,
        "quoted": row.quoted,
        "via": row.via,
        "files": _files(row),
        "receipt": None if own is None else receipt(own),
        "proof": _proof(row, others, actor),
    }


def _files(row: Record) -> list[dict[str, Any]]:
    at = f"/v1/designation-requests/{row.number}/attachments"
    return [{"id": id, "url": f"{at}/{id}"} for id in (exact_json.decode(row.files) if row.files else ())]


def _proof(row: Record, others: list[Record], actor: Actor) -> Mapping[str, Any] | None:
    """An applicant is told when the program first opened what it sent or did; the program, who of the applicant did."""
    if actor.is_staff:
        if row.side == "applicant" or row.audience != "applicant":
            return None
        read = [{"person": {"id": each.person_id, "name": each.name}, **_read(each)} for each in others]
        return {"applicant": read}
    if row.side == "program":
        return None
    firsts = {name: _first(others, name) for name in ("opened_at", "acknowledged_at")}
    return {"program": firsts}


def _read(row: Record) -> dict[str, Any]:
    return {
        "opened_at": row.opened_at and instant(row.opened_at),
        "acknowledged_at": row.acknowledged_at and instant(row.acknowledged_at),
    }


def _first(rows: list[Record], name: str) -> str | None:
    first = min((getattr(each, name) for each in rows if getattr(each, name)), default=None)
    return first and instant(first)


def conversation(
    rows: list[Record], receipts: Iterable[Record], actor: Actor, *, next_after: int | None
) -> dict[str, Any]:
    """The thread and a page of its messages."""
    head = rows[0]
    said = [row for row in rows if row.message_id is not None]
    last_at = (
        head.last_at
        if sees_all_of_a_thread(actor)
        else max((row.at for row in said), default=head.created_at)
    )
    return {
        **thread(head, actor),
        "last_at": instant(last_at),
        "items": messages(said, receipts, actor),
        "next_after": next_after,
    }
