"""Filing: submit, withdraw, technical rejection and its reversal, each as a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.calendars import civil_date, internal_target_on, statutory_due_on
from app.domain.errors import Flaw, Invalid, NotReady
from app.domain.lifecycle import State
from app.domain.rules import pack
from app.domain.rules.report import Report
from app.domain.workflow import Reason
from app.services import hearing, noting, readiness
from app.services.announcements import of_change
from app.services.journal import Entry
from app.services.post import Letter
from app.services.snapshots import Filed, signature_of, signed
from app.services.transitions import Call, Desk, Plan, Prepared, Record, Verb
from app.store import attachments, filings, mail_claims
from app.store.attachments import Attachment
from app.store.filings import accepted_gaps
from app.store.requests import DesignationRequest


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
    signature = signature_of(call)
    received_at = found.mail_received_at or desk.now
    filed = Filed(desk, found, files, report, accepted, received_at, signature)
    signing = signed(desk, found, signature, "submit", filed.manifest_digest)
    plan = _received(filed, "submitted", (signing, _kept(filed)))
    return replace(plan, entry=replace(plan.entry, reason=call.note))


def _kept(filed: Filed) -> Record:
    """The gaps that were acknowledged, as rows."""
    gap = {
        "request_id": filed.found.id,
        "kind": "acknowledged",
        "by": filed.desk.actor.person_id,
        "at": filed.desk.now,
    }
    return accepted_gaps, [{**gap, "rule": rule, "reason": reason} for rule, reason in filed.gaps.items()]


def _received(filed: Filed, action: str, records: tuple[Record, ...]) -> Plan:
    """The plan of a receipt, whoever brings it about: what starts the clock is the instant of receipt alone."""
    desk, found, report = filed.desk, filed.found, filed.report
    received_on = civil_date(filed.received_at)
    due = statutory_due_on(received_on)
    days = {"received_on": str(received_on), "statutory_due_on": str(due)}
    return Plan(
        values={
            "on_desk": True,
            "expires_at": None,
            "received_at": filed.received_at,
            "received_on": received_on,
            "statutory_due_on": due,
            "internal_target_on": internal_target_on(due),
            **readiness.columns(report),
        },
        entry=Entry(
            action,
            desk.actor,
            desk.now,
            before=found.content_digest,
            after=filed.manifest_digest,
            facts={
                "version": found.version,
                "result": report.result,
                "files": len(filed.files),
                "gaps": sorted(filed.gaps),
            },
        ),
        announced=of_change("designation_request.submitted", State.SUBMITTED, days, days),
        words={"due": str(due)},
        records=(*filed.records(), *records),
    )


async def before_registering(desk: Desk, found: DesignationRequest) -> Prepared:
    """Only what came by mail can be entered by the desk; its law findings are shown, not enforced."""
    if found.mail_received_at is None:
        return Prepared([Reason("not-mailed", "Only a filing that came by mail is registered by the desk.")])
    files = await attachments.of_request(desk.db, found.id)
    report = readiness.of_request(found, files, (), desk.now, submitting=True)
    return Prepared(facts=Judged(files, report))


async def register_mailed(desk: Desk, found: DesignationRequest, call: Call, judged: Judged) -> Plan:
    received_at = found.mail_received_at or desk.now
    filed = Filed(desk, found, judged.files, judged.report, {}, received_at, None)
    plan = _received(filed, "mailed_registered", noting.kept(desk, found, call.note))
    return replace(plan, letters=await _to_sender(desk, found, plan.words))


async def _to_sender(desk: Desk, found: DesignationRequest, words: Mapping[str, str]) -> tuple[Letter, ...]:
    """Whoever sent the mail hears of the receipt too, as long as nobody has claimed what came of it."""
    sender = await mail_claims.unclaimed_sender(desk.db, found.applicant_id)
    facts = hearing.words_of(desk.public_url, found, **words)
    return () if sender is None else (Letter(sender, "request_received", facts),)


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


async def withdraw(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    kept = await filings.latest(desk.db, found.id)
    digest = found.content_digest if kept is None else kept.digest
    return Plan(
        values={
            "ended_on": found.ended_on or civil_date(desk.now),
            "reply_by": None,
            "question_lapsed": False,
        },
        entry=Entry("withdrawn", desk.actor, desk.now, before=digest, reason=call.note),
        announced=of_change("designation_request.withdrawn", State.WITHDRAWN),
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
        announced=of_change("designation_request.rejected", State.TECHNICALLY_REJECTED, facts, facts),
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
        announced=of_change("designation_request.reinstated", State.SUBMITTED),
    )


VERBS: Mapping[str, Verb] = {
    "submit": Verb(submit, before_submit),
    "register_mailed": Verb(register_mailed, before_registering),
    "withdraw": Verb(withdraw),
    "reject_technically": Verb(reject_technically),
    "reinstate": Verb(reinstate),
}
