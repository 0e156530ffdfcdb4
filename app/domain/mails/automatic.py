"""Mail that a machine wrote. It is never answered, so that two machines never write to each other (RFC 3834)."""

import re
from typing import Final

from app.domain.mails import addresses
from app.domain.mails.fields import Fields

LOOP_FIELD: Final = "X-Loop"
_RESPONSE: Final = re.compile(
    r"(automatic reply|auto(matic)?[ -]?repl(y|ied)|out of (the )?office|autoreply"
    r"|abwesenheit\w*|automatische antwort)\b",
    re.IGNORECASE,
)
# A Message-ID of ours is the id of a row, a UUIDv7; people at the same domain have other ones.
_OWN_ID: Final = re.compile(r"<[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}@([^<>@]+)>")
_ANSWERS: Final = frozenset({"auto_reply", "auto-reply", "junk"})
_OF_RESPONDERS: Final = ("x-autoreply", "x-autorespond", "x-auto-reply")


def answer_of_a_machine(fields: Fields, subject: str, own_domains: frozenset[str]) -> str | None:
    """Why this is an answer that a machine gave or a mail of ours that came back; None where it is not."""
    if _is_ours(fields, own_domains):
        return "loop"
    answers = (
        fields.words("auto-submitted").startswith("auto-replied")
        or fields.words("precedence") in _ANSWERS
        or any(fields.first(name) for name in _OF_RESPONDERS)
        or (fields.first("in-reply-to") != "" and _RESPONSE.match(subject) is not None)
    )
    return "auto-reply" if answers else None


def is_spam(fields: Fields) -> bool:
    """Whether a server on the way said so; who writes that of itself harms nobody else."""
    return fields.words("x-spam-flag") == "yes" or fields.words("x-spam-status").startswith("yes")


def _is_ours(fields: Fields, own_domains: frozenset[str]) -> bool:
    marks = fields.every(LOOP_FIELD.lower())
    if any(mark.strip().lower().rpartition("@")[2] in own_domains for mark in marks):
        return True
    own_id = _OWN_ID.fullmatch(fields.first("message-id").strip())
    return own_id is not None and own_id.group(1) in own_domains


def by_a_machine(fields: Fields, envelope_sender: str | None) -> str | None:
    """Why nobody waits for an answer to this; a person may still want to read it. None where somebody may."""
    if fields.words("auto-submitted") not in {"", "no"}:
        return "auto-submitted"
    if fields.words("precedence") in {"bulk", "list"}:
        return "bulk"
    if fields.first("list-id"):
        return "list"
    if fields.first("x-auto-response-suppress").strip().lower() not in {"", "none"}:
        return "no-answer-wanted"
    if envelope_sender is not None and addresses.plain(envelope_sender) is None:
        return "no-sender"
    return None
