"""Readiness: the one engine of rules, asked about a draft, a posted content, or a request with its files."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.domain import door, exact_json
from app.domain.calendars import civil_date
from app.domain.content import Content
from app.domain.policy import Actor
from app.domain.rules import pack
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from app.domain.rules.report import Report
from app.store.attachments import Attachment
from app.store.requests import DesignationRequest

log = structlog.get_logger("amtdp.rules")


def of_content(content: Content, applicant: Applicant, now: datetime) -> Report:
    """The report on a content alone; attachments it names are not looked for."""
    return _told(judge(Case(content, applicant, civil_date(now), pack.load())))


def of_request(
    found: DesignationRequest,
    files: Iterable[Attachment],
    principals: tuple[str, ...],
    now: datetime,
    *,
    submitting: bool = False,
) -> Report:
    """The report on a draft with the files it has. What was filed keeps the report it was filed with."""
    states: dict[str, str] = {}
    for file in files:
        states[file.filename] = states[str(file.id)] = file.scan
    content = door.content(exact_json.decode(found.content))
    applicant = Applicant(found.applicant_name, found.applicant_type, principals)
    return _told(judge(Case(content, applicant, civil_date(now), pack.load(), states, submitting=submitting)))


def principals_of(actor: Actor, applicant_id: UUID) -> tuple[str, ...]:
    """Whose data an applicant may cite as its own: of those it acts for, the ones the caller acts for too."""
    return tuple(each.name for each in actor.standings.values() if each.id != applicant_id)


def columns(report: Report) -> dict[str, Any]:
    """What the request's row keeps of a report."""
    return {"rule_pack": report.rule_pack, "result": report.result, "ready": report.ready}


def _told(report: Report) -> Report:
    """A predicate that broke is a defect of ours: it is logged here, as the engine itself does no I/O."""
    for fault in report.faults:
        log.error("rule broke", rule=fault.rule, exc_info=fault.error)
    return report
