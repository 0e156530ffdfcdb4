"""Files that came in a mail: through the same checks as uploads, and what was not taken is said."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from app.domain import files
from app.domain.errors import FileRefused, TooLarge
from app.domain.mails.mail import Enclosed, Mail
from app.services import attachments
from app.services.attachments import Received
from app.services.drafts import MAIL_TEXT
from app.storage.blobs import Blobs
from app.storage.scanning import Scanner

REMARKS: Final = {
    "damaged": "It arrived damaged.",
    "no-name": "It came without a name that could be kept.",
    "double-extension": "Its name has the extension of another kind of file in the middle.",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one file of a mail, by its place there."""

    place: int  # 0: the text of the mail
    filename: str
    sentence: str

    @property
    def inside(self) -> str:
        """As the program reads it."""
        return f"{self.filename}: {self.sentence}"

    @property
    def outside(self) -> str:
        """As it goes back by mail: a name that somebody made up is not sent on to whoever is named as the sender."""
        return f"File {self.place}: {self.sentence}" if self.place else f"The text: {self.sentence}"


@dataclass(slots=True)
class Files:
    """Those in storage, which no record names yet, and what there is to say of those not taken or odd."""

    received: list[Received] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    places: dict[UUID, int] = field(default_factory=dict)  # of the received ones in their mail


async def receive(
    blobs: Blobs, scanner: Scanner, mail_id: UUID, enclosed: Sequence[Enclosed], most: int
) -> Files:
    """Stores each file that will do; at most `most` bytes each. Raises Unavailable, leaving nothing behind."""
    found = Files()
    try:
        for each in enclosed:
            sentences, file = await _received(blobs, scanner, mail_id, each, most)
            found.remarks += [Remark(each.place, each.filename, sentence) for sentence in sentences]
            if file is not None:
                taken = {other.filename for other in found.received}
                found.received.append(replace(file, filename=files.unlike(file.filename, taken)))
                found.places[file.id] = each.place
    except BaseException:
        await discard(blobs, found.received)
        raise
    return found


async def _received(
    blobs: Blobs, scanner: Scanner, mail_id: UUID, each: Enclosed, most: int
) -> tuple[list[str], Received | None]:
    said = [REMARKS[remark] for remark in each.remarks]
    try:
        file = await attachments.receive(blobs, scanner, mail_id, each.filename, _whole(each.content), most)
    except (FileRefused, TooLarge) as refused:
        return [*said, f"not taken. {refused.detail}"], None
    return said, file


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def with_text(mail: Mail) -> list[Enclosed]:
    """The files of a filing: what the mail says is one of them."""
    said = f"{mail.text}\n\n{mail.quoted}".strip()
    text = [Enclosed(MAIL_TEXT, "text/plain", f"{said}\n".encode())] if said else []
    return [*text, *mail.enclosed]


async def discard(blobs: Blobs, received: Sequence[Received]) -> None:
    for each in received:
        await attachments.discard(blobs, each.blob)
