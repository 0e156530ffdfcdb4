"""Hostile and broken mails, made anew for each run: name, bytes."""

import base64
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from tests.files import bursting_docx, bursting_pdf

OWN_ADDRESS = "intake@amtdp.example"
AUTHSERV = "mx.amtdp.example"
ANA = "Ana Ruiz <ana@northfield.example>"
PDF = b"%PDF-1.7\n%%EOF\n"
PASSED = f"{AUTHSERV}; dmarc=pass header.from=northfield.example"


def mail(
    body: str = "A new method.\n",
    *,
    subject: str = "Designation request",
    sender: str = ANA,
    to: str = OWN_ADDRESS,
    files: tuple[tuple[str, bytes], ...] = (),
    passed: bool = False,
    **fields: str,
) -> bytes:
    """A mail as a well-behaved program writes it; `fields` with underscores for hyphens."""
    made = EmailMessage(policy=SMTP)
    if passed:
        made["Authentication-Results"] = PASSED
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = "<1@northfield.example>"
    made["Date"] = "Mon, 23 Nov 2026 09:30:00 -0500"
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    for filename, content in files:
        made.add_attachment(content, maintype="application", subtype="pdf", filename=filename)
    return made.as_bytes()


HEAD = f"From: {ANA}\r\nTo: {OWN_ADDRESS}\r\nSubject: x\r\nMIME-Version: 1.0\r\n".encode()


def parts(number: int, each: bytes = b"Content-Type: text/plain\r\n\r\nx") -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + (b"--b\r\n" + each + b"\r\n") * number
        + b"--b--\r\n"
    )


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth)
    )
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


