"""SC-26: figures that no data can give, with every bound widened for the rounding of what was sent."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.attributes import MeasuredAttribute
from app.domain.evidence import Runs
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit, Span
from app.domain.rules.places import Item
from app.domain.rules.recomputed import Equivalence, Measurement
from app.domain.rules.registry import rule
from app.domain.rules.wording import figure
from app.domain.statistics import Spread, half_unit, spread


@rule("SC-26")
def figures_are_possible(case: Case) -> Iterator[Hit]:
    """Counts, means, ranges, spreads and intervals that agree with each other."""
    for one in case.measured:
        yield from _order(one)
        yield from _spread(one)
    for item in case.items:
        if item.of.runs is not None:
            yield from _counts(item, item.of.runs)
        yield from _shares(item)
    for judged in case.equivalences.values():
        yield from _interval(judged)


def _exceeds(low: Decimal, high: Decimal) -> bool:
    """Whether `low` is above `high` by more than the coarser of both figures was rounded by."""
    return low > high and low - high > max(half_unit(low), half_unit(high))


def _order(one: Measurement) -> Iterator[Hit]:
    of, key = one.of, one.item.key
    span = Span(of.min, of.max)
    if of.min is not None and of.max is not None and of.min > of.max:
        yield Hit(one.pointer("min"), "The smallest sample is above the largest.", key, of.min, of.max)
    if of.mean is None:
        return
    if of.min is not None and _exceeds(of.min, of.mean):
        yield Hit(one.pointer("mean"), "The mean is below the smallest sample.", key, of.mean, span)
    if of.max is not None and _exceeds(of.mean, of.max):
        yield Hit(one.pointer("mean"), "The mean is above the largest sample.", key, of.mean, span)
    if of.possible is not None and of.possible.low is not None and _exceeds(of.possible.low, of.mean):
        yield Hit(
            one.pointer("mean"), "The mean is below what the attribute can be.", key, of.mean, of.possible.low
        )
    if of.possible is not None and of.possible.high is not None and _exceeds(of.mean, of.possible.high):
        yield Hit(
            one.pointer("mean"),
            "The mean is above what the attribute can be.",
            key,
            of.mean,
            of.possible.high,
        )


def _spread(one: Measurement) -> Iterator[Hit]:
    of = one.of
    if of.sd is None or of.n is None:
        return
    if of.sd == 0 and of.n > 1 and of.min is not None and of.max is not None and of.min < of.max:
        detail = f"An sd of 0 on {of.n} samples that differ is impossible."
        yield Hit(one.pointer("sd"), detail, one.item.key, of.sd, Span(of.min, of.max))
        return
    bounds = _bounds(of, of.n, of.sd)
    if bounds is not None and not bounds.possible:
        detail = (
            f"An sd of {figure(of.sd)} on {of.n} samples is impossible in their range: "
            f"it allows {figure(bounds.lowest)} to {figure(bounds.highest)}."
        )
        yield Hit(one.pointer("sd"), detail, one.item.key, of.sd, Span(bounds.lowest, bounds.highest))


def _bounds(of: MeasuredAttribute, n: int, sd: Decimal) -> Spread | None:
    """What the range allows: min and max, else the possible values; None where neither is given."""
    if of.min is not None and of.max is not None:
        return spread(n, sd, of.min, of.max, observed=True)
    if of.possible is not None and of.possible.low is not None and of.possible.high is not None:
        return spread(n, sd, of.possible.low, of.possible.high, observed=False)
    return None


def _counts(item: Item, runs: Runs) -> Iterator[Hit]:
    settled = (runs.succeeded or 0) + (runs.excluded or 0)
    if runs.attempted is not None and settled > runs.attempted:
        detail = (
            f"Succeeded and excluded runs together are {settled}, more than the {runs.attempted} attempted."
        )
        yield Hit(item.pointer("runs"), detail, item.key, settled, runs.attempted)
    if runs.succeeded is not None and runs.consecutive is not None and runs.consecutive > runs.succeeded:
        detail = "More consecutive successes are stated than successes."
        yield Hit(item.pointer("runs/consecutive"), detail, item.key, runs.consecutive, runs.succeeded)


def _shares(item: Item) -> Iterator[Hit]:
    for index, attribute in enumerate(item.of.attributes):
        if attribute.kind == "measured" or attribute.n is None:
            continue
        member = "conforming" if attribute.kind == "qualitative" else "below"
        part = attribute.conforming if attribute.kind == "qualitative" else attribute.below
        if part is not None and part > attribute.n:
            detail = f"{part} of {attribute.n} samples is impossible."
            yield Hit(item.pointer(f"attributes/{index}/{member}"), detail, item.key, part, attribute.n)


def _interval(judged: Equivalence) -> Iterator[Hit]:
    """The stated interval lies around the difference: the stated one, else that of the means."""
    of = judged.of
    if of.ci90 is None:
        return
    low, high = of.ci90
    difference = of.difference
    if difference is None and of.mean_method is not None and of.mean_conventional is not None:
        difference = of.mean_method - of.mean_conventional
    at, span = judged.item.pointer("comparison/ci90"), Span(low, high)
    if low > high:
        yield Hit(at, "The confidence interval's ends are in the wrong order.", judged.item.key, span)
    elif difference is not None and (_exceeds(low, difference) or _exceeds(difference, high)):
        detail = "The confidence interval does not lie around the difference."
        yield Hit(at, detail, judged.item.key, span, difference)
