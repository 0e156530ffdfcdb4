"""Where a mail goes, told from the mail and the address it came to alone; who its sender is to us comes after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.keyring import Keyring
from app.domain.mails import reply_address
from app.domain.mails.mail import Mail, Own

_CATT: Final = re.compile(r"\bCATT\b", re.IGNORECASE)


class Way(StrEnum):
    """What becomes of a mail, unless who sent it stands against it."""

    REPLY = "reply"
    FILING = "filing"
    ENGAGEMENT = "engagement"
    BOUNCE = "bounce"
    HOLD = "hold"  # for a coordinator, who releases or refuses it
    IGNORE = "ignore"  # kept, and nothing comes of it


# Every reason that is kept with a mail, as a sentence.
REASONS: Final[Mapping[str, str]] = {
    "too-large": "The mail is larger than the published limit.",
    "header-too-large": "A header of the mail is larger than is read.",
    "too-many-fields": "The mail has more header fields than are read.",
    "too-many-parts": "The mail has more parts than are read.",
    "nested-too-deep": "The parts of the mail are nested deeper than is read.",
    "too-many-attachments": "The mail has more attachments than are taken.",
    "no-from": "The mail names no sender, or more than one.",
    "spam": "The mail server took it for spam.",
    "empty": "The mail holds neither words nor files.",
    "unknown-recipient": "The mail came to an address that is none of ours.",
    "unverified": "The mail server did not confirm that the sender's address is the sender's.",
    "unknown-sender": "The sender is nobody who may write to this thread.",
    "thread-gone": "The thread is not one between an applicant and the program, or is there no more.",
    "from-staff": "The sender is of the program's staff, which files nothing.",
    "beyond-a-day": "More filings came from this address in a day than are taken without a look.",
    "by-a-person": "A coordinator refused it.",
    "loop": "A mail of ours came back.",
    "auto-reply": "An automatic answer.",
    "auto-submitted": "A machine wrote the mail.",
    "bulk": "The mail went to many.",
    "list": "The mail came through a mailing list.",
    "no-sender": "The mail names nobody to whom an answer could go.",
    "no-answer-wanted": "The mail asks for no automatic answer.",
    "bounce": "A report about a mail of ours.",
}
# A person may have set a machine to send it (a scanner, a portal): a filing is not lost, it is looked at.
_HELD_FILINGS: Final = frozenset({"auto-submitted", "bulk", "list", "no-sender"})


@dataclass(frozen=True, slots=True)
class Destination:
    way: Way
    reason: str | None = None  # a key of REASONS
    thread_id: UUID | None = None


def destination(
    mail: Mail, recipient: str, own: Own, keyring: Keyring, *, released: bool = False
) -> Destination:
    """Total: every mail has one. One that a person has released is not held again for what that person saw."""
    if mail.bounce is not None:
        return Destination(Way.BOUNCE, "bounce")
    thread_id = reply_address.thread_of(keyring, recipient, own.domain)
    to_program = recipient.strip().lower() == own.address.lower()
    if mail.machine_answer is not None:
        return Destination(Way.IGNORE, mail.machine_answer, thread_id)
    held = _held(mail) or (None if thread_id or to_program else "unknown-recipient")
    if held is not None and not (released and held != "no-from"):
        return Destination(Way.HOLD, held, thread_id)
    if thread_id is not None:
        # what a machine sends to a thread is no reply of a person's
        is_reply = released or mail.by_machine in {None, "no-answer-wanted"}
        return Destination(*((Way.REPLY, None) if is_reply else (Way.IGNORE, mail.by_machine)), thread_id)
    if mail.by_machine in _HELD_FILINGS and not released:
        return Destination(Way.HOLD, mail.by_machine)
    return Destination(Way.ENGAGEMENT if _CATT.search(mail.subject) else Way.FILING)


def _held(mail: Mail) -> str | None:
    if mail.excess is not None:
        return mail.excess
    if mail.sender is None:
        return "no-from"
    if mail.is_spam:
        return "spam"
    return None if mail.text or mail.enclosed or mail.subject else "empty"
