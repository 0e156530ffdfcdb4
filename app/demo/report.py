"""What a demonstration shows: progress while it runs, then a table for people or JSON for machines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from app.demo.demonstration import Filed, Step, Watch
from app.domain import exact_json
from app.samples import Sample

_STYLES: Final = {
    "adequate": "green",
    "adequate_with_warnings": "yellow",
    "gap": "red",
    "not_assessable": "magenta",
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


def as_table(filed: Sequence[Filed]) -> Table:
    """One row per request: what a coordinator would ask first, and why a draft stayed a draft."""
    table = Table(title="Sample requests", caption=_summary(filed), box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Number", no_wrap=True)
    table.add_column("Applicant", overflow="fold", min_width=16)
    table.add_column("Type", overflow="fold")
    table.add_column("Status", no_wrap=True)
    table.add_column("Result", overflow="fold")
    table.add_column("Received", no_wrap=True)
    table.add_column("Due", no_wrap=True)
    table.add_column("Gaps", overflow="fold")
    for each in filed:
        table.add_row(
            each.number,
            each.sample.applicant.name,
            _words(each.sample.applicant.type),
            _words(each.status),
            Text(_words(each.result), style=_STYLES.get(each.result, "")),
            each.received_on or "-",
            each.due_on or "-",
            _gaps(each),
        )
    return table


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


def _gaps(each: Filed) -> str:
    if each.blocked_by:
        return f"open: {' '.join(each.blocked_by)}"
    return f"acknowledged: {' '.join(each.acknowledged)}" if each.acknowledged else ""


def _words(name: str) -> str:
    return name.replace("_", " ")
