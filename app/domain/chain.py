"""The hash chains of a journal: one of all entries, for the program, and one of those that the applicant can see.

An entry's own digest is SHA-256 over its RFC 8785 form; its link is SHA-256 over the previous link and that digest.
Each audience checks its own chain. One chain with the hidden entries' digests in it would count what happened inside.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain import exact_json

ORIGIN = "0" * 64


def digest_of(entry: dict[str, Any]) -> str:
    """SHA-256, in hex, of an entry's canonical JSON (strings and integers only)."""
    return exact_json.sha256(exact_json.canonical(entry))


def link_after(previous: str, digest: str) -> str:
    return hashlib.sha256(bytes.fromhex(previous) + bytes.fromhex(digest)).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain as exported: its place in it, its digest, its link and its body."""

    seq: int
    digest: str
    link: str
    body: dict[str, Any]


def first_broken(links: Iterable[Link], *, head: str | None = None, length: int | None = None) -> str | None:
    """Why the chain does not hold, naming the first broken entry; None where it does.

    `head` and `length` are what the thing itself says of its chain, so that a cut tail shows.
    """
    previous, expected = ORIGIN, 1
    for row in links:
        if row.seq != expected:
            return f"entry {expected} is missing (found {row.seq})"
        if digest_of(row.body) != row.digest:
            return f"entry {row.seq} was changed: its body does not have the digest recorded for it"
        if link_after(previous, row.digest) != row.link:
            return f"entry {row.seq} does not follow from entry {row.seq - 1}"
        previous, expected = row.link, expected + 1
    if length is not None and expected - 1 != length:
        return f"entry {expected} is missing: the chain ends early ({expected - 1} of {length})"
    if head is not None and previous != head:
        return f"entry {expected - 1} is not the recorded head of the chain"
    return None


def wrongly_opened(seq: int, opening: str | None, body: Mapping[str, Any]) -> str | None:
    """Why what stands beside an entry is not the member of staff that its body committed to; None where it is."""
    committed = body["actor"].get("commitment")
    if committed is None or (opening is not None and exact_json.sha256(opening) == committed):
        return None
    return f"entry {seq} names another member of staff than it committed to"
