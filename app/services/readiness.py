"""Readiness: the one engine of rules, asked about a draft, a posted content, or a request with its files."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
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
from app.domain.rules.references import MISSING_FILES
from app.domain.rules.report import Report
from app.store.attachments import Attachment
from app.store.requests import DesignationRequest

log = structlog.get_logger("amtdp.rules")


REMEMBERED = 1000  # reports; the largest seen hold some 50 KB


@dataclass(frozen=True, slots=True)
class Question:
    """All that a report on a draft follows from; two that are equal have the same answer."""

    content_digest: str
    applicant: Applicant
    on: date
    rule_pack: str
    scans: frozenset[tuple[str, str]] = frozenset()  # of each stored file, by id and by name


def of_content(content: Content, applicant: Applicant, now: datetime) -> Report:
    """The report on a content alone; attachments it names are not looked for."""
    return _told(judge(Case(content, applicant, civil_date(now), pack.load())))


def of_new_content(content: Content, content_digest: str, applicant: Applicant, now: datetime) -> Report:
    """The same, remembered: what is opened or saved now is mostly asked about again soon."""
    question = Question(content_digest, applicant, civil_date(now), pack.load().version)
    return _remembered(question, lambda: content)


def of_request(
    found: DesignationRequest,
    files: Iterable[Attachment],
    principals: tuple[str, ...],
    now: datetime,
    *,
    submitting: bool = False,
) -> Report:
    """The report on a draft with the files it has. What was filed keeps the report it was filed with."""
    scans = frozenset((name, file.scan) for file in files for name in (file.filename, str(file.id)))
    applicant = Applicant(found.applicant_name, found.applicant_type, principals)
    question = Question(found.content_digest, applicant, civil_date(now), pack.load().version, scans)
    report = _remembered(question, lambda: _content_of(found))
    # at the moment of filing only this may weigh more than before
    if submitting and any(each.rule == MISSING_FILES for each in report.findings):
        return _told(judge(_case(question, _content_of(found), submitting=True)))
    return report


def _remembered(question: Question, content: Callable[[], Content]) -> Report:
    found = _reports.pop(question, None)
    if found is None:
        found = _told(judge(_case(question, content())))
    _reports[question] = found  # the newest last
    if len(_reports) > REMEMBERED:
        _reports.popitem(last=False)
    return found


def _case(question: Question, content: Content, *, submitting: bool = False) -> Case:
    rules = pack.load(question.rule_pack)
    return Case(content, question.applicant, question.on, rules, dict(question.scans), submitting=submitting)


def _content_of(found: DesignationRequest) -> Content:
    return door.content(exact_json.decode(found.content))


# answers of a pure function: nothing ever has to be taken out but for room
_reports: OrderedDict[Question, Report] = OrderedDict()


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
