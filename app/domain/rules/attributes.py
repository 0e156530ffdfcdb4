"""SC-08, SC-25: capability, and whether what was observed lies within its limits."""

from collections.abc import Iterator

from app.domain.rules.case import Case
from app.domain.rules.finding import Hit, Span
from app.domain.rules.recomputed import Measurement
from app.domain.rules.registry import rule
from app.domain.rules.wording import figure, listing
from app.domain.statistics import agrees, cpk_agrees


@rule("SC-08")
def capability_is_carried_by_the_data(case: Case) -> Iterator[Hit]:
    """A claimed Cpk has enough samples, can be computed, and is the one the figures give."""
    samples = case.threshold("SC-08", "samples")
    for one in case.measured:
        if one.of.claimed_cpk is None:
            continue
        at, key, claimed = one.pointer("claimed_cpk"), one.item.key, one.of.claimed_cpk
        found = one.capability
        if one.of.n is None or one.of.n < samples:
            interval = (
                "" if one.of.tolerance_interval is not None else "; no tolerance interval is given instead"
            )
            detail = f"A Cpk is claimed on {one.of.n or 0} samples; {samples} are asked for{interval}."
            yield Hit(at, detail, key, claimed, None if found is None else found.lower_bound)
        elif found is None:
            detail = "A Cpk is claimed and is not computable: it needs a limit, a mean and an sd above zero."
            yield Hit(at, detail, key, claimed)
        elif not agrees(claimed, found.cpk) and not _can_be(one):
            detail = f"The Cpk claimed is {figure(claimed)}; the figures give {figure(found.cpk)}."
            yield Hit(at, detail, key, claimed, found.cpk)


def _can_be(one: Measurement) -> bool:
    """Whether the rounding of mean and sd leaves room for the claim."""
    of = one.of
    if of.claimed_cpk is None or of.n is None or of.mean is None or of.sd is None:
        return False
    return cpk_agrees(of.claimed_cpk, of.n, of.mean, of.sd, lsl=of.lsl, usl=of.usl) is not False


@rule("SC-25")
def observations_lie_within_limits(case: Case) -> Iterator[Hit]:
    """Mean, min and max lie within the limits; on enough samples the recomputed Cpk is at least 1."""
    samples, least = case.threshold("SC-25", "samples"), case.threshold("SC-25", "cpk")
    for one in case.measured:
        if not one.limited:
            continue
        outside = list(_outside(one))
        if outside:
            detail = f"The observed {listing(outside)} lies outside the stated limits."
            value = getattr(one.of, outside[0])
            yield Hit(one.pointer(outside[0]), detail, one.item.key, value, Span(one.of.lsl, one.of.usl))
        found = one.capability
        if found is not None and (one.of.n or 0) >= samples and found.cpk < least:
            detail = (
                f"The Cpk recomputed from {one.of.n} samples is {figure(found.cpk)}, below {figure(least)}."
            )
            yield Hit(one.pointer(), detail, one.item.key, one.of.claimed_cpk, found.cpk)


def _outside(one: Measurement) -> Iterator[str]:
    for name, value in (("mean", one.of.mean), ("min", one.of.min), ("max", one.of.max)):
        if value is None:
            continue
        below = one.of.lsl is not None and value < one.of.lsl
        above = one.of.usl is not None and value > one.of.usl
        if below or above:
            yield name
