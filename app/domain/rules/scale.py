"""SC-01, SC-02, SC-03, SC-14: the target, what was demonstrated, and the way between them."""

from collections.abc import Iterator

from app.domain.content.scalability import Target
from app.domain.quantities import known
from app.domain.rules.case import Case
from app.domain.rules.comparable import positive, stated
from app.domain.rules.demonstrated import Shown
from app.domain.rules.finding import Hit
from app.domain.rules.models import unbridged
from app.domain.rules.places import LEVEL, Item, said
from app.domain.rules.registry import rule
from app.domain.rules.wording import amount, figure, listing, of_class

TARGETS = "/content/scalability/targets"
MILESTONES = "/content/scalability/plan/milestones"
_COMMERCIAL = LEVEL["commercial"]
_LEVEL_NAMES = ("lab", "pilot", "commercial")


@rule("SC-01")
def target_is_stated(case: Case) -> Iterator[Hit]:
    """Every product class has a target, and every target a basis, a quantity above zero and a source."""
    targets = case.scalability.targets
    if not targets:
        yield Hit(TARGETS, "No intended commercial scale is stated.")
        return
    for index, target in enumerate(targets):
        yield from _target_gaps(index, target)
    if any(target.product_class is None for target in targets):
        return
    aimed = {target.product_class for target in targets}
    without = [key for key in case.class_keys if key not in aimed]
    if without:
        yield Hit(TARGETS, f"No intended commercial scale is stated for product class {listing(without)}.")


def _target_gaps(index: int, target: Target) -> Iterator[Hit]:
    at = f"{TARGETS}/{index}"
    quantity = stated(target.quantity)
    if quantity is None:
        yield Hit(f"{at}/quantity", "The target states no quantity with a figure and a unit.")
    elif not known(quantity.unit):
        yield Hit(f"{at}/quantity/unit", "The target's unit is not a UCUM unit.")
    elif quantity.value <= 0:
        yield Hit(f"{at}/quantity/value", "The target is not above zero.", stated=quantity)
    if not said(target.source):
        yield Hit(f"{at}/source", "The source of the target is not stated.")


@rule("SC-02")
def scales_are_comparable(case: Case) -> Iterator[Hit]:
    """Some item is comparable with each target; an item comparable with none is worth a hint."""
    compared: set[int] = set()
    serving: dict[int, Item] = {}
    for one in case.shown:
        if positive(one.target.quantity) is None:
            continue
        compared.update(one.matches)
        serving.update((item.index, item) for item in one.serving)
        if not one.matches:
            detail = (
                f"No evidence item{of_class(one.target.product_class)} states a scale that can be compared "
                f"with this target: same basis ({one.target.basis}) and a unit that converts."
            )
            yield Hit(one.pointer(), detail, stated=stated(one.target.quantity))
    if not compared:
        return
    for item in serving.values():
        if item.index not in compared and item.of.scale is not None:
            detail = "This item's scale cannot be compared with any target, by its basis or its unit."
            yield Hit(
                item.pointer("scale"), detail, item.key, stated=stated(item.of.scale.quantity), hint=True
            )


@rule("SC-03")
def factor_is_within_limit(case: Case) -> Iterator[Hit]:
    """The scale factor of every critical unit operation is within the limit, or bridged."""
    for one in case.shown:
        if one.matches:
            yield from _undemonstrated(case, one)
            yield from _beyond(case, one)


def _undemonstrated(case: Case, one: Shown) -> Iterator[Hit]:
    runs = figure(case.threshold("SC-03", "runs"))
    if one.short:
        detail = (
            f"No scale factor can be computed for unit operation {listing(one.short)}: "
            f"no comparable scale has {runs} successful runs."
        )
        yield Hit(one.pointer(), detail, stated=stated(one.target.quantity))
    elif not one.demonstrations:
        detail = f"No scale factor can be computed: no comparable scale has {runs} successful runs."
        yield Hit(one.pointer(), detail, stated=stated(one.target.quantity))


def _beyond(case: Case, one: Shown) -> Iterator[Hit]:
    limit = case.threshold("SC-03", "factor")
    over = sorted(
        (found for found in one.demonstrations if found.factor > limit), key=lambda found: -found.factor
    )
    over = over and unbridged(case, one, over)
    if not over:
        return
    worst = over[0]
    steps = listing(found.operation for found in over if found.operation is not None)
    shown = worst.match.conversion
    detail = (
        f"The target is {figure(worst.factor)} times the largest demonstrated scale"
        f"{f' of unit operation {steps}' if steps else ''} ({amount(worst.match.demonstrated)} in item "
        f"{worst.item.key}); the limit is {figure(limit)} times without a bridge."
        f"{f' Conversion: {shown}.' if shown else ''}"
    )
    yield Hit(one.pointer("quantity"), detail, worst.item.key, worst.match.intended, worst.factor)


@rule("SC-14")
def way_is_planned(case: Case) -> Iterator[Hit]:
    """Where the target exceeds what was shown, each stage left has a dated milestone with a criterion."""
    milestones = case.scalability.plan.milestones if case.scalability.plan is not None else ()
    for one in case.shown:
        worst = one.largest
        if worst is None or worst.factor <= 1:
            continue
        reached = worst.item.level
        left = range(min(reached + 1, _COMMERCIAL), _COMMERCIAL + 1)
        planned = {
            LEVEL[step.stage]
            for step in milestones
            if step.stage is not None
            and step.due_on is not None
            and said(step.criterion)
            and (step.product_class is None or step.product_class == one.target.product_class)
        }
        lacking = [_LEVEL_NAMES[stage] for stage in left if stage not in planned]
        if lacking:
            detail = (
                f"The target{of_class(one.target.product_class)} is {figure(worst.factor)} times the "
                f"demonstrated scale; no dated milestone with a criterion leads to stage {listing(lacking)}."
            )
            yield Hit(MILESTONES, detail, worst.item.key, computed=worst.factor)
