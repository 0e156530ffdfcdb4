"""The bytes of a sample's attachments, written from its content: reports, letters and tables."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.domain.attributes import MeasuredAttribute, QualitativeAttribute
from app.domain.evidence import EvidenceItem, Owner
from app.domain.shapes import Quantity
from app.samples.plain_pdf import NEW_PAGE, plain_pdf
from app.samples.sample import Attachment, Sample

_COLUMNS: Final = (
    "evidence",
    "attribute",
    "kind",
    "dimension",
    "unit",
    "n",
    "mean",
    "sd",
    "min",
    "max",
    "lsl",
    "usl",
    "conforming_or_below",
)
_NOTE: Final = "Sample document: the filer, the people and the figures are invented."


def attachment_bytes(sample: Sample, attachment: Attachment) -> bytes:
    """The file's bytes; the same sample gives the same bytes on every machine."""
    if attachment.generate == "table":
        return _table(sample, attachment)
    return plain_pdf(attachment.description, [_NOTE, "", *_WRITERS[attachment.generate](sample, attachment)])


def _table(sample: Sample, attachment: Attachment) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for item in _citing(sample, attachment):
        rows.writerows([item.key, *(_cell(cell) for cell in row)] for row in _rows(item))
    return text.getvalue().encode()


def _rows(item: EvidenceItem) -> Iterator[Sequence[object]]:
    for row in item.attributes:
        figures: tuple[object, ...]
        if isinstance(row, MeasuredAttribute):
            figures = (row.unit, row.n, row.mean, row.sd, row.min, row.max, row.lsl, row.usl, None)
        elif isinstance(row, QualitativeAttribute):
            figures = (None, row.n, None, None, None, None, None, None, row.conforming)
        else:
            figures = (row.unit, row.n, None, None, None, None, None, row.limit, row.below)
        yield (row.name, row.kind, row.dimension, *figures)


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _report(sample: Sample, attachment: Attachment) -> Iterator[str]:
    """Every citing item on a page of its own, in their order: items cite that page."""
    yield f"{sample.applicant.name}: {sample.title}"
    yield ""
    for index, item in enumerate(_citing(sample, attachment)):
        if index:
            yield NEW_PAGE
        yield f"{item.key}: {item.title or item.kind}"
        yield from _facts(item)
        for row in _rows(item):
            named = zip(_COLUMNS[4:], row[3:], strict=True)
            yield f"- {row[0]}: " + ", ".join(f"{name} {cell}" for name, cell in named if cell is not None)


def _facts(item: EvidenceItem) -> Iterator[str]:
    if item.performed_from and item.performed_to:
        yield f"Performed from {item.performed_from} to {item.performed_to}, version {item.method_version}."
    if item.scale:
        yield f"Scale: {item.scale.basis} {_written(item.scale.quantity)}, stage {item.scale.stage}."
    if item.runs:
        yield f"Runs: {item.runs.succeeded} of {item.runs.attempted} met every acceptance criterion."


def _letter(sample: Sample, attachment: Attachment) -> Iterator[str]:
    statement = sample.parsed.context_of_use.statement if sample.parsed.context_of_use else None
    yield f"{sample.applicant.name} asks for designation of the method described in: {sample.title}."
    yield ""
    yield f"Context of use: {statement or 'stated in the request'}"
    yield from ("", f"{attachment.description}.", "", sample.person.name, sample.applicant.name)


def _authorization(sample: Sample, attachment: Attachment) -> Iterator[str]:
    items = (
        [item for item in sample.parsed.scalability.evidence if _authorizes(attachment, item)]
        if (sample.parsed.scalability)
        else []
    )
    owners = sorted({item.owner.name or "" for item in items if isinstance(item.owner, Owner)})
    yield f"{' and '.join(owners)} authorizes {sample.applicant.name} to cite the data listed here"
    yield f"in the request with the title: {sample.title}. The authorization does not extend to other uses."
    yield ""
    yield from (f"{item.key}: {item.title}" for item in items)
    yield from ("", "For the owner of the data: signed, head of quality.")


def _mandate(sample: Sample, attachment: Attachment) -> Iterator[str]:
    agent = sample.agent
    if agent is None or agent.attachment != attachment.filename:
        raise ValueError(f"{sample.slug}: a mandate without an agent")
    yield f"{sample.applicant.name} gives {agent.applicant.name}, represented by {agent.person.name},"
    yield f"a mandate for: {', '.join(agent.scope)}. {sample.applicant.name} may end it at any time."
    yield from ("", sample.person.name, sample.applicant.name)


_WRITERS: Final[Mapping[str, Callable[[Sample, Attachment], Iterator[str]]]] = MappingProxyType(
    {"report": _report, "letter": _letter, "authorization": _authorization, "mandate": _mandate}
)


def _authorizes(attachment: Attachment, item: EvidenceItem) -> bool:
    return item.third_party_authorization == attachment.filename


def _citing(sample: Sample, attachment: Attachment) -> list[EvidenceItem]:
    scalability = sample.parsed.scalability
    items = scalability.evidence if scalability else ()
    return [item for item in items if any(file.attachment == attachment.filename for file in item.files)]


def _written(quantity: Quantity | None) -> str:
    return "not stated" if quantity is None else f"{quantity.value} {quantity.unit}"
