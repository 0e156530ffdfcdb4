"""What a demonstration shows: progress while it runs, then a table for people or JSON for machines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from app.demo.demonstration import Filed, Step, Watch
from app.domain import exact_json
from app.samples import USUAL_DAY, Sample

_STYLES: Final = {
    "adequate": "green",
    "adequate_with_warnings": "yellow",
    "gap": "red",
    "not_assessable": "magenta",
}
# Short enough for a table; the API's own words stand in the JSON.
_TYPES: Final = {
    "drug_sponsor": "sponsor",
    "cdmo": "CDMO",
    "api_manufacturer": "API maker",
    "technology_developer": "developer",
    "equipment_vendor": "equipment",
    "analytical_vendor": "analytical",
    "academic_institution": "academic",
    "government_agency": "agency",
}


@contextmanager
def progress(console: Console, total: int) -> Iterator[Watch]:
    """A bar that moves as samples are filed; yields the watcher that moves it."""
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        seen: set[str] = set()

        def watch(sample: Sample, step: Step) -> None:
            seen.add(sample.slug)
            bar.update(task, completed=len(seen) - 1, description=f"{sample.applicant.name} {step}")

        yield watch


def as_table(filed: Sequence[Filed]) -> Group:
    """A row per request, and below it why a draft stayed a draft and which gaps a signer acknowledged."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold underline")
    table.add_column("Number", no_wrap=True)
    table.add_column("Applicant", min_width=11, overflow="fold")
    table.add_column("Type", min_width=10)
    table.add_column("Status", no_wrap=True)
    table.add_column("Result", min_width=10)
    table.add_column("Received", no_wrap=True)
    table.add_column("Due", no_wrap=True)
    for each in filed:
        table.add_row(
            each.number,
            each.sample.applicant.name,
            _TYPES.get(each.sample.applicant.type, each.sample.applicant.type),
            _words(each.status),
            Text(_words(each.result), style=_STYLES.get(each.result, "")),
            each.received_on or "-",
            each.due_on or "-",
        )
    kept = _listed("Kept as drafts by", [(each, _reasons(each)) for each in filed])
    filed_with = _listed("Filed with gaps acknowledged", [(each, each.acknowledged) for each in filed])
    return Group(table, Text(), *kept, *filed_with, Text(_summary(filed), style="bold"))


def _listed(title: str, rows: Sequence[tuple[Filed, Sequence[str]]]) -> list[RenderableType]:
    named = [(each, rules) for each, rules in rows if rules]
    if not named:
        return []
    grid = Table.grid(padding=(0, 2, 0, 0))
    for each, rules in named:
        grid.add_row(f"  {each.number}", " ".join(rules))
    return [Text(f"{title}:"), grid, Text()]


def as_json(filed: Sequence[Filed], base_url: str) -> str:
    """The same for machines, with a link and the result that the sample expects."""
    items = [
        {
            "slug": each.sample.slug,
            "number": each.number,
            "url": f"{base_url}/v1/designation-requests/{each.number}",
            "applicant": each.sample.applicant.name,
            "type": each.sample.applicant.type,
            "status": each.status,
            "result": each.result,
            "expected_result": each.sample.expected.result,
            "blocked_by": each.blocked_by,
            "acknowledged": each.acknowledged,
            "received_on": each.received_on,
            "statutory_due_on": each.due_on,
            "receipt_holds": each.receipt_holds,
        }
        for each in filed
    ]
    return exact_json.encode({"base_url": base_url, "items": items}).decode()


def _summary(filed: Sequence[Filed]) -> str:
    statuses = Counter(each.status for each in filed)
    receipts = sum(each.receipt_holds is True for each in filed)
    counts = ", ".join(f"{count} {_words(status)}" for status, count in sorted(statuses.items()))
    return f"{len(filed)} requests: {counts}. {receipts} receipts, each verified with the published keys."


def _reasons(each: Filed) -> Sequence[str]:
    """The blocking rules; a sample that is meant for another day says which rules fire on that day."""
    if each.blocked_by and each.sample.judged_on != USUAL_DAY:
        there = " ".join(each.sample.expected.rules_fired)
        return (*each.blocked_by, f"(it is meant for {each.sample.judged_on}: {there})")
    return each.blocked_by


def _words(name: str) -> str:
    return name.replace("_", " ")
