"""What came of a request in the end, asked of the API as its applicant would, and its letters checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.demo.demonstration import Filed
from app.demo.intake import Intake
from app.domain import exact_json
from app.domain.calendars import day_number

_DECIDED: Final = frozenset({"designated", "not_designated"})
_LATE: Final = frozenset({"answered_late", "lapsed"})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on a request; `letter_holds`: the letter, in both forms, is that of what was signed."""

    n: int
    outcome: str
    day: int
    context_of_use: str
    reasons: tuple[str, ...]
    signed_by: str
    set_aside: bool
    letter_holds: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a request ended, on which day of its clock, and what lay on the way."""

    status: str
    day: int | None
    version: int
    rounds: tuple[str, ...]
    decisions: tuple[Decision, ...]
    designation: str | None

    @property
    def late_rounds(self) -> int:
        return sum(each in _LATE for each in self.rounds)


def ending_of(filed: Filed, inside: Intake, letters: Path) -> Ending:
    """`inside`: calls of one of the program, who may read what was signed. The PDF letters go to that folder."""
    applicant, at = filed.signer.intake, f"/v1/designation-requests/{filed.number}"
    found = applicant.get(at)
    begun = date.fromisoformat(found["received_on"])
    rounds = tuple(each["status"] for each in applicant.get(f"{at}/information-requests")["items"])
    decisions = tuple(_decisions(applicant, inside, at, begun, letters))
    decided = bool(decisions) and found["status"] in _DECIDED
    ended = None if found["ended_on"] is None else day_number(begun, date.fromisoformat(found["ended_on"]))
    day = decisions[-1].day if decided else ended
    return Ending(
        found["status"], day, found["version"], rounds, decisions, _designation(applicant, filed.number)
    )


def _designation(applicant: Intake, number: str) -> str | None:
    """The number of the designation that the request brought its applicant."""
    held = applicant.get("/v1/designations")["items"]
    return next((each["number"] for each in held if each["designation_request"] == number), None)


def _decisions(applicant: Intake, inside: Intake, at: str, begun: date, letters: Path) -> Iterator[Decision]:
    if applicant.get(at)["status"] not in _DECIDED:
        return
    for n in range(1, applicant.get(f"{at}/decision")["n"] + 1):
        made = applicant.get(f"{at}/decision?n={n}")
        yield Decision(
            n,
            made["outcome"],
            day_number(begun, date.fromisoformat(made["decided_on"])),
            made["context_of_use"],
            tuple(made["reasons"]),
            made["signature"]["printed_name"],
            made["set_aside"],
            _holds(
                applicant,
                inside.get(f"{at}/decision?n={n}"),
                made,
                letters / f"{at.rpartition('/')[2]}-{n}.pdf",
            ),
        )


def _holds(applicant: Intake, signed: Any, made: Any, file: Path) -> bool:  # noqa: ANN401 - JSON trees
    """Whether the digest that the letter shows is that of the manifest which was signed; keeps the letter."""
    page, pdf = (applicant.page(made["letter"], media) for media in ("text/html", "application/pdf"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pdf)
    digest = exact_json.sha256(exact_json.canonical(signed["signed"]))
    return digest == made["signature"]["sha256"] and digest.encode() in page and pdf.startswith(b"%PDF-")
