"""SC-10a to SC-10d: what each way of making more has to show."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from app.domain.quantities import Quantity, ratio
from app.domain.rules.case import Case
from app.domain.rules.comparable import positive
from app.domain.rules.demonstrated import Shown
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, Item, said
from app.domain.rules.registry import rule
from app.domain.rules.wording import amount, figure, listing, of_class

PLAN = "/content/scalability/distribution_plan"
_LEVELS_OF_A_VARIANCE = 2


@rule("SC-10a")
def long_runs_are_shown(case: Case) -> Iterator[Hit]:
    """Run-time strategy: the longest run is a large enough share of the target's run time."""
    if "run_time" not in case.scalability.strategies:
        return
    share = case.threshold("SC-10a", "share")
    for one in case.shown:
        target = one.target
        wanted = positive(target.quantity) if target.basis == "run_time" else positive(target.run_time)
        if wanted is None:
            member = "quantity" if target.basis == "run_time" else "run_time"
            yield Hit(one.pointer(member), "The strategy is run time, and the target states none.")
            continue
        reached, item, lasting = _longest(one, wanted)
        if reached < share:
            detail = (
                f"The longest run{of_class(target.product_class)} lasts {figure(100 * reached)} % of the "
                f"target's {amount(wanted)}; {figure(100 * share)} % is asked for."
            )
            at = one.pointer("run_time") if item is None else item.pointer("scale/run_time")
            yield Hit(at, detail, None if item is None else item.key, lasting, reached)


def _longest(one: Shown, wanted: Quantity) -> tuple[Decimal, Item | None, Quantity | None]:
    """The longest run of a target's evidence, as a share of the run time wanted."""
    best: tuple[Decimal, Item | None, Quantity | None] = (Decimal(0), None, None)
    for item in one.serving:
        scale, runs = item.of.scale, item.of.runs
        if scale is None or item.of.kind == "process_model" or (runs is not None and runs.succeeded == 0):
            continue
        lasting = positive(scale.quantity) if scale.basis == "run_time" else positive(scale.run_time)
        reached = None if lasting is None else _ratio(lasting, wanted)
        if reached is not None and reached > best[0]:
            best = (reached, item, lasting)
    return best


@rule("SC-10b")
def units_run_side_by_side(case: Case) -> Iterator[Hit]:
    """Scale-out strategy: enough parallel units, and the spread between units."""
    if "scale_out" not in case.scalability.strategies:
        return
    for one in case.shown:
        needed = int(case.threshold("SC-10b", "units"))
        if one.target.parallel_units:
            needed = min(needed, one.target.parallel_units)
        units, item = _most_units(one.serving)
        if units < needed:
            detail = (
                f"{units} parallel units were run{of_class(one.target.product_class)}; "
                f"{needed} are asked for."
            )
            at = EVIDENCE if item is None else item.pointer("scale/parallel_units")
            yield Hit(at, detail, None if item is None else item.key, units, needed)
        if not _reports_units(one.serving):
            detail = f"No attribute{of_class(one.target.product_class)} reports the variance between units."
            yield Hit(EVIDENCE, detail)


def _most_units(items: Iterable[Item]) -> tuple[int, Item | None]:
    counted = [(item.of.scale.parallel_units or 0, item) for item in items if item.of.scale is not None]
    return max(counted, key=lambda pair: pair[0], default=(0, None))


def _reports_units(items: Iterable[Item]) -> bool:
    return any(
        part.source == "unit" and part.sd is not None and (part.levels or 0) >= _LEVELS_OF_A_VARIANCE
        for item in items
        for attribute in item.of.attributes
        if attribute.kind == "measured"
        for part in attribute.variance_components
    )


@rule("SC-10c")
def window_of_rates_is_shown(case: Case) -> Iterator[Hit]:
    """Rate strategy: there are data at the low, the target and the high rate."""
    if "rate" not in case.scalability.strategies:
        return
    tolerance = case.threshold("SC-10c", "tolerance")
    for one in case.shown:
        rates = one.target.rates
        window = {
            name: None if rates is None else positive(getattr(rates, name))
            for name in ("low", "target", "high")
        }
        unstated = [name for name, rate in window.items() if rate is None]
        if unstated:
            yield Hit(
                one.pointer("rates"), f"The strategy is rate, and the {listing(unstated)} rate is not stated."
            )
        reached = list(_rates(one.serving))
        lacking = {
            name: rate
            for name, rate in window.items()
            if rate is not None and not any(_near(run, rate, tolerance) for run in reached)
        }
        if lacking:
            shown = listing(f"{name} ({amount(rate)})" for name, rate in lacking.items())
            detail = f"No run{of_class(one.target.product_class)} was made at the rate {shown}."
            yield Hit(one.pointer("rates"), detail, stated=next(iter(lacking.values())))


def _rates(items: Iterable[Item]) -> Iterator[Quantity]:
    for item in items:
        scale = item.of.scale
        if scale is None or item.of.kind == "process_model":
            continue
        of_basis = scale.quantity if scale.basis in {"mass_flow", "units_per_time"} else None
        for rate in (positive(scale.rate), positive(of_basis)):
            if rate is not None:
                yield rate


def _near(run: Quantity, rate: Quantity, tolerance: Decimal | int) -> bool:
    share = _ratio(run, rate)
    return share is not None and abs(share - 1) <= tolerance


def _ratio(one: Quantity, other: Quantity) -> Decimal | None:
    try:
        return ratio(one, other)
    except ValueError:  # unknown or incommensurable units: no ratio
        return None


@rule("SC-10d")
def sites_work_as_one(case: Case) -> Iterator[Hit]:
    """Distributed strategy: enough sites with evidence, common control and a release plan."""
    if "distributed" not in case.scalability.strategies:
        return
    sites = {key for item in case.items for key in item.of.sites}
    needed = int(case.threshold("SC-10d", "sites"))
    if len(sites) < needed:
        yield Hit(
            EVIDENCE,
            f"Evidence comes from {len(sites)} sites; {needed} are asked for.",
            None,
            len(sites),
            needed,
        )
    plan = case.scalability.distribution_plan
    if plan is None or not said(plan.common_control):
        yield Hit(f"{PLAN}/common_control", "How control is common to all sites is not stated.")
    if plan is None or not said(plan.release):
        yield Hit(f"{PLAN}/release", "How product is released at each site is not stated.")
