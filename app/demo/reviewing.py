"""Reviews what was filed, day by day on a test clock, through the API and by the people of the program."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import httpx2

from app.demo.demonstration import Filed, Signer
from app.demo.intake import Intake, Refused
from app.demo.program import Program
from app.domain.calendars import PROGRAM_ZONE
from app.samples.review import Act, Review

_AT: Final = time(10, tzinfo=PROGRAM_ZONE)  # of each day, when the program's people are at their desks
Watch = Callable[[int, Filed, Act], None]


class NotReviewed(Exception):
    """The review cannot go on: which sample, on which day, at which move, and why."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The server's test clock, moved by an administrator; day 0 is the day on which it all began."""

    admin: Intake
    begun_on: date

    def on(self, day: int) -> date:
        return self.begun_on + timedelta(days=day)

    def move_to(self, day: int) -> None:
        """Lets time pass up to the morning of that day, with all that falls due on the way."""
        instant = datetime.combine(self.on(day), _AT).isoformat()
        while not self.admin.post("/v1/test-clock/moves", {"to": instant})["reached"]:
            pass  # it took longer than one call may


def insist_on_clock(admin: Intake) -> None:
    """Raises NotReviewed where the server has no clock that could be moved, before anything is filed."""
    try:
        admin.get("/v1/test-clock")
    except Refused as fault:
        if fault.status != httpx2.codes.NOT_FOUND:
            raise
        raise NotReviewed(
            "This server has no test clock, on which a review of half a year would pass: start it with "
            "AMTDP_TEST_CLOCK=true, or leave --admin-key out to file only."
        ) from fault


def review_all(
    filed: Sequence[Filed], reviews: Mapping[str, Review], program: Program, clock: Clock, watch: Watch
) -> None:
    """Every act on its day, whoever's request it is about. Raises NotReviewed."""
    day = 0
    for each, act in _in_order(filed, reviews):
        try:
            if act.day > day:
                clock.move_to(act.day)
                day = act.day
            watch(day, each, act)
            _take(each, act, program, clock)
        except (Refused, httpx2.HTTPError) as fault:
            raise NotReviewed(f"{each.sample.slug}, day {act.day}, {act.move}: {fault}") from fault


def _in_order(filed: Sequence[Filed], reviews: Mapping[str, Review]) -> Iterator[tuple[Filed, Act]]:
    received = [each for each in filed if each.received_on is not None and each.sample.slug in reviews]
    acts = [(each, act) for each in received for act in reviews[each.sample.slug].acts]
    yield from sorted(acts, key=lambda pair: pair[1].day)  # stable: acts of one day stay in order


def _take(filed: Filed, act: Act, program: Program, clock: Clock) -> None:
    actor = filed.signer if act.by == "applicant" else program[act.by].signer
    path = f"/v1/designation-requests/{filed.number}"
    body = _body(act, actor, program, clock)
    if act.move == "assess":
        actor.intake.post(f"{path}/assessments", body)
    else:
        actor.intake.post(f"{path}/transitions", {"name": act.move, **body})


def _body(act: Act, actor: Signer, program: Program, clock: Clock) -> dict[str, Any]:
    """What is sent: days become dates, parts the people who have them, and whoever signs signs."""
    dates = {name: str(clock.on(day)) for name, day in act.dates.items()}
    people = {name: program[part].id for name, part in act.people.items()}
    signature = {"signature": actor.signature(act.signs)} if act.signs else {}
    return {**act.body, **dates, **people, **signature}
