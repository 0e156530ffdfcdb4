"""Filing: submit, withdraw, technical rejection and its reversal, each as a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.domain import exact_json
from app.domain.calendars import civil_date, internal_target_on, statutory_due_on
from app.domain.errors import Flaw, Invalid, NotReady
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.policy import Audience
from app.domain.published import CONTENT_FILE, HOME
from app.domain.rules import pack
from app.domain.rules.report import Report
from app.domain.workflow import Reason
from app.services import readiness
from app.services.announcements import Announcement
from app.services.journal import Entry, instant
from app.services.post import Letter
from app.services.transitions import Call, Desk, Plan, Prepared, Record, Verb
from app.store import attachments, filings
from app.store.attachments import Attachment
from app.store.filings import accepted_gaps, signatures, snapshots
from app.store.requests import DesignationRequest
from app.store.versions import request_versions, version_row

CONTENT_SCHEMA = f"{HOME}/{CONTENT_FILE}"
BOTH = (Audience.APPLICANT, Audience.PROGRAM)


@dataclass(frozen=True, slots=True)
class Judged:
    """The files of a request and the report on it at this moment."""

    files: Sequence[Attachment]
    report: Report


async def before_submit(desk: Desk, found: DesignationRequest) -> Prepared:
    """What no argument of `submit` can mend: an unconfirmed address, findings of law, files not fit to be filed."""
    if not desk.actor.email_confirmed:
        return Prepared(
            [Reason("email-not-confirmed", "Confirm your e-mail address before the first submission.")]
        )
    files = await attachments.of_request(desk.db, found.id)
    principals = readiness.principals_of(desk.actor, found.applicant_id)
    report = readiness.of_request(found, files, principals, desk.now, submitting=True)
    law = [each for each in report.blocking if each.basis == "law"]
    reasons = [Reason("law-not-met", f"{each.rule}: {each.detail}", told_by_plan=True) for each in law]
    reasons += [
        Reason(f"file-{file.scan}", f"{file.filename} is {file.scan}.", told_by_plan=True)
        for file in _unfit(files)
    ]
    return Prepared(reasons, Judged(files, report))


def _unfit(files: Sequence[Attachment]) -> list[Attachment]:
    return [file for file in files if file.scan in {"pending", "infected"}]


async def submit(desk: Desk, found: DesignationRequest, call: Call, judged: Judged) -> Plan:
    files = judged.files
    gaps = _acknowledged(call.arguments.get("acknowledged_gaps") or ())
    report = judged.report.acknowledging(frozenset(gaps))
    _insist_on_readiness(report, files)
    accepted = {
        each.rule: gaps[each.rule]
        for each in report.findings
        if each.severity == "blocks" and each.rule in gaps
    }
    received_on = civil_date(desk.now)
    due = statutory_due_on(received_on)
    filed = _Filed(desk, found, files, report, accepted, call)
    return Plan(
        values={
            "on_desk": True,
            "expires_at": None,
            "received_at": desk.now,
            "received_on": received_on,
            "statutory_due_on": due,
            "internal_target_on": internal_target_on(due),
            **readiness.columns(report),
        },
        entry=Entry(
            "submitted",
            desk.actor,
            desk.now,
            before=found.content_digest,
            after=filed.manifest_digest,
            facts={
                "version": found.version,
                "result": report.result,
                "files": len(files),
                "gaps": sorted(accepted),
            },
        ),
        announced=announced(
            "designation_request.submitted",
            State.SUBMITTED,
            {"received_on": str(received_on), "statutory_due_on": str(due)},
        ),
        letters=_letters(desk, "request_received", found, due=str(due)),
        records=filed.records(),
    )


class _Filed:
    """The records a submission leaves: the version, the snapshot with its receipt, the signature, the gaps."""

    def __init__(
        self,
        desk: Desk,
        found: DesignationRequest,
        files: Sequence[Attachment],
        report: Report,
        accepted: Mapping[str, str],
        call: Call,
    ) -> None:
        self.desk, self.found, self.report, self.accepted = desk, found, report, accepted
        self.signature = signature_of(call)
        self.listed = [
            {
                "id": str(file.id),
                "filename": file.filename,
                "size": file.size,
                "sha256": file.sha256,
                "scan": file.scan,
            }
            for file in files
        ]
        self.gaps = [{"rule": rule, "reason": reason} for rule, reason in sorted(accepted.items())]
        self.content_sha256 = exact_json.sha256(exact_json.canonical_text(found.content))
        manifest = {
            "number": found.number,
            "version": found.version,
            "applicant_id": str(found.applicant_id),
            "content_sha256": self.content_sha256,
            "stored_content_sha256": found.content_digest,
            "attachments": self.listed,
            "schema": CONTENT_SCHEMA,
            "rule_pack": report.rule_pack,
            "acknowledged_gaps": self.gaps,
        }
        self.manifest = exact_json.canonical(manifest)
        self.manifest_digest = exact_json.sha256(self.manifest)

    def receipt(self) -> dict[str, Any]:
        desk, found = self.desk, self.found
        received_on = civil_date(desk.now)
        return {
            "number": found.number,
            "version": found.version,
            "received_at": instant(desk.now),
            "received_on": str(received_on),
            "statutory_due_on": str(statutory_due_on(received_on)),
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
            "acknowledged_gaps": self.gaps,
            "signed_by": {
                "printed_name": self.signature["printed_name"],
                "meaning": self.signature["meaning"],
                "at": instant(desk.now),
            },
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
        gaps = [
            {
                "request_id": found.id,
                "rule": rule,
                "kind": "acknowledged",
                "reason": reason,
                "by": desk.actor.person_id,
                "at": desk.now,
            }
            for rule, reason in self.accepted.items()
        ]
        return (
            (request_versions, [version]),
            (snapshots, [snapshot]),
            signed(desk, found, self.signature, "submit", self.manifest_digest),
            (accepted_gaps, gaps),
        )


def signature_of(call: Call) -> Mapping[str, Any]:
    """The signature of a call; a preview needs none and is shown as nobody's. Raises Invalid without one."""
    given = call.arguments.get("signature")
    if given is None and not call.preview:
        raise Invalid(flaws=[Flaw("/signature", "required", "This act needs the signer's signature.")])
    return cast("Mapping[str, Any]", given or {"printed_name": "", "meaning": "authorship"})


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


