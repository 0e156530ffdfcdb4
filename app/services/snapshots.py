"""What a filing leaves as a record: the version, its snapshot with the receipt, and the signature over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from app.domain import exact_json
from app.domain.calendars import civil_date, statutory_due_on
from app.domain.errors import Flaw, Invalid
from app.domain.identity import new_id
from app.domain.published import CONTENT_FILE, HOME
from app.domain.rules.report import Report
from app.services.journal import instant
from app.services.transitions import Call, Desk, Record
from app.store.attachments import Attachment
from app.store.filings import signatures, snapshots
from app.store.requests import DesignationRequest
from app.store.versions import request_versions, version_row

CONTENT_SCHEMA = f"{HOME}/{CONTENT_FILE}"


@dataclass(frozen=True)
class Filed:
    """A content with its files as it becomes a record. `found` has that content; `gaps` are rule to reason.

    `signed_by` is the signature, or None where a mailed filing is registered without one; `answering` is the round of
    questions that an amended content answers.
    """

    desk: Desk
    found: DesignationRequest
    files: Sequence[Attachment]
    report: Report
    gaps: Mapping[str, str]
    received_at: datetime
    signed_by: Mapping[str, Any] | None
    answering: int | None = None

    @cached_property
    def listed(self) -> list[dict[str, Any]]:
        return [
            {
                "id": str(file.id),
                "filename": file.filename,
                "size": file.size,
                "sha256": file.sha256,
                "scan": file.scan,
            }
            for file in self.files
        ]

    @cached_property
    def content_sha256(self) -> str:
        return exact_json.sha256(exact_json.canonical_text(self.found.content))

    @cached_property
    def acknowledged(self) -> list[dict[str, str]]:
        return [{"rule": rule, "reason": reason} for rule, reason in sorted(self.gaps.items())]

    @cached_property
    def manifest(self) -> bytes:
        """RFC 8785: what exactly is signed."""
        found = self.found
        return exact_json.canonical(
            {
                "number": found.number,
                "version": found.version,
                "applicant_id": str(found.applicant_id),
                "content_sha256": self.content_sha256,
                "stored_content_sha256": found.content_digest,
                "attachments": self.listed,
                "schema": CONTENT_SCHEMA,
                "rule_pack": self.report.rule_pack,
                "acknowledged_gaps": self.acknowledged,
            }
        )

    @cached_property
    def manifest_digest(self) -> str:
        return exact_json.sha256(self.manifest)

    def receipt(self) -> dict[str, Any]:
        found, at = self.found, instant(self.desk.now)
        received_on = civil_date(self.received_at)
        signed_by = self.signed_by and {
            "printed_name": self.signed_by["printed_name"],
            "meaning": self.signed_by["meaning"],
            "at": at,
        }
        amended = {} if self.answering is None else {"amended_at": at, "answers_round": self.answering}
        return {
            "number": found.number,
            "version": found.version,
            "received_at": instant(self.received_at),
            "received_on": str(received_on),
            "statutory_due_on": str(statutory_due_on(received_on)),
            **amended,
            "applicant": {
                "id": str(found.applicant_id),
                "name": found.applicant_name,
                "type": found.applicant_type,
            },
            "content_sha256": self.content_sha256,
            "snapshot_sha256": self.manifest_digest,
            "schema": CONTENT_SCHEMA,
            "rule_pack": self.report.rule_pack,
            "result": self.report.result,
            "attachments": self.listed,
            "acknowledged_gaps": self.acknowledged,
            "signed_by": signed_by,
        }

    def records(self) -> tuple[Record, ...]:
        desk, found = self.desk, self.found
        receipt = self.receipt()
        snapshot = {
            "request_id": found.id,
            "version": found.version,
            "manifest": self.manifest.decode(),
            "digest": self.manifest_digest,
            "report": exact_json.stored(self.report.to_tree()),
            "receipt": exact_json.stored(receipt),
            "receipt_signature": exact_json.stored(dict(desk.keyring.sign(exact_json.canonical(receipt)))),
            "created_at": desk.now,
        }
        version = version_row(found, desk.actor.person_id, desk.now, filed=True)
        return (request_versions, [version]), (snapshots, [snapshot])


def signature_of(call: Call, meaning: str = "authorship") -> Mapping[str, Any]:
    """The signature of a call; a preview needs none and is shown as nobody's. Raises Invalid without one."""
    given = call.arguments.get("signature")
    if given is None and not call.preview:
        raise Invalid(flaws=[Flaw("/signature", "required", "This act needs the signer's signature.")])
    return cast("Mapping[str, Any]", given or {"printed_name": "", "meaning": meaning})


def signed(
    desk: Desk, found: DesignationRequest, signature: Mapping[str, Any], act: str, digest: str
) -> Record:
    """The record of a signature, bound to what was signed by its digest (21 CFR 11.70)."""
    row = {
        "id": new_id(),
        "request_id": found.id,
        "person_id": desk.actor.person_id,
        "printed_name": signature["printed_name"],
        "meaning": signature["meaning"],
        "act": act,
        "snapshot_digest": digest,
        "at": desk.now,
    }
    return signatures, [row]
