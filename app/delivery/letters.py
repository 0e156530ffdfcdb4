"""From a queued letter to a message: templates, and headers that stay the same at each attempt."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Final
from uuid import UUID

from app.domain import unsubscribing
from app.domain.keyring import Keyring
from app.domain.mail_preferences import EventClass, class_of
from app.domain.unsubscribing import Stop
from app.domain.wording import FIRST, worded
from app.services.post import Letter

SIGNATURE = "Intake desk, Advanced Manufacturing Technologies Designation Program"
DIGEST: Final = "digest"  # the template of the letter that has those of a day
# A link or a secret address has no blank to fold at: shorter lines would be written as encoded words, which no mail
# program reads in these fields. RFC 5322 2.1.1 allows 998 characters.
UNFOLDED: Final = SMTP.clone(max_line_length=998)


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Where a letter is answered and read again, by thread; how more of its kind is stopped, by person and class."""

    reply_to: Callable[[UUID], str | None] = lambda _: None
    unsubscribe: Callable[[Stop], str | None] = lambda _: None
    thread: Callable[[UUID], str | None] = lambda _: None


NO_WAY_BACK: Final = WaysBack()


def ways_back(
    keyring: Keyring, public_url: str, reply_to: Callable[[UUID], str | None] = lambda _: None
) -> WaysBack:
    """Unsubscribing goes by a link of the service's own; `reply_to` is a thread's secret address, if it has one."""
    stops, threads = f"{public_url}/v1/unsubscriptions", f"{public_url}/v1/threads"
    return WaysBack(
        reply_to,
        lambda stop: f"{stops}/{unsubscribing.token(keyring, stop)}",
        lambda thread_id: f"{threads}/{thread_id}",
    )


def message(
    letter: Letter, row_id: UUID, sender: str, written_at: datetime, ways: WaysBack = NO_WAY_BACK
) -> EmailMessage:
    """The message; its Message-ID comes from the row, so a repeated attempt is seen as the same mail.

    Raises ValueError and IndexError where `to` is no address.
    """
    if not letter.to.isprintable():
        raise ValueError("an address has no control characters")
    said = worded(letter.template, letter.facts, letter.version or FIRST)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    # in an address nothing may be encoded (RFC 2047, 5): one beyond ASCII is written as it is (RFC 6532)
    mail = EmailMessage(policy=UNFOLDED if letter.to.isascii() else UNFOLDED.clone(utf8=True))
    mail["From"] = sender
    name, _, host = letter.to.rpartition("@")
    mail["To"] = Address(username=name, domain=host)  # one address, or a fault: never a group
    mail["Subject"] = _subject(letter, said.subject)
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = f"<{row_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated" if letter.answers is None else "auto-replied"
    _thread(mail, letter, domain, ways)
    _unsubscribe(mail, letter, ways)
    text, link = _with_link(letter, said.text, ways)
    mail.set_content(f"{text}\n-- \n{SIGNATURE}\n")
    mail.add_alternative(_html(text, link), subtype="html")
    return mail


def _with_link(letter: Letter, text: str, ways: WaysBack) -> tuple[str, str]:
    """Where the words have none (not all who hear may open what they are about), that of the message's thread."""
    link = letter.facts.get("link", "")
    if letter.copy is None or (link and link in text):
        return text, link
    thread = ways.thread(letter.copy.thread_id)
    return (text, link) if thread is None else (f"{text}\nIn your mailbox: {thread}\n", thread)


def _subject(letter: Letter, subject: str) -> str:
    """In a thread each begins with the same number, by which mail programs keep a thread together."""
    number = " ".join(letter.facts.get("number", "").split())  # one line, as the subject
    if letter.copy is None or not number or subject.startswith(number):
        return subject
    return f"{number}: {subject}"


def _thread(mail: EmailMessage, letter: Letter, domain: str, ways: WaysBack) -> None:
    """Every letter of a thread follows a message that never was: so none has to know which came before it.

    An answer follows the mail that it answers (RFC 3834, 3.1.5).
    """
    if letter.answers is not None:
        mail["In-Reply-To"] = mail["References"] = letter.answers
    if letter.copy is None:
        return
    anchor = f"<thread.{letter.copy.thread_id}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = anchor
    if (address := ways.reply_to(letter.copy.thread_id)) is not None:
        mail["Reply-To"] = address


def _unsubscribe(mail: EmailMessage, letter: Letter, ways: WaysBack) -> None:
    """Only where what the link promises can be kept (RFC 8058): never on what is mandatory."""
    if letter.reader is None:
        return
    of = class_of(letter.template)
    if of is EventClass.MANDATORY and letter.template != DIGEST:
        return
    scope = unsubscribing.DIGEST if letter.template == DIGEST else of.value
    if (link := ways.unsubscribe(Stop(letter.reader, scope))) is not None:
        mail["List-Unsubscribe"] = f"<{link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _html(text: str, link: str) -> str:
    paragraphs = (escape(part).replace("\n", "<br>") for part in text.strip().split("\n\n"))
    body = "".join(f"<p>{_linked(each, escape(link))}</p>" for each in paragraphs)
    return f'<html lang="en"><body>{body}<p>{SIGNATURE}</p></body></html>'


def _linked(paragraph: str, link: str) -> str:
    """With what begins as our own link made one to follow: an address that somebody else wrote stays text."""
    if not link.startswith(("http://", "https://")):
        return paragraph
    ours = re.escape(link) + r"(?:/[\w/-]*\w)?"
    return re.sub(ours, lambda found: f'<a href="{found[0]}">{found[0]}</a>', paragraph)
