"""SC-09: what a claim of equivalent or superior quality rests on."""

from collections.abc import Iterator

from app.domain.rules.case import Case
from app.domain.rules.finding import Hit, Span
from app.domain.rules.places import said
from app.domain.rules.recomputed import Equivalence
from app.domain.rules.registry import rule
from app.domain.rules.wording import listing
from app.domain.statistics import agrees, half_unit
from app.domain.vocabulary import QualityClaim

CLAIM = "/content/criteria/quality/claim"


@rule("SC-09")
def claim_rests_on_a_comparison(case: Case) -> Iterator[Hit]:
    """Each claim names a conventional process, a margin with its reason, and an interval that carries it."""
    quality = case.criteria.quality
    claim = None if quality is None else quality.claim
    if claim is not None and not case.equivalences:
        yield Hit(CLAIM, f"Quality is claimed to be {claim}, and no evidence item compares it with anything.")
    elif claim == "superior" and all((one.of.claim or claim) != claim for one in case.equivalences.values()):
        yield Hit(
            CLAIM, "Quality is claimed to be superior, and every comparison claims it to be equivalent."
        )
    for judged in case.equivalences.values():
        held = judged.of.claim or claim
        if held is not None:
            yield from _claim(judged, held)
        yield from _differences(judged)


def _claim(judged: Equivalence, claim: QualityClaim) -> Iterator[Hit]:
    at, key = judged.item.pointer("comparison"), judged.item.key
    lacking = list(_lacking(judged, claim))
    if lacking:
        yield Hit(at, f"The claim of {claim} quality lacks {listing(lacking)}.", key)
        return
    carried = judged.equivalent if claim == "equivalent" else judged.superior
    if carried or judged.interval is None:
        return
    span = Span(judged.interval.low, judged.interval.high)
    where = "inside the margin" if claim == "equivalent" else "beyond zero in the good direction"
    source = "recomputed" if judged.computed is not None else "stated"
    detail = f"The 90 % interval of the difference ({source}) does not lie wholly {where}."
    yield Hit(at, detail, key, judged.of.margin, span)


def _lacking(judged: Equivalence, claim: QualityClaim) -> Iterator[str]:
    of = judged.of
    if not said(of.conventional_process):
        yield "the name of the conventional process"
    if not of.margin:
        yield "a margin above zero"
    if not said(of.margin_rationale):
        yield "a reason for the margin"
    if claim == "superior" and of.better is None:
        yield "the direction that is better"
    if judged.interval is None:
        yield "the figures of both arms, or a 90 % interval"


def _differences(judged: Equivalence) -> Iterator[Hit]:
    """Stated figures that differ from the recomputed ones: perhaps another design, so no more than a hint."""
    found, of = judged.computed, judged.of
    if found is None:
        return
    key = judged.item.key
    if of.difference is not None and not agrees(of.difference, found.difference):
        detail = "The stated difference is not the difference of the stated means."
        yield Hit(
            judged.item.pointer("comparison/difference"),
            detail,
            key,
            of.difference,
            found.difference,
            hint=True,
        )
    if of.ci90 is None:
        return
    ends = ((of.ci90[0], found.ci90.low), (of.ci90[1], found.ci90.high))
    # means and sds are rounded too: twice the rounding of the stated ends is let pass
    if any(abs(stated - computed) > 2 * half_unit(stated) for stated, computed in ends):
        detail = "The stated interval is not that of two independent arms (Welch, 90 %)."
        stated, computed = Span(*of.ci90), Span(found.ci90.low, found.ci90.high)
        yield Hit(judged.item.pointer("comparison/ci90"), detail, key, stated, computed, hint=True)
