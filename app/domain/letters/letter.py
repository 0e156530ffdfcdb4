"""The facts that a letter of a decision is made of, and the plain JSON they are kept as."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, in which sense, when, and the digest the signature is bound to (21 CFR 11.50, 11.70)."""

    printed_name: str
    meaning: str
    at: datetime
    snapshot_sha256: str


@dataclass(frozen=True, slots=True)
class DecisionLetter:
    """Everything that is said in the letter of one decision; the template says in which words."""

    template: str
    number: str
    outcome: Literal["designated", "not_designated"]
    applicant: str
    applicant_country: str | None
    method: str
    method_version: str | None
    context_of_use: str
    lead_center: Literal["CDER", "CBER", "both"]
    received_on: date
    decided_on: date
    statutory_due_on: date
    reasons: tuple[str, ...]
    rationale: str | None
    signed: Signed
    link: str


DAYS = ("received_on", "decided_on", "statutory_due_on")


def tree_of(letter: DecisionLetter) -> dict[str, Any]:
    """The letter as plain JSON: days in ISO 8601, the instant in RFC 3339 with Z."""
    tree = asdict(letter)
    tree |= {name: tree[name].isoformat() for name in DAYS}
    tree["reasons"] = list(letter.reasons)
    tree["signed"]["at"] = letter.signed.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return tree


def letter_of(tree: Mapping[str, Any]) -> DecisionLetter:
    """The letter that `tree_of` told."""
    signed = Signed(**{**tree["signed"], "at": datetime.fromisoformat(tree["signed"]["at"])})
    days = {name: date.fromisoformat(tree[name]) for name in DAYS}
    return DecisionLetter(**{**tree, **days, "reasons": tuple(tree["reasons"]), "signed": signed})
