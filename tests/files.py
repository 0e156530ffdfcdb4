"""Files as senders make them, good and bad, and the call that attaches one."""

import io
import zipfile
import zlib
from functools import cache

from pypdf import PdfWriter

PATH = "/v1/designation-requests"


def pdf(pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


def zipped(**names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return out.getvalue()


@cache
def bursting_docx() -> bytes:
    """An office document whose text unpacks to 256 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as text:
            for _ in range(256):
                text.write(bytes(2**20))
    return out.getvalue()


@cache
def bursting_pdf() -> bytes:
    """A PDF whose cross-reference stream unpacks to 200 MB."""
    packed = zlib.compress(bytes(200 * 2**20), 9)
    head = b"%PDF-1.7\n"
    xref = (
        b"1 0 obj\n<< /Type /XRef /Size 2 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(packed)
    )
    return head + xref + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


async def attach(person, number, content=None, name="report.pdf", *, headers=None, **fields):
    fields = {"kind": "technical_report", **fields}
    sent = {"file": (name, pdf() if content is None else content)}
    return await person.post(f"{PATH}/{number}/attachments", files=sent, data=fields, headers=headers or {})
