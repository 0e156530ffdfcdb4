"""Mailboxes: which there are for a caller, what lies in them, what changed, and threads that are begun there."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.api import mailbox_views, positions
from app.api.answers import answer
from app.api.deps import Caller, Limit, Look, The, Tx
from app.api.mailbox_shapes import (
    ChangePage,
    MailboxList,
    MailboxMarkIn,
    MarkedOut,
    OpeningIn,
    ThreadPage,
    ThreadWhole,
)
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.runtime import Runtime
from app.api.tags import tag_of
from app.api.threads import read_back
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import Flaw, Invalid
from app.domain.policy import Actor, Audience
from app.services import beginnings, inboxes
from app.services.beginnings import Opening
from app.store import inboxes as store
from app.store import mailbox_changes
from app.store.inboxes import Wanted
from app.store.mailbox_changes import Place, Places

router = APIRouter(prefix="/v1/mailboxes", route_class=Transacted, tags=["mailbox"])
MailboxId = Annotated[UUID, Path(description="Id of an applicant, of yourself, or of a desk.")]
Since = Annotated[
    str | None,
    Query(
        max_length=300, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of an earlier call; none: from now."
    ),
]
Choice = Annotated[bool | None, Query()]


@router.get("", response_model=MailboxList, operation_id="listMailboxes",
            summary="The mailboxes you may open, and how many threads in each you have not read")  # fmt: skip
async def list_mailboxes(db: Look, actor: Caller) -> Response:
    there = inboxes.of(actor)
    unread = await store.unread(db, actor, [each.id for each in there]) if actor.person_id else None
    items = [
        {
            "id": each.id,
            "name": each.name,
            "kind": each.kind,
            "unread": None if unread is None else unread.get(each.id, 0),
        }
        for each in there
    ]
    return answer({"items": items})


@router.get("/{mailbox}/threads", response_model=ThreadPage, operation_id="listThreads",
            summary="The threads in a mailbox, the one with the newest message first")  # fmt: skip
async def list_threads(
    request: Request,
    mailbox: MailboxId,
    db: Look,
    actor: Caller,
    the: The,
    unread: Choice = None,
    turn: Annotated[Literal["applicant", "program", "none"] | None, Query()] = None,
    archived: Choice = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    inboxes.own(actor, mailbox)
    _insist_on_sense(actor, unread=unread, archived=archived, turn=turn)
    listing = listing_of(request, actor.person_id or actor.key_id)
    after = opened(the.keyring, listing, cursor)
    wanted = Wanted(unread, turn, archived)
    rows = await store.page(db, actor, mailbox, wanted, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.place]),
        lambda row: mailbox_views.line(row, actor),
    )


def _insist_on_sense(actor: Actor, *, unread: bool | None, archived: bool | None, turn: str | None) -> None:
    flaws = [
        Flaw(f"/query/{name}", "machine", inboxes.NO_PERSON)
        for name, value in (("unread", unread), ("archived", archived))
        if value is not None and actor.person_id is None
    ]
    if turn is not None and not store.sees_all_of_a_thread(actor):
        flaws.append(Flaw("/query/turn", "hidden", "Whose move it is, is shown to who may read requests."))
    if flaws:
        raise Invalid(flaws=flaws)


@router.get("/{mailbox}/changes", response_model=ChangePage, operation_id="listMailboxChanges",
            summary="Threads with new messages or new marks of yours since an earlier call")  # fmt: skip
async def list_changes(
    mailbox: MailboxId, db: Look, actor: Caller, the: The, since: Since = None
) -> Response:
    inboxes.own(actor, mailbox)
    listing = exact_json.stored(["changes", str(actor.person_id or actor.key_id), str(mailbox)])
    if since is None:
        return _changed([], the, listing, await mailbox_changes.now(db, actor, mailbox), more=False)
    found = await mailbox_changes.since(db, actor, mailbox, _places(the, listing, since))
    if found is None:
        raise _no_place("It lies beyond what this mailbox has; begin without one.")
    rows = await mailbox_changes.shown(db, actor, mailbox, found.items)
    items = [{**mailbox_views.line(row, actor), "gone": False} for row in rows]
    items += [{"id": each.thread_id, "gone": True} for each in found.items if each.gone]
    return _changed(items, the, listing, found.places, more=found.is_full)


def _changed(
    items: list[dict[str, Any]], the: Runtime, listing: str, places: Places, *, more: bool
) -> Response:
    """Tagged by what is in it: a place that has moved past what others were told is no change."""
    plain = b"".join(
        each.touched.to_bytes(8, "big", signed=True) + each.thread_id.bytes
        for each in (places.mailbox, places.marks)
    )
    after = positions.sealed_bytes(the.keyring, listing, plain)
    return answer({"items": items, "next": after, "more": more}, etag=tag_of([items, more]))


def _no_place(detail: str) -> Invalid:
    return Invalid(flaws=[Flaw("/query/since", "cursor", detail)])


def _places(the: Runtime, listing: str, since: str) -> Places:
    """Raises Invalid for what is no `next` of this mailbox and caller."""
    plain = positions.opened_bytes(the.keyring, listing, since)
    if plain is None or len(plain) != 48:
        raise _no_place("Not a `next` of this mailbox; begin without one.")
    halves = (plain[:24], plain[24:])
    places = (Place(int.from_bytes(each[:8], "big", signed=True), UUID(bytes=each[8:])) for each in halves)
    return Places(*places)


@router.post("/{mailbox}/threads", status_code=201, response_model=ThreadWhole, operation_id="beginThread",
             summary="Write to the other side, or inside the program")  # fmt: skip
async def begin_thread(mailbox: MailboxId, body: OpeningIn, db: Tx, actor: Caller, the: The) -> Response:
    found = inboxes.own(actor, mailbox)
    hand = desk_of(db, actor, the)
    asked = Opening(
        body.subject,
        body.text,
        body.about,
        body.applicant_id,
        None if body.audience is None else Audience(body.audience),
        body.attachments,
    )
    place, message_id = await beginnings.begin(hand, found, asked)
    whole = await read_back(db, actor, message_id)
    return answer(whole, 201, headers={"Location": f"/v1/threads/{place.thread_id}"})


@router.post("/{mailbox}/receipts", response_model=MarkedOut, operation_id="markMailbox",
             summary="Mark several threads of a mailbox, each up to one of its messages")  # fmt: skip
async def mark_mailbox(mailbox: MailboxId, body: MailboxMarkIn, db: Tx, actor: Caller, the: The) -> Response:
    hand = desk_of(db, actor, the)
    through = [(each.id, each.through) for each in body.threads]
    return answer({"marked": await inboxes.mark_mailbox(hand, mailbox, body.state, through)})
