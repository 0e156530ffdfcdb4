"""The shapes of mailboxes, threads and messages: what may be sent, and what the description says of answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.payloads import In, Out
from app.domain.shapes import Name, Prose

State = Literal["opened", "acknowledged", "archived"]
Number = Annotated[str, Field(min_length=14, max_length=21, pattern=r"^[A-Za-z]{3,4}-[0-9]{4}-[0-9]{5,11}$")]
Files = Annotated[tuple[UUID, ...], Field(max_length=50, description="Ids of files of the request")]
MOST_SEQ = 2**31 - 1
Seq = Annotated[int, Field(ge=1, le=MOST_SEQ, description="`seq` of the last message to mark")]


class OpeningIn(In):
    """A new thread: from an applicant to the program, or from the program to an applicant or inside."""

    subject: Name = Field(description="Shown in lists and never confidential")
    text: Prose
    about: Number | None = Field(None, description="Number of a request, designation or engagement")
    attachments: Files = ()
    applicant_id: UUID | None = Field(
        None, description="Program only: to whom, where `about` does not say so"
    )
    audience: Literal["program"] | None = Field(None, description="Program only: stays inside")


class ReplyIn(In):
    text: Prose
    attachments: Files = ()


class MarkIn(In):
    state: State = Field(description="Set once; acknowledged is also opened")


class ThreadMarkIn(MarkIn):
    through: Seq


class ThroughIn(In):
    """A thread of the mailbox, up to a message that was seen: `last.seq` of the list marks what the list showed."""

    id: UUID
    through: Seq


class MailboxMarkIn(MarkIn):
    threads: Annotated[tuple[ThroughIn, ...], Field(min_length=1, max_length=100)]


class MailboxOut(Out):
    id: UUID
    name: str
    kind: Literal["applicant", "person", "desk"]
    unread: int | None = Field(description="Threads in `threads?unread=true`; null for a machine")


class MailboxList(Out):
    items: list[MailboxOut]


class AboutOut(Out):
    kind: str = Field(examples=["designation_request"])
    number: str | None
    url: str | None


class LastOut(Out):
    seq: int = Field(description="Its place in the thread")
    side: Literal["applicant", "program", "system"]
    subject: str
    at: datetime


class ThreadOut(Out):
    id: UUID
    url: str
    subject: str
    about: AboutOut
    owner: Any = Field(description="Who has it on the program's side; inside with desk and lead")
    turn: Literal["applicant", "program", "none"] | None = Field(description="Whose move it waits for")
    messages: int
    unread: int | None = Field(description="Messages you have not opened; null for a machine")
    last_at: datetime
    audience: Literal["applicant", "program"] | None = Field(
        None, description="To the program alone: program is inside"
    )


class ThreadLine(ThreadOut):
    last: LastOut
    archived: bool | None = Field(description="By you, until the next message")


class ThreadPage(Out):
    items: list[ThreadLine]
    next_cursor: str | None


class ChangedOut(Out):
    id: UUID
    gone: bool = Field(description="It lies in this mailbox no more; else the rest is as in the list")


class ChangePage(Out):
    items: list[ChangedOut]
    next: str = Field(description="`since` of the next call, always")
    more: bool = Field(description="There is more at once")


class ReceiptOut(Out):
    message_id: UUID
    thread_id: UUID
    available_at: datetime
    notified_at: datetime | None
    opened_at: datetime | None
    acknowledged_at: datetime | None
    archived_at: datetime | None


class MarkedOut(Out):
    marked: int = Field(description="Messages that were not marked so before")


class MessageOut(Out):
    id: UUID
    seq: int = Field(description="In its thread, from 1 without a gap")
    at: datetime
    side: Literal["applicant", "program", "system"]
    author: Any = Field(description="Id and name; of the program's people inside alone")
    subject: str
    text: str
    quoted: str | None = Field(description="What a mail repeated of earlier ones")
    via: Literal["act", "api", "mail"]
    files: list[Any]
    receipt: ReceiptOut | None = Field(description="Your own")
    proof: Any = Field(description="When the other side opened and acknowledged it")


class ThreadWhole(ThreadOut):
    items: list[MessageOut]
    next_after: int | None = Field(description="`after` of the next call; null at the end")
