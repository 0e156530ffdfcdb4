"""SC-11, and what counts as a bridge: models and how far they were checked."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.evidence import ProcessModel
from app.domain.quantities import Quantity, commensurable, convert, known
from app.domain.rules.case import Case
from app.domain.rules.comparable import positive, stated
from app.domain.rules.demonstrated import Demonstration, Shown
from app.domain.rules.finding import Hit, Span
from app.domain.rules.places import Item, said
from app.domain.rules.registry import rule
from app.domain.rules.wording import amount


@rule("SC-11")
def model_is_used_inside_its_range(case: Case) -> Iterator[Hit]:
    """The target lies in the validated range, or the extrapolation is flagged; there are external checks."""
    for item in case.items:
        model = item.of.model
        if model is None:
            if item.of.kind == "process_model":
                yield Hit(
                    item.pointer("model"), "The item is a process model and doesn't describe it.", item.key
                )
            continue
        yield from _range(case, item, model)
        needed = case.threshold("SC-11", "external_checks")
        if model.external_n is None or model.external_n < needed:
            done = model.external_n or 0
            detail = f"The model was checked on {done} outside sets of data; {needed} are asked for."
            yield Hit(item.pointer("model/external_n"), detail, item.key, model.external_n, needed)


def _range(case: Case, item: Item, model: ProcessModel) -> Iterator[Hit]:
    low, high = stated(model.validated_low), stated(model.validated_high)
    if low is None or high is None:
        yield Hit(
            item.pointer("model"), "The range of scales the model was checked in is not stated.", item.key
        )
        return
    if (
        model.extrapolation is not None
        and said(model.extrapolation.reason)
        and said(model.extrapolation.plan)
    ):
        return
    targets = [one for one in case.shown if case.serves(item, one.target) and one.target.basis == model.basis]
    if case.shown and not targets:
        detail = (
            f"No target is on the model's basis ({model.basis}), so none lies within its validated range."
        )
        yield Hit(item.pointer("model/basis"), detail, item.key)
    for one in targets:
        intended = positive(one.target.quantity)
        if intended is not None:
            yield from _outside(item, intended, low, high)


def _outside(item: Item, intended: Quantity, low: Quantity, high: Quantity) -> Iterator[Hit]:
    try:
        span = Span(convert(low, intended.unit).value, convert(high, intended.unit).value)
    except ValueError:  # unknown or incommensurable units
        detail = "The model's validated range and the target are in units that don't convert."
        yield Hit(item.pointer("model/validated_high"), detail, item.key, stated=high)
        return
    if not _inside(intended.value, span):
        detail = (
            f"The target of {amount(intended)} lies outside the model's validated range "
            f"({amount(low)} to {amount(high)}), and no extrapolation with a reason and a plan is stated."
        )
        yield Hit(item.pointer("model"), detail, item.key, span, intended)


def _inside(value: Decimal, span: Span) -> bool:
    return (span.low is None or span.low <= value) and (span.high is None or value <= span.high)


def unbridged(case: Case, one: Shown, over: Sequence[Demonstration]) -> list[Demonstration]:
    """The demonstrations whose step to the target no item bridges for their operation.

    A bridge is a model that met experiment at two or more scales on the target's basis, or a scale-down model
    found equivalent to a named process.
    """
    bridges = [item for item in one.serving if _bridges(case, item, one)]
    return [
        found
        for found in over
        if not any(found.operation is None or found.operation in item.operations for item in bridges)
    ]


def _bridges(case: Case, item: Item, one: Shown) -> bool:
    if item.of.kind == "scale_down_model":
        judged = case.equivalences.get(item.index)
        if judged is not None and judged.equivalent:
            return True
    model, quantity = item.of.model, positive(one.target.quantity)
    if model is None or quantity is None or model.basis != one.target.basis:
        return False
    number, unit = case.checked_scales[item.index]
    enough = number >= case.threshold("SC-03", "bridge_scales")
    return enough and unit is not None and known(quantity.unit) and commensurable(unit, quantity.unit)
