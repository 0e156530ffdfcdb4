"""Writing the journal: every change of a designation request is an entry, in the transaction of the change."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import chain, exact_json
from app.domain.policy import Actor, Audience
from app.store.journal import journal_entries
from app.store.requests import DesignationRequest
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: ids and digests of content, never the content or personal data itself."""

    action: str
    actor: Actor | None  # None: the system
    at: datetime
    audience: Audience = Audience.APPLICANT
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def who(actor: Actor | None) -> tuple[dict[str, str], str | None]:
    """The actor as the entry names it, and what only the program may read beside it.

    Of staff the entry holds a commitment (SHA-256 of a nonce and the id): an applicant that verifies the chain sees
    that one person acted for the program, not which; the program can open the commitment and prove it.
    """
    if actor is None:
        return {"kind": "system"}, None
    if not actor.is_staff:
        kind, ident = ("person", actor.person_id) if actor.person_id else ("machine", actor.key_id)
        return {"kind": kind, "id": str(ident)}, None
    opening = f"{secrets.token_hex(16)}:{actor.person_id or actor.key_id}"
    return {"kind": "program", "commitment": exact_json.sha256(opening)}, opening


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with Z, to the microsecond."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Chained:
    """Entries ready to be written, and what the request's row must say of its chain once they are."""

    rows: list[dict[str, Any]]
    columns: dict[str, Any]


def chained(request_id: UUID, number: str, seq: int, head: str, entries: Iterable[Entry]) -> Chained:
    """The entries as they follow `head`, which is entry `seq`."""
    rows = []
    for entry in entries:
        seq += 1
        actor, opening = who(entry.actor)
        body = _body(number, seq, entry, actor)
        digest = chain.digest_of(body)
        head = chain.link_after(head, digest)
        rows.append(
            {
                "request_id": request_id,
                "seq": seq,
                "at": entry.at,
                "audience": entry.audience.value,
                "action": entry.action,
                "body": exact_json.stored(body),
                "opening": opening,
                "digest": digest,
                "link": head,
            }
        )
    return Chained(rows, {"journal_seq": seq, "journal_head": head})


def _body(number: str, seq: int, entry: Entry, actor: dict[str, str]) -> dict[str, Any]:
    stated = {
        name: value for name in ("before", "after", "reason") if (value := getattr(entry, name)) is not None
    }
    return {
        "number": number,
        "seq": seq,
        "at": instant(entry.at),
        "action": entry.action,
        "actor": actor,
        "audience": entry.audience.value,
        **stated,
        **({"facts": dict(entry.facts)} if entry.facts else {}),
    }


def record(writes: Writes, request: DesignationRequest, *entries: Entry) -> dict[str, Any]:
    """Adds the entries and returns what the request's row must say of its chain afterwards."""
    made = chained(request.id, request.number, request.journal_seq, request.journal_head, entries)
    writes.insert(journal_entries, made.rows)
    return made.columns
