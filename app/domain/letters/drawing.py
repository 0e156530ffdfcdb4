"""Draws laid-out sheets as a PDF, each element's lines as marked content, all else as artifacts."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from app.domain.letters import typefaces
from app.domain.letters.lines import set_lines
from app.domain.letters.sheets import GRAY, HEIGHT, MARGIN, ROOM, WIDTH, Look, Mark, PlacedLine, Rule, Sheet

FOOT = Look(size=8, leading=11, ink=GRAY)
FOOT_Y = MARGIN / 2


def drawn(sheets: list[Sheet], running: str, language: str) -> bytes:
    """The bytes of the PDF; `invariant` keeps the time and a random id out of them."""
    out = BytesIO()
    canvas = Canvas(
        out,
        pagesize=(WIDTH, HEIGHT),
        pageCompression=1,
        invariant=1,
        lang=language,
        initialFontName=typefaces.TEXT,  # the library's own choice would be one that is not embedded
    )
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for number, sheet in enumerate(sheets, 1):
        for rule in sheet.rules:
            _rule(canvas, rule)
        for mark in sheet.marks:
            _mark(canvas, mark)
        _foot(canvas, running, f"Page {number} of {len(sheets)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@contextmanager
def _marked(canvas: Canvas, tag: str, properties: str) -> Iterator[None]:
    canvas.addLiteral(f"/{tag} <<{properties}>> BDC")
    yield
    canvas.addLiteral("EMC")


def _mark(canvas: Canvas, mark: Mark) -> None:
    with _marked(canvas, mark.role, f"/MCID {mark.number}"):
        for placed in mark.lines:
            _line(canvas, placed)


def _line(canvas: Canvas, placed: PlacedLine) -> None:
    if placed.line.actual is None:
        _runs(canvas, placed)
        return
    with _marked(canvas, "Span", f"/ActualText <FEFF{placed.line.actual.encode('utf-16-be').hex().upper()}>"):
        _runs(canvas, placed)


def _runs(canvas: Canvas, placed: PlacedLine) -> None:
    x = placed.x
    canvas.setFillColor(HexColor(placed.look.ink))
    for run in placed.line.runs:
        canvas.setFont(run.face, placed.look.size)
        canvas.drawString(x, placed.y, run.text)
        x += run.width


def _rule(canvas: Canvas, rule: Rule) -> None:
    with _marked(canvas, "Artifact", "/Type /Layout"):
        canvas.setStrokeColor(HexColor(rule.ink))
        canvas.setLineWidth(rule.weight)
        canvas.line(MARGIN, rule.y, WIDTH - MARGIN, rule.y)


def _foot(canvas: Canvas, running: str, page: str) -> None:
    with _marked(canvas, "Artifact", "/Type /Pagination /Subtype /Footer"):
        for text, right in ((running, False), (page, True)):
            line = set_lines(text, FOOT.face, FOOT.size, ROOM)[0]
            _runs(canvas, PlacedLine(line, FOOT, WIDTH - MARGIN - line.width if right else MARGIN, FOOT_Y))
