"""What a demonstration shows in the end: a table for people, JSON for machines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.demo.demonstration import Filed
from app.demo.ending import Ending
from app.domain import exact_json
from app.domain.calendars import STATUTORY_DAYS
from app.samples import USUAL_DAY
from app.samples.review import Review

_STYLES: Final = {
    "adequate": "green",
    "adequate_with_warnings": "yellow",
    "gap": "red",
    "not_assessable": "magenta",
    "designated": "green",
    "not_designated": "red",
    "withdrawn": "yellow",
    "rejected": "magenta",
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


@dataclass(frozen=True, slots=True)
class Case:
    """One sample from its draft to its end; without `ending` it was not reviewed."""

    filed: Filed
    review: Review | None = None
    ending: Ending | None = None

    @property
    def status(self) -> str:
        return self.filed.status if self.ending is None else self.ending.status

    @property
    def outcome(self) -> Text:
        designation = None if self.ending is None else self.ending.designation
        return _styled(self.status).append(f"\n{designation}" if designation else "")

    @property
    def day(self) -> str:
        return "-" if self.ending is None or self.ending.day is None else str(self.ending.day)

    @property
    def questions(self) -> str:
        if self.ending is None or not self.ending.rounds:
            return "-"
        late = self.ending.late_rounds
        return f"{len(self.ending.rounds)}{f', {late} late' if late else ''}"


def as_table(cases: Sequence[Case]) -> Group:
    """A row per request that was filed; below it what each shows, and why a draft stayed a draft."""
    filed = [each for each in cases if each.filed.received_on is not None]
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold underline")
    table.add_column("Number", no_wrap=True)
    table.add_column("Applicant", min_width=11, overflow="fold")
    table.add_column("Type", min_width=9)
    table.add_column("Readiness", min_width=10)
    table.add_column("Outcome", min_width=15, no_wrap=True)
    table.add_column("Day", justify="right", no_wrap=True)
    table.add_column("Questions", no_wrap=True)
    for each in filed:
        applicant = each.filed.sample.applicant
        table.add_row(
            each.filed.number,
            applicant.name,
            _TYPES.get(applicant.type, applicant.type),
            _styled(each.filed.result),
            each.outcome,
            each.day,
            each.questions,
        )
    shown = [(each, each.review.shows) for each in filed if each.ending and each.review]
    drafts = [(each, _kept(each.filed)) for each in cases if each.filed.blocked_by]
    gaps = [(each, " ".join(each.filed.acknowledged)) for each in filed]
    return Group(
        table,
        Text(),
        *_listed("What they show", shown),
        *_listed("Filed with gaps acknowledged", gaps),
        *_listed("Kept as drafts by", drafts),
        Text(_summary(cases), style="bold"),
    )


def as_json(cases: Sequence[Case], base_url: str) -> str:
    """Everything, for machines: also the result that a sample expects, and its decisions."""
    return exact_json.encode(
        {"base_url": base_url, "items": [_item(each, base_url) for each in cases]}
    ).decode()


def _item(case: Case, base_url: str) -> dict[str, Any]:
    filed = case.filed
    item: dict[str, Any] = {
        "slug": filed.sample.slug,
        "number": filed.number,
        "url": f"{base_url}/v1/designation-requests/{filed.number}",
        "applicant": filed.sample.applicant.name,
        "type": filed.sample.applicant.type,
        "status": case.status,
        "result": filed.result,
        "expected_result": filed.sample.expected.result,
        "blocked_by": filed.blocked_by,
        "acknowledged": filed.acknowledged,
        "received_on": filed.received_on,
        "statutory_due_on": filed.due_on,
        "receipt_holds": filed.receipt_holds,
    }
    if case.ending is None or case.review is None:
        return item
    ending = asdict(case.ending)
    return {
        **item,
        "shows": case.review.shows,
        "ended_on_day": ending["day"],
        "version": ending["version"],
        "rounds_of_questions": ending["rounds"],
        "decisions": ending["decisions"],
        "designation": ending["designation"],
    }


def _listed(title: str, rows: Sequence[tuple[Case, str]]) -> list[RenderableType]:
    named = [(each, words) for each, words in rows if words]
    if not named:
        return []
    grid = Table.grid(padding=(0, 2, 0, 0))
    for each, words in named:
        grid.add_row(f"  {each.filed.number}", Text(words))
    return [Text(f"{title}:", style="underline"), grid, Text()]


def _kept(filed: Filed) -> str:
    """Whose draft, and the blocking rules; a sample meant for another day says which rules fire on that day."""
    words = f"{' '.join(filed.blocked_by)}: {filed.sample.applicant.name}"
    if filed.sample.judged_on == USUAL_DAY:
        return words
    there = " ".join(filed.sample.expected.rules_fired)
    return f"{words} (it is meant for {filed.sample.judged_on}: {there})"


def _summary(cases: Sequence[Case]) -> str:
    statuses = Counter(each.status for each in cases)
    counts = ", ".join(f"{count} {_words(status)}" for status, count in sorted(statuses.items()))
    received = sorted({each.filed.received_on for each in cases if each.filed.received_on})
    due = sorted({each.filed.due_on for each in cases if each.filed.due_on})
    parts = [f"{len(cases)} requests: {counts}."]
    if received:
        until = f", due on {due[-1]}, day {STATUTORY_DAYS}" if due else ""
        parts.append(f"Received on {received[0]}{until}.")
    parts.append(_verified([each.filed.receipt_holds for each in cases], "receipt", "the published keys"))
    letters = [made.letter_holds for each in cases if each.ending for made in each.ending.decisions]
    parts.append(_verified(letters, "letter", "what was signed"))
    return " ".join(part for part in parts if part)


def _verified(checks: Sequence[bool | None], what: str, against: str) -> str:
    made = [each for each in checks if each is not None]
    if not made:
        return ""
    held = sum(made)
    some = "all" if held == len(made) else f"only {held}"
    return f"{len(made)} {what}{'s' * (len(made) > 1)}, {some} verified with {against}."


def _styled(name: str) -> Text:
    return Text(_words(name), style=_STYLES.get(name, ""))


def _words(name: str) -> str:
    return name.replace("_", " ")
