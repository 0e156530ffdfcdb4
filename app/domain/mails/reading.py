"""From bytes to a mail. It never raises: what cannot be read is absent, and what is too much is said in `excess`."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from app.domain import files
from app.domain.mails import addresses, authentication, automatic, bounces, fields, quoting, texts
from app.domain.mails.addresses import Mailbox
from app.domain.mails.entities import Leaf, Walk
from app.domain.mails.fields import Fields
from app.domain.mails.limits import ATTACHMENTS, HTML_BYTES, LINE, MAIL_BYTES, REFERENCES, TEXT
from app.domain.mails.mail import Enclosed, Envelope, Mail, Own

# What a file must not pretend not to be: `report.exe.pdf` is noticed though its bytes are a PDF's.
PROGRAMS: Final = frozenset(
    {"exe", "scr", "com", "bat", "cmd", "pif", "js", "jse", "vbs", "vbe", "wsf", "ps1", "msi", "jar", "lnk"}
    | {"hta", "html", "htm", "svg", "iso", "img", "docm", "xlsm", "pptm", "zip", "rar", "7z"}
)
_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_EXTENSIONS: Final = {kind.media_type: f".{name}" for name, kind in files.KINDS.items()}


def read(raw: bytes, envelope: Envelope, own: Own) -> Mail:
    walk = Walk(raw[:MAIL_BYTES]).run()
    head = walk.fields
    excess = "too-large" if len(raw) > MAIL_BYTES else walk.excess
    subject = fields.shown(head.first("subject"))
    bodies, others = _sorted(walk)
    said = quoting.split(_text(walk, bodies))
    if len(others) > ATTACHMENTS:
        excess = excess or "too-many-attachments"
    return Mail(
        sender=_sender(head),
        to=_recipients(head),
        subject=subject,
        dated=_dated(head.first("date")),
        message_id=next(iter(bounces.ids(head.first("message-id"))), None),
        in_reply_to=next(iter(bounces.ids(head.first("in-reply-to"))), None),
        references=tuple(bounces.ids(head.first("references"))[-REFERENCES:]),
        authentication=authentication.of(head, own.authserv_id),
        machine_answer=automatic.answer_of_a_machine(head, subject, own.domains),
        by_machine=automatic.by_a_machine(head, envelope.sender),
        is_spam=automatic.is_spam(head),
        bounce=bounces.of(walk),
        text=said.own,
        quoted=said.quoted,
        enclosed=tuple(_enclosed(walk, leaf, n) for n, leaf in enumerate(others[:ATTACHMENTS], 1)),
        excess=excess,
    )


def _sender(head: Fields) -> Mailbox | None:
    """The one mailbox of the one `From`. With more than one a reader and a checker may look at different ones."""
    given = head.every("from")
    found = addresses.mailboxes(given[0]) if len(given) == 1 else []
    return found[0] if len(found) == 1 else None


def _recipients(head: Fields) -> tuple[str, ...]:
    values = [value for name in ("to", "cc", "delivered-to") for value in head.every(name)[:5]]
    found = [each.address for value in values for each in addresses.mailboxes(value) if each is not None]
    return tuple(dict.fromkeys(found))[:REFERENCES]


def _dated(value: str) -> datetime | None:
    try:
        said = parsedate_to_datetime(value)
        return said.replace(tzinfo=said.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _sorted(walk: Walk) -> tuple[list[Leaf], list[Leaf]]:
    """The parts that are the mail's words, and the files."""
    bodies = [leaf for leaf in walk.leaves if _is_body(leaf)]
    reports = walk.kind.media_type == "multipart/report"
    others = [
        leaf
        for leaf in walk.leaves
        if not _is_body(leaf) and leaf.kind.media_type not in _SIGNATURES and not reports
    ]
    return bodies, others


def _is_body(leaf: Leaf) -> bool:
    is_text = leaf.kind.media_type in {"text/plain", "text/html"}
    return is_text and not leaf.kind.is_attachment and not leaf.kind.filename


def _text(walk: Walk, bodies: list[Leaf]) -> str:
    """The plain text or, where there is none, the words of the markup."""
    plain = [_decoded(walk, leaf) for leaf in bodies if leaf.kind.media_type == "text/plain"]
    said = texts.clean("\n\n".join(plain))[:TEXT].strip()
    if said:
        return said
    markup = [_decoded(walk, leaf)[:HTML_BYTES] for leaf in bodies if leaf.kind.media_type == "text/html"]
    return texts.clean(texts.of_html("\n".join(markup)[:HTML_BYTES]))[:TEXT].strip()


def _decoded(walk: Walk, leaf: Leaf) -> str:
    body, _ = walk.bytes_of(leaf)
    return texts.decoded(body, leaf.kind.charset)


def _enclosed(walk: Walk, leaf: Leaf, number: int) -> Enclosed:
    content, is_whole = walk.bytes_of(leaf)
    remarks = [] if is_whole else ["damaged"]
    try:
        name = files.safe_name(leaf.kind.filename)
    except files.NameRefused:
        name = f"attachment-{number}{_EXTENSIONS.get(leaf.kind.media_type, '')}"
        remarks.append("no-name")
    if any(each.lower() in PROGRAMS for each in name.split(".")[1:-1]):
        remarks.append("double-extension")
    return Enclosed(name, leaf.kind.media_type[:LINE], content, tuple(remarks), number)
