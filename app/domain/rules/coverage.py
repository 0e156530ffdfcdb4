"""SC-04, SC-07, SC-12: what the evidence covers: steps of the method, sides of quality, inputs."""

from collections.abc import Iterable, Iterator

from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, Group, Item, said
from app.domain.rules.registry import rule
from app.domain.rules.wording import listing, of_class
from app.domain.vocabulary import DIMENSIONS

OPERATIONS = "/content/method/unit_operations"
NOT_APPLICABLE = "/content/scalability/dimensions_not_applicable"


@rule("SC-04")
def operations_have_evidence(case: Case) -> Iterator[Hit]:
    """Every unit operation is covered by an item; at an early phase the critical ones are."""
    if not case.operation_keys:
        yield Hit(
            OPERATIONS, "The method lists no unit operations, so that none can be shown to have evidence."
        )
        return
    wanted = case.critical_keys if case.effective.phase == "early" else case.operation_keys
    bare = {key for key in wanted if key not in case.by_operation}
    for index, step in enumerate(case.method.unit_operations):
        if step.key in bare:
            bare.discard(step.key)  # a key that stands twice is one operation
            yield Hit(f"{OPERATIONS}/{index}", f"No evidence item covers unit operation {step.key}.")


def assessed(case: Case) -> Iterable[Group]:
    """The groups that have evidence; one empty group where there is none at all.

    A class without evidence is left to the coverage rules of scope, which say so once.
    """
    filled = [group for group in case.groups if group.items]
    return filled or (Group(None, ()),)


@rule("SC-07")
def quality_is_shown_in_every_dimension(case: Case) -> Iterator[Hit]:
    """Each applicable dimension has an attribute, class by class; platform attributes count for all."""
    for index, exempt in enumerate(case.scalability.dimensions_not_applicable):
        if not said(exempt.reason):
            detail = "A dimension is listed as not applicable without a reason, so it still applies."
            yield Hit(f"{NOT_APPLICABLE}/{index}/reason", detail)
    shared = {
        attribute.dimension
        for item in case.items
        for attribute in item.of.attributes
        if attribute.level == "platform"
    }
    for group in assessed(case):
        seen = {attribute.dimension for item in group.items for attribute in item.of.attributes}
        settled = seen | shared | _exempt(case, group)
        lacking = [dimension for dimension in DIMENSIONS if dimension not in settled]
        if lacking:
            yield Hit(EVIDENCE, f"No attribute{of_class(group.product_class)} speaks to {listing(lacking)}.")


def _exempt(case: Case, group: Group) -> set[str | None]:
    return {
        exempt.dimension
        for exempt in case.scalability.dimensions_not_applicable
        if said(exempt.reason) and exempt.product_class in {None, group.product_class, _only_class(case)}
    }


def _only_class(case: Case) -> str | None:
    return case.class_keys[0] if len(case.class_keys) == 1 else None


@rule("SC-12")
def inputs_vary(case: Case) -> Iterator[Hit]:
    """Some item pools enough lots, or donors where the material comes from donors.

    The counts of several items are not added up: nothing says that their lots or donors differ.
    """
    for group in assessed(case):
        derived = [
            item for item in group.items if item.of.inputs is not None and item.of.inputs.donor_derived
        ]
        member = "donors" if derived else "lots"
        needed = int(case.threshold("SC-12", member))
        varied, item = _most_varied(derived or group.items, donors_only=bool(derived))
        if varied >= needed:
            continue
        what = "donors" if derived else "lots or donors"
        detail = (
            f"The most varied item{of_class(group.product_class)} has {varied} input {what}; "
            f"{needed} are asked for."
        )
        at = EVIDENCE if item is None else item.pointer("inputs")
        yield Hit(at, detail, None if item is None else item.key, varied, needed)


def _most_varied(items: Iterable[Item], *, donors_only: bool) -> tuple[int, Item | None]:
    best: tuple[int, Item | None] = (0, None)
    for item in items:
        inputs = item.of.inputs
        if inputs is None:
            continue
        varied = inputs.donors or 0
        if not donors_only:
            varied = max(varied, inputs.lots or 0)
        if best[1] is None or varied > best[0]:
            best = (varied, item)
    return best
