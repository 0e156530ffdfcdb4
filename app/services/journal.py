"""Writing the journal: every change of a designation request is an entry, in the transaction of the change."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import chain, exact_json
from app.domain.happenings import OF_REQUEST, NotInTable
from app.domain.policy import Actor, Audience
from app.store.journal import journal_entries
from app.store.requests import DesignationRequest
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: ids and digests of content, never the content or personal data itself.

    Raises NotInTable for what no timeline could tell in words.
    """

    action: str
    actor: Actor | None  # None: the system
    at: datetime
    audience: Audience = Audience.APPLICANT
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.action not in OF_REQUEST:
            raise NotInTable(f"no timeline has a sentence for {self.action}")


def who(actor: Actor | None) -> tuple[dict[str, str], str | None]:
    """The actor as the entry names it, and what only the program may read beside it.

    Of staff the entry holds a commitment (SHA-256 of a nonce and the id): an applicant that verifies the chain sees
    that one person acted for the program, not which; the program can open the commitment and prove it.
    """
    if actor is None or actor.is_system:
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


@dataclass(frozen=True, slots=True)
class Heads:
    """How long the chains of a request are, and their last links: the program's, and its applicant's."""

    seq: int = 0
    head: str = chain.ORIGIN
    applicant_seq: int = 0
    applicant_head: str = chain.ORIGIN

    def after(self, digest: str, audience: Audience) -> "Heads":
        """The heads after one more entry, which the applicant has too if it is for it."""
        seq, head = self.seq + 1, chain.link_after(self.head, digest)
        if audience is Audience.PROGRAM:
            return Heads(seq, head, self.applicant_seq, self.applicant_head)
        return Heads(seq, head, self.applicant_seq + 1, chain.link_after(self.applicant_head, digest))

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "journal_seq": self.seq,
            "journal_head": self.head,
            "applicant_journal_seq": self.applicant_seq,
            "applicant_journal_head": self.applicant_head,
        }


def heads_of(request: DesignationRequest) -> Heads:
    return Heads(
        request.journal_seq,
        request.journal_head,
        request.applicant_journal_seq,
        request.applicant_journal_head,
    )


def chained(request_id: UUID, number: str, heads: Heads, entries: Iterable[Entry]) -> Chained:
    """The entries as they follow the heads."""
    rows = []
    for entry in entries:
        actor, opening = who(entry.actor)
        body = _body(number, entry, actor)
        digest = chain.digest_of(body)
        heads = heads.after(digest, entry.audience)
        hidden = entry.audience is Audience.PROGRAM
        rows.append(
            {
                "request_id": request_id,
                "seq": heads.seq,
                "applicant_seq": None if hidden else heads.applicant_seq,
                "at": entry.at,
                "audience": entry.audience.value,
                "action": entry.action,
                "body": exact_json.stored(body),
                "opening": opening,
                "digest": digest,
                "link": heads.head,
                "applicant_link": None if hidden else heads.applicant_head,
            }
        )
    return Chained(rows, heads.columns)


def _body(number: str, entry: Entry, actor: dict[str, str]) -> dict[str, Any]:
    # not its place in a chain: the program's would tell the applicant how much it does not see
    stated = {
        name: value for name in ("before", "after", "reason") if (value := getattr(entry, name)) is not None
    }
    return {
        "number": number,
        "at": instant(entry.at),
        "action": entry.action,
        "actor": actor,
        "audience": entry.audience.value,
        **stated,
        **({"facts": dict(entry.facts)} if entry.facts else {}),
    }


def record(writes: Writes, request: DesignationRequest, *entries: Entry) -> dict[str, Any]:
    """Adds the entries and returns what the request's row must say of its chain afterwards."""
    made = chained(request.id, request.number, heads_of(request), entries)
    writes.insert(journal_entries, made.rows)
    return made.columns
