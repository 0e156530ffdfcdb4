"""Reports that a mail of ours did not arrive (RFC 3464), or was not wanted (RFC 5965)."""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.mails import addresses, fields
from app.domain.mails.entities import Walk

_STATUS: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_ID: Final = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
MOST_GROUPS: Final = 50
REPORT_BYTES: Final = 2**18  # of a part of a report that are read
COMPLAINT: Final = "complaint"
_REPORTS: Final = frozenset({"delivery-status", "feedback-report"})
_ORIGINALS: Final = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """What the report says: about whom, with which status, and which of our mails. Each may be unknown (None)."""

    recipient: str | None
    action: str  # failed | delayed | delivered | relayed | expanded | complaint, or empty
    status: str | None
    original_id: str | None

    @property
    def is_complaint(self) -> bool:
        return self.action == COMPLAINT

    @property
    def is_final(self) -> bool:
        return self.action == "failed" or (self.status or "").startswith("5")


def of(walk: Walk) -> Bounce | None:
    """The report in this mail, if it is one."""
    if walk.kind.media_type != "multipart/report" or walk.kind.report_type not in _REPORTS:
        return None
    recipient = status = None
    action, original = COMPLAINT if walk.kind.report_type == "feedback-report" else "", None
    for leaf in walk.leaves:
        body = walk.bytes_of(leaf)[0][:REPORT_BYTES]
        if leaf.kind.media_type == "message/delivery-status":
            for group in _BLANK.split(body, MOST_GROUPS)[1:]:
                said = fields.read(group)
                recipient = recipient or _recipient(said.first("final-recipient"))
                action = action or said.words("action")[:20]
                found = _STATUS.search(said.first("status"))
                status = status or (found.group() if found else None)
        elif leaf.kind.media_type in _ORIGINALS:
            head = fields.read(_BLANK.split(body, 1)[0])
            original = original or next(iter(ids(head.first("message-id"))), None)
    return Bounce(recipient, action, status, original)


def _recipient(value: str) -> str | None:
    return addresses.plain(value.rpartition(";")[2])


def ids(value: str) -> list[str]:
    """The message identifiers in a field, each with its brackets."""
    return _ID.findall(value)
