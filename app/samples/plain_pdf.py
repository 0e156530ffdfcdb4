"""A PDF of plain text: one font, as many pages as the lines need; the same lines give the same bytes."""

import textwrap
from collections.abc import Sequence
from typing import Final

NEW_PAGE: Final = "\f"
LINES_PER_PAGE: Final = 52
_COLUMNS: Final = 94
_HEADER: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_FONT: Final = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
_BEFORE_PAGES: Final = 3  # catalog, page tree, font


def plain_pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """The bytes of a Letter-size PDF 1.4, the title on top of it; the paragraph `NEW_PAGE` ends a page.

    Source of the form: ISO 32000-1, 7.5.
    """
    pages = _pages([title, "", *paragraphs])
    numbers = range(_BEFORE_PAGES + 1, _BEFORE_PAGES + 1 + 2 * len(pages), 2)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        _FONT,
    ]
    for number, page in zip(numbers, pages, strict=True):
        objects += [_page(number + 1), _stream(_drawn(page))]
    return _file([*objects, b"<< /Title (%s) /Producer (amtdp samples) >>" % _literal(title)])


def _pages(paragraphs: Sequence[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for paragraph in paragraphs:
        if paragraph == NEW_PAGE:
            pages.append([])
            continue
        for line in textwrap.wrap(paragraph, _COLUMNS) or [""]:
            if len(pages[-1]) == LINES_PER_PAGE:
                pages.append([])
            pages[-1].append(line)
    return pages


def _page(contents: int) -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
        b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % contents
    )


def _drawn(lines: Sequence[str]) -> bytes:
    shown = b"\n".join(b"(%s) Tj T*" % _literal(line) for line in lines)
    return b"BT /F1 10 Tf 13 TL 54 738 Td\n%s\nET" % shown


def _stream(drawing: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing)


def _literal(text: str) -> bytes:
    plain = text.encode("cp1252", errors="replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """Objects numbered from 1, the cross-reference table, the trailer; the last object is the information."""
    out, places = bytearray(_HEADER), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (size, len(objects))
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
