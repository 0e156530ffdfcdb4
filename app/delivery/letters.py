"""From a queued letter to a message: templates, and headers that stay the same at each attempt."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from html import escape
from importlib import resources
from string import Template
from uuid import UUID

from app.services.post import Letter

SIGNATURE = "Intake desk, Advanced Manufacturing Technologies Designation Program"


def message(letter: Letter, row_id: UUID, sender: str, written_at: datetime) -> EmailMessage:
    """The message; its Message-ID comes from the row, so a repeated attempt is seen as the same mail."""
    subject, body = (_filled(part, letter.facts) for part in _template(letter.template))
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = letter.to
    mail["Subject"] = _one_line(subject)
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = f"<{row_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{body}\n-- \n{SIGNATURE}\n")
    paragraphs = "".join(
        f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in body.strip().split("\n\n")
    )
    mail.add_alternative(
        f'<html lang="en"><body>{paragraphs}<p>{SIGNATURE}</p></body></html>', subtype="html"
    )
    return mail


@cache
def _template(name: str) -> tuple[Template, Template]:
    subject, _, body = (
        resources.files("app.delivery.templates").joinpath(f"{name}.txt").read_text().partition("\n\n")
    )
    return Template(subject), Template(body)


def _filled(template: Template, facts: Mapping[str, str]) -> str:
    return template.substitute(facts)


def _one_line(text: str) -> str:
    """A header is one line: a fact with a line break must not begin another."""
    return " ".join(text.split())
