"""The facts of a letter as text that is safe to show: days and instants in words, nothing invisible."""

import re
import unicodedata
from datetime import UTC, date, datetime

from app.domain import calendars
from app.domain.letters.letter import DecisionLetter

# strftime speaks the language of the machine
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
# they turn round what follows them, so that a reader sees other words than the record has
_DIRECTIONS = re.compile(r"[\u202A-\u202E\u2066-\u2069]")
_LAST_OF_PLANES = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_UNSHOWABLE = re.compile(rf"[\x00-\x08\x0B-\x1F\x7F-\x9F\uD800-\uDFFF\uFDD0-\uFDEF{_LAST_OF_PLANES}]")


def facts_of(letter: DecisionLetter) -> dict[str, str | None]:
    """Each fact by the name that templates use."""
    at = letter.signed.at
    told = {
        "number": letter.number,
        "applicant": letter.applicant,
        "applicant_country": letter.applicant_country,
        "method": letter.method,
        "method_version": letter.method_version,
        "context_of_use": letter.context_of_use,
        "rationale": letter.rationale,
        "received_on": day_in_words(letter.received_on),
        "decided_on": day_in_words(letter.decided_on),
        "statutory_due_on": day_in_words(letter.statutory_due_on),
        "day": str(calendars.day_number(letter.received_on, letter.decided_on)),
        "signed_by": letter.signed.printed_name,
        "meaning": letter.signed.meaning,
        "signed_at": instant_in_words(at.astimezone(UTC)),
        "signed_at_new_york": instant_in_words(at.astimezone(calendars.PROGRAM_ZONE)),
        "snapshot_sha256": letter.signed.snapshot_sha256,
        "link": letter.link,
    }
    return {name: showable(text or "").strip() or None for name, text in told.items()}


def day_in_words(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def instant_in_words(at: datetime) -> str:
    """To the second, with the zone's abbreviation."""
    return f"{day_in_words(at.date())}, {at:%H:%M:%S} {at.tzname()}"


def showable(text: str) -> str:
    """The text composed (NFC), each line end as one sign, and a mark in place of what no page can show."""
    text = _LINE_ENDS.sub("\n", _DIRECTIONS.sub("", text)).replace("\t", " ")
    return unicodedata.normalize("NFC", _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text))
