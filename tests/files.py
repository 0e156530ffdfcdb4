"""Files as senders make them, good and bad, and the call that attaches one."""

import io
import zipfile

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


async def attach(person, number, content=None, name="report.pdf", *, headers=None, **fields):
    fields = {"kind": "technical_report", **fields}
    sent = {"file": (name, pdf() if content is None else content)}
    return await person.post(f"{PATH}/{number}/attachments", files=sent, data=fields, headers=headers or {})
