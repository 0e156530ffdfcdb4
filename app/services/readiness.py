"""Readiness: the one engine of rules, asked about a draft, a posted content or a request on the desk."""

from datetime import datetime
from typing import Any

from app.domain.calendars import civil_date
from app.domain.content import Content
from app.domain.rules.case import Case
from app.domain.rules.engine import Report, judge
from app.domain.rules.pack import current_pack


def of_draft(content: Content, applicant_name: str, applicant_type: str, now: datetime) -> Report:
    """The report on a content alone: attachments it names are not looked for."""
    return judge(
        Case(
            content=content,
            pack=current_pack(),
            on=civil_date(now),
            applicant_name=applicant_name,
            applicant_type=applicant_type,
        )
    )


def columns(report: Report) -> dict[str, Any]:
    """What the request's row keeps of a report."""
    return {"rule_pack": report.rule_pack, "result": report.result.value, "ready": report.ready}
