"""One thread: its messages, answers to them, and who has read them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.api import mailbox_views
from app.api.answers import answer
from app.api.deps import Caller, Limit, Look, The, Tx
from app.api.mailbox_shapes import (
    MOST_SEQ,
    MarkedOut,
    MarkIn,
    MessageOut,
    ReceiptOut,
    ReplyIn,
    ThreadMarkIn,
    ThreadWhole,
)
from app.api.moves import desk_of
from app.api.sight import note_look
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.domain.policy import Actor
from app.services import conversing, inboxes
from app.store import conversations

router = APIRouter(prefix="/v1/threads", route_class=Transacted, tags=["mailbox"])
of_messages = APIRouter(prefix="/v1/messages", route_class=Transacted, tags=["mailbox"])
ThreadId = Annotated[UUID, Path(description="Id of the thread.")]
MessageId = Annotated[UUID, Path(description="Id of the message.")]
After = Annotated[int, Query(ge=0, le=MOST_SEQ, description="`seq` of the last message of the page before.")]


@router.get("/{thread}", response_model=ThreadWhole, operation_id="getThread",
            summary="A thread with its messages, oldest first, and who has opened them")  # fmt: skip
async def get_thread(
    request: Request,
    thread: ThreadId,
    db: Look,
    actor: Caller,
    the: The,
    after: After = 0,
    limit: Limit = 50,
) -> Response:
    inboxes.of(actor)
    rows = list(await conversations.read(db, actor, thread, after, limit + 1))
    if not rows:
        raise NotFound
    if actor.is_staff:
        await note_look(request, db, actor, the, rows[0].request_id or rows[0].about_id or thread)
    shown = rows[:limit]
    ids = [row.message_id for row in shown if row.message_id is not None]
    receipts = await conversations.receipts_of(db, actor, ids)
    next_after = shown[-1].seq if len(rows) > limit else None
    return answer(mailbox_views.conversation(shown, receipts, actor, next_after=next_after))


async def read_back(db: AsyncConnection, actor: Actor, message_id: UUID) -> dict[str, Any]:
    """The thread with the one message that was just written in it."""
    row = await conversations.message(db, actor, message_id)
    if row is None:
        raise NotFound
    return mailbox_views.conversation([row], [], actor, next_after=None)


@router.post("/{thread}/messages", status_code=201, response_model=MessageOut, operation_id="writeMessage",
             summary="Answer in a thread")  # fmt: skip
async def write_message(thread: ThreadId, body: ReplyIn, db: Tx, actor: Caller, the: The) -> Response:
    hand = desk_of(db, actor, the)
    message_id = await conversing.reply(hand, thread, body.text, body.attachments)
    [written] = (await read_back(db, actor, message_id))["items"]
    return answer(written, 201, headers={"Location": f"/v1/threads/{thread}?after={written['seq'] - 1}"})


@router.post("/{thread}/receipts", response_model=MarkedOut, operation_id="markThread",
             summary="Mark the messages of a thread up to one of them")  # fmt: skip
async def mark_thread(thread: ThreadId, body: ThreadMarkIn, db: Tx, actor: Caller, the: The) -> Response:
    hand = desk_of(db, actor, the)
    return answer({"marked": await inboxes.mark_thread(hand, thread, body.state, body.through)})


@of_messages.post("/{message}/receipts", response_model=ReceiptOut, operation_id="markMessage",
                  summary="Mark a message opened, acknowledged or archived")  # fmt: skip
async def mark_message(message: MessageId, body: MarkIn, db: Tx, actor: Caller, the: The) -> Response:
    kept = await inboxes.mark_message(desk_of(db, actor, the), message, body.state)
    return answer(mailbox_views.receipt(kept))
