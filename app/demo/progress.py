"""How far a demonstration has come, while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from app.demo import demonstration, reviewing
from app.demo.demonstration import Filed, Step
from app.domain.calendars import STATUTORY_DAYS
from app.samples import Sample
from app.samples.review import Act


@contextmanager
def filing(console: Console, total: int) -> Iterator[demonstration.Watch]:
    """A bar that moves as samples are filed; yields the watcher that moves it."""
    with _bar(console) as bar:
        task = bar.add_task("", total=total)
        seen: set[str] = set()

        def watch(sample: Sample, step: Step) -> None:
            seen.add(sample.slug)
            bar.update(task, completed=len(seen) - 1, description=f"{sample.applicant.name} {step}")

        yield watch


@contextmanager
def reviewing_days(console: Console) -> Iterator[reviewing.Watch]:
    """A bar that moves with the days of the statutory clock."""
    with _bar(console) as bar:
        task = bar.add_task("", total=STATUTORY_DAYS)

        def watch(day: int, filed: Filed, act: Act) -> None:
            bar.update(task, completed=day, description=f"{filed.number}: {act.move.replace('_', ' ')}")

        yield watch


def _bar(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    return Progress(*columns, console=console, transient=True)
