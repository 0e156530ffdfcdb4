"""For whom a filing by mail is kept: the one applicant of a sender we know, else a new one that nobody has yet."""

from dataclasses import dataclass
from typing import Final

from app.domain.identity import new_id
from app.domain.mails.addresses import Mailbox
from app.domain.policy import Permission, Standing
from app.domain.vocabulary import ApplicantType
from app.services.mail_outcomes import Arrived, Clerk
from app.services.transitions import Desk
from app.store import applicants

UNSAID: Final = "Filed by mail: its type is yet to be said."
TYPE: Final[ApplicantType] = "other"


@dataclass(frozen=True, slots=True)
class Holder:
    """The applicant; `is_new` where it was made for this mail and waits to be claimed."""

    standing: Standing
    is_new: bool


async def holder_of(desk: Desk, clerk: Clerk, arrived: Arrived, sender: Mailbox) -> Holder:
    """An address alone binds nothing: only who is shown to have sent the mail files as what they are a member of."""
    if arrived.sender is not None and arrived.mail.is_from_sender(clerk.own):
        own = arrived.sender.applicants(Permission.EDIT_DRAFTS)
        if len(own) == 1:
            return Holder(arrived.sender.standings[own[0]], is_new=False)
    made = Standing(new_id(), sender.name or sender.address, TYPE, frozenset())
    row = {
        "id": made.id,
        "name": made.name,
        "type": made.type,
        "type_detail": UNSAID,
        "identifiers": "{}",
        "created_at": desk.now,
        "updated_at": desk.now,
    }
    await applicants.open_unheld(desk.db, row)
    return Holder(made, is_new=True)