def _typed(content_type: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    transfer = b"Content-Transfer-Encoding: " + encoding
    return HEAD + b"Content-Type: " + content_type + b"\r\n" + transfer + b"\r\n\r\n" + body


def _attached(name: bytes, content: bytes, encoding: bytes = b"base64") -> bytes:
    encoded = base64.encodebytes(content) if encoding == b"base64" else content
    disposition = b"Content-Disposition: attachment; " + name
    transfer = b"Content-Transfer-Encoding: " + encoding
    return parts(1, b"\r\n".join((b"Content-Type: application/pdf", disposition, transfer, b"", encoded)))


HTML_BOMB = b"<div " * 50_000 + b"<!--" * 50_000 + b"<script>" * 20_000


def _of_limits() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "NUL alone", b"\0" * 100
    yield "only blank lines", b"\r\n" * 50
    yield "no header at all", b"Hello, please take my request."
    yield "one header that never ends", b"Subject: " + b"a" * 400_000
    yield "folded for ever", b"Subject: a\r\n" + b" b\r\n" * 100_000 + b"\r\nbody"
    yield "100,000 fields", b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nbody"
    yield "10,000 parts", parts(10_000)
    yield "10,000 empty parts", parts(10_000, b"")
    yield "201 files", parts(201, b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-")
    yield "60 files", parts(60, b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-")
    yield "nested 21", nested(21)
    yield "nested 5,000", nested(5_000)
    yield (
        "one boundary all the way down",
        HEAD + (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 1_000 + b"\r\nx"),
    )
    yield "message in message in message", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000
    yield "no boundary", _typed(b"multipart/mixed", b"--b\r\n\r\nx")
    yield "empty boundary", _typed(b'multipart/mixed; boundary=""', b"--\r\n\r\nx\r\n----")
    yield "boundary never closed", parts(3)[:-7]
    yield (
        "boundary of a pattern",
        _typed(b'multipart/mixed; boundary="(a+)+$"', b"--(a+)+$\r\n\r\n" + b"a" * 50_000),
    )
    yield "quotes without end", _typed(b'text/plain; charset="' + b'\\";' * 30_000, b"x")


def _of_charsets() -> Iterator[tuple[str, bytes]]:
    yield "unknown charset", _typed(b"text/plain; charset=klingon-8", "Grüße".encode())
    yield "lying charset", _typed(b"text/plain; charset=us-ascii", "Grüße".encode("utf-16"))
    yield "codec as charset", _typed(b"text/plain; charset=zlib", b"x" * 100)
    yield "quadratic codec as charset", _typed(b"text/plain; charset=punycode", b"a" * 100_000)
    yield (
        "unicode escapes as charset",
        _typed(b"text/plain; charset=unicode_escape", rb"\ud800\x00\N{DIGIT ONE}"),
    )
    yield "utf-7", _typed(b"text/plain; charset=utf-7", b"+ADw-script+AD4-")
    yield "lone surrogates", _typed(b"text/plain; charset=utf-8", b"\xed\xa0\x80 text")
    yield "NUL in the text", _typed(b"text/plain", b"be\0fore\r\n\0after")
    yield "turned direction", _typed(b"text/plain; charset=utf-8", "\u202egnp.exe".encode())


def _of_headers() -> Iterator[tuple[str, bytes]]:
    yield "bare carriage returns", mail().replace(b"\r\n", b"\r")
    yield "bare line feeds", mail().replace(b"\r\n", b"\n")
    yield (
        "smuggled field",
        mail(subject="x").replace(b"Subject: x", b"Subject: x\rAuthentication-Results: " + PASSED.encode()),
    )
    yield (
        "smuggled line feed",
        mail(subject="x").replace(b"Subject: x", b"Subject: x\nBcc: all@amtdp.example"),
    )
    yield (
        "smuggled end of data",
        mail("Hello\n").replace(b"Hello", b"Hello\r\n.\r\nMAIL FROM:<a@b.example>\r\n"),
    )
    yield (
        "encoded line break in the subject",
        mail(subject="x").replace(b"Subject: x", b"Subject: =?utf-8?q?a=0D=0ABcc:_all=40amtdp.example?="),
    )
    yield "NUL in the subject", mail(subject="x").replace(b"Subject: x", b"Subject: be\0fore")
    yield (
        "encoded NUL in the subject",
        mail(subject="x").replace(b"Subject: x", b"Subject: =?utf-8?q?be=00fore?="),
    )
    yield (
        "broken encoded word",
        mail(subject="x").replace(b"Subject: x", b"Subject: =?utf-8?b?a?= =?x?q?=ZZ?= =?"),
    )
    yield (
        "encoded words without end",
        HEAD.replace(b"Subject: x", b"Subject: " + b"=?utf-8?q?a?=" * 20_000) + b"\r\nx",
    )
    yield "brackets in the sender", HEAD.replace(ANA.encode(), b"(" * 50_000 + b"a@b.example") + b"\r\nx"
    yield "two senders in one field", mail(sender="ana@northfield.example, eve@evil.example")
    yield "two sender fields", b"From: eve@evil.example\r\n" + mail()
    yield "no sender", b"To: intake@amtdp.example\r\n\r\nHello"
    yield "sender in a sender", mail(sender='"ceo@northfield.example" <eve@evil.example>')


def _of_files() -> Iterator[tuple[str, bytes]]:
    yield (
        "broken base64",
        _attached(b"filename=a.pdf", b"!!!not base64!!!=", b"8bit").replace(b"8bit", b"base64"),
    )
    yield "endless quoted-printable", _typed(b"text/plain", b"=" * 300_000, b"quoted-printable")
    yield "unknown transfer encoding", _typed(b"text/plain", b"x", b"x-rot13")
    yield "uuencoded nonsense", _typed(b"text/plain", b"begin 666 a\r\n\xff\xff\xffzz", b"x-uuencode")
    yield "double extension", _attached(b"filename=report.exe.pdf", PDF)
    yield "program as PDF", _attached(b"filename=report.pdf.exe", b"MZ\x90\0")
    yield "path as name", _attached(b'filename="../../etc/passwd"', PDF)
    yield "name of nothing", _attached(b'filename="../.."', PDF)
    yield "name of controls", _attached(b'filename="a\0\x07\x1b.pdf"', PDF)
    yield "name in broken RFC 2231", _attached(b"filename*0*=x'y'%ff; filename*zz*=%; filename*1=b", PDF)
    yield "name of 100,000 characters", _attached(b'filename="' + b"a" * 100_000 + b'.pdf"', PDF)
    yield "encoded name", _attached(b'filename="=?utf-8?b?w7xiZXIucGRm?="', PDF)
    yield "an archive of nothing", _attached(b"filename=a.docx", b"PK\x03\x04" + b"\0" * 200_000)
    yield "an archive that bursts", _attached(b"filename=a.docx", bursting_docx())
    yield "a PDF that bursts", _attached(b"filename=a.pdf", bursting_pdf())
    yield "markup that keeps a parser busy", _typed(b"text/html", HTML_BOMB)
    yield "attribution that keeps a pattern busy", mail("On " + "a " * 50_000 + "\n" + "On x\n" * 20_000)
    yield "date of nowhere", mail().replace(b"23 Nov 2026", b"99 Foo 99999999999999999999")
    yield (
        "report of nothing",
        _typed(b'multipart/report; report-type=delivery-status; boundary="b"', b"--b\r\n\r\n--b--"),
    )
    yield (
        "results without sense",
        mail(Authentication_Results=f"{AUTHSERV}; ;;=; dmarc=; dkim pass; spf==pass ((("),
    )
    yield "group of addresses", mail(to="undisclosed-recipients:;")


def corpus() -> Iterator[tuple[str, bytes]]:
    for each in (_of_limits, _of_charsets, _of_headers, _of_files):
        yield from each()