def _acknowledged(gaps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Rule to reason. Raises Invalid for a rule named twice, unknown, or of law."""
    flaws, seen = [], dict[str, str]()
    rules = pack.load().rules
    for place, gap in enumerate(gaps):
        rule, at = gap["rule"], f"/acknowledged_gaps/{place}/rule"
        if rule not in rules:
            flaws.append(Flaw(at, "unknown-rule", "The rule pack has no such rule."))
        elif rules[rule].basis == "law":
            flaws.append(Flaw(at, "law", "A finding of law cannot be acknowledged away; it must be mended."))
        elif rule in seen:
            flaws.append(Flaw(at, "twice", "This rule is acknowledged twice."))
        seen[rule] = gap["reason"]
    if flaws:
        raise Invalid(flaws=flaws)
    return seen


def _insist_on_readiness(report: Report, files: Sequence[Attachment]) -> None:
    """Raises NotReady naming every finding that still blocks, with its fix, and every file not fit to be filed."""
    flaws = [Flaw(each.pointer, each.rule, f"{each.detail} {each.fix}") for each in report.blocking]
    flaws += [
        Flaw(f"/attachments/{file.id}", f"file-{file.scan}", f"{file.filename} is {file.scan}.")
        for file in _unfit(files)
    ]
    if flaws:
        raise NotReady(flaws=flaws, result=report.result)


def announced(act: str, state: State, data: Mapping[str, Any]) -> tuple[Announcement, ...]:
    """The event of an act and of the change of status it brings, for both sides; the state is for the program."""
    types = (act, "designation_request.status_changed")
    each = [Announcement(type, audience, data) for audience in BOTH for type in types]
    changed = {**data, "state": state.value}
    return (*each, Announcement("designation_request.state_changed", Audience.PROGRAM, changed))


def _letters(desk: Desk, template: str, found: DesignationRequest, **facts: str) -> tuple[Letter, ...]:
    if desk.actor.email is None:
        return ()
    link = f"{desk.public_url}/v1/designation-requests/{found.number}"
    return (Letter(desk.actor.email, template, {"number": found.number, "link": link, **facts}),)


async def withdraw(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    kept = await filings.latest(desk.db, found.id)
    digest = found.content_digest if kept is None else kept.digest
    return Plan(
        values={"ended_on": civil_date(desk.now)},
        entry=Entry("withdrawn", desk.actor, desk.now, before=digest, reason=call.note),
        announced=announced("designation_request.withdrawn", State.WITHDRAWN, {}),
        letters=_letters(desk, "request_withdrawn", found),
        records=(signed(desk, found, signature_of(call), "withdraw", digest),),
    )


async def reject_technically(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    cause = call.arguments["cause"]
    files = await attachments.of_request(desk.db, found.id)
    _insist_on_cause(cause, found, files, call)
    facts = {"cause": cause}
    return Plan(
        values={"ended_on": civil_date(desk.now)},
        entry=Entry("technically_rejected", desk.actor, desk.now, reason=call.note, facts=facts),
        announced=announced("designation_request.rejected", State.TECHNICALLY_REJECTED, facts),
    )


def _insist_on_cause(cause: str, found: DesignationRequest, files: Sequence[Attachment], call: Call) -> None:
    """Never for content: a cause must be a fact of the files, or the requester's own written agreement."""
    infected = any(file.scan == "infected" for file in files)
    readable = found.content != "{}" or any(file.scan != "infected" for file in files)
    wrong = {
        "malware": None if infected else "No file of this request is infected.",
        "unreadable_file": "Something of this request can still be read." if readable else None,
        "wrong_program": None
        if call.arguments.get("written_agreement")
        else "The requester's written agreement is needed.",
    }[cause]
    if wrong:
        raise Invalid(flaws=[Flaw("/cause", "not-so", wrong)])


async def reinstate(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:  # noqa: ARG001 - the shape of every plan
    return Plan(
        values={"ended_on": None},
        entry=Entry("reinstated", desk.actor, desk.now, reason=call.note),
        announced=announced("designation_request.reinstated", State.SUBMITTED, {}),
    )


VERBS: Mapping[str, Verb] = {
    "submit": Verb(submit, before_submit),
    "withdraw": Verb(withdraw),
    "reject_technically": Verb(reject_technically),
    "reinstate": Verb(reinstate),
}
