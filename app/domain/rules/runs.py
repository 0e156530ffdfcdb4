"""SC-05, SC-06, SC-16, SC-17: how many runs there were, what they prove, and where they were made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.rules.case import Case
from app.domain.rules.coverage import assessed
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, PILOT, Item, said
from app.domain.rules.registry import rule
from app.domain.rules.wording import figure, listing, of_class
from app.domain.vocabulary import ENVIRONMENTS, Environment

_GMP_KINDS = frozenset({"gmp_batch", "ppq_batch", "commercial_batch"})
# From the highest on: the level a declaration must not exceed without runs in that environment.
_ASKED: tuple[Environment, ...] = ("full_rate", "low_rate", "pilot_line", "production_relevant")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The runs a phase asks for; 0 where it asks for none of that sort."""

    runs: int
    at_pilot: int
    consecutive: int
    ppq: int
    routine: int

    @classmethod
    def of(cls, case: Case) -> "_Asked":
        names = ("runs", "at_pilot", "consecutive", "ppq", "routine")
        return cls(*(int(case.threshold("SC-05", name)) for name in names))


@rule("SC-05")
def there_are_enough_runs(case: Case) -> Iterator[Hit]:
    """Every critical unit operation, class by class, has the runs that the phase asks for."""
    asked, near = _Asked.of(case), _representative(case)
    for group in assessed(case):
        steps: Sequence[str | None] = case.critical_keys or (None,)
        short: dict[str, list[str]] = {}
        for step in steps:
            covering = [item for item in group.items if step is None or step in item.operations]
            for lack in _lacks(asked, covering, near):
                short.setdefault(lack, []).append(step or "")
        for lack, names in short.items():
            where = f" of unit operation {listing(names)}" if names[0] else ""
            yield Hit(EVIDENCE, f"Runs{where}{of_class(group.product_class)}: {lack}.")


def _representative(case: Case) -> frozenset[int]:
    """Indexes of the items within the representative factor of a target they serve."""
    most = case.threshold("SC-05", "representative_factor")
    return frozenset(at for one in case.shown for at, found in one.matches.items() if found.factor <= most)


def _lacks(asked: _Asked, items: Sequence[Item], near: frozenset[int]) -> Iterator[str]:
    total = sum(item.successes for item in items)
    if total < asked.runs:
        yield f"{total} succeeded, {asked.runs} are asked for"
    at_pilot = sum(item.successes for item in items if item.level >= PILOT)
    if at_pilot < asked.at_pilot:
        yield f"{at_pilot} succeeded at pilot scale, {asked.at_pilot} is asked for"
    unbroken = _consecutive([item for item in items if item.index in near]) if asked.consecutive else 0
    if unbroken < asked.consecutive:
        yield f"{unbroken} consecutive at representative scale, {asked.consecutive} are asked for"
    for kind, name, least in (
        ("ppq_batch", "process performance qualification batches", asked.ppq),
        ("commercial_batch", "routine commercial batches", asked.routine),
    ):
        made = sum(item.successes for item in items if item.of.kind == kind)
        if made < least:
            yield f"{made} {name} succeeded, {least} are asked for"


def _consecutive(items: Sequence[Item]) -> int:
    """The longest unbroken series: of one item, or of all of them where none of their runs failed."""
    longest, flawless = 0, True
    for item in items:
        runs = item.of.runs
        if runs is None:
            continue
        succeeded = item.successes
        clean = runs.attempted == runs.succeeded
        flawless = flawless and clean
        stated = runs.consecutive if runs.consecutive is not None else succeeded if clean else 0
        longest = max(longest, min(stated, succeeded))
    return max(longest, sum(item.successes for item in items)) if flawless else longest


@rule("SC-06")
def success_rate_is_proved(case: Case) -> Iterator[Hit]:
    """A claimed success rate is at most the exact lower 95 % bound."""
    for item in case.items:
        claimed = None if item.of.runs is None else item.of.runs.claimed_success_rate
        if claimed is None:
            continue
        at = item.pointer("runs/claimed_success_rate")
        found = case.successes.get(item.index)
        if found is None:
            detail = (
                "A success rate is claimed without counts of attempted and succeeded runs that can carry it."
            )
            yield Hit(at, detail, item.key, claimed)
        elif claimed > found.lower_bound:
            observed = f"observed {found.succeeded} of {found.of}"
            detail = (
                f"{found.succeeded} of {found.of} prove a rate of at least {figure(found.lower_bound)}, less "
                f'than the {figure(claimed)} claimed; state it as "{observed}".'
            )
            if claimed == 1:
                detail = f'No number of runs proves a rate of 1; state it as "{observed}".'
            yield Hit(at, detail, item.key, claimed, found.lower_bound)


@rule("SC-16")
def gmp_batches_exist(case: Case) -> Iterator[Hit]:
    """There is a batch under good manufacturing practice, or the reason for none."""
    if any(item.of.gmp or (item.of.gmp is None and item.of.kind in _GMP_KINDS) for item in case.items):
        return
    if not said(case.scalability.no_gmp_because):
        yield Hit(
            EVIDENCE, "No batch under good manufacturing practice is shown, and no reason is given for none."
        )


@rule("SC-17")
def readiness_has_its_environment(case: Case) -> Iterator[Hit]:
    """The declared manufacturing readiness level is not above the environments of the evidence."""
    mrl = case.development.mrl
    if mrl is None:
        return
    seen = [item.of.environment for item in case.items if item.of.kind != "process_model"]
    highest = max((ENVIRONMENTS.index(one) for one in seen if one is not None), default=-1)
    for environment in _ASKED:
        if mrl < case.threshold("SC-17", environment):
            continue
        if highest < ENVIRONMENTS.index(environment):
            reached = "none is stated" if highest < 0 else f"the highest is {ENVIRONMENTS[highest]}"
            detail = f"Level {mrl} implies evidence from {environment} or beyond; {reached}."
            yield Hit("/content/development/mrl", detail, stated=mrl)
        return
