"""Rules of scope, SP-01 to SP-07: whether the evidence is as wide as the context of use."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.domain.attributes import Attribute, CensoredAttribute, MeasuredAttribute
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, Item, said
from app.domain.rules.products import distinct_products, is_one_of
from app.domain.rules.registry import rule
from app.domain.rules.wording import listing

_CLASSES: Final = "/content/context_of_use/product_classes"
_PRODUCTS: Final = "/content/context_of_use/products"
_OPERATIONS: Final = "/content/method/unit_operations"


@rule("SP-01")
def products_span_the_context(case: Case) -> Iterator[Hit]:
    """That product; or enough per class, the worst cases justified; or every class and enough in all."""
    scope = case.effective.scope
    if scope == "product_specific":
        yield from _that_product(case)
        return
    tried = distinct_products(case.items)
    needed = int(case.threshold("SP-01", "products"))
    if scope == "platform":
        for place, key in _declared(case):
            if not distinct_products(case.by_class.get(key, ())):
                yield Hit(
                    f"{_CLASSES}/{place}", f"No product of class {key} was tried.", stated=0, computed=1
                )
        if len(tried) < needed:
            yield Hit(
                EVIDENCE,
                f"Products tried: {len(tried)}; asked for: {needed}.",
                stated=len(tried),
                computed=needed,
            )
        return
    for group in case.groups:
        products = distinct_products(group.items)
        where = f" of class {group.product_class}" if group.product_class else ""
        if len(products) < needed:
            detail = f"Products tried{where}: {len(products)}; asked for: {needed}."
            yield Hit(EVIDENCE, detail, stated=len(products), computed=needed)
        elif not any(said(item.of.bracket_rationale) for item in group.items):
            yield Hit(EVIDENCE, f"Nothing says why the products tried{where} are its worst cases.")


def _that_product(case: Case) -> Iterator[Hit]:
    wanted = case.purpose.products
    made = [item.of.product for item in case.items if item.of.product and not item.of.product.is_model_drug]
    if any(is_one_of(product, wanted) if wanted else said(product.name) for product in made):
        return
    named = f" ({wanted[0].name})" if wanted and wanted[0].name else ""
    yield Hit(EVIDENCE, f"No evidence comes from the product{named} the request is for.")


@rule("SP-02")
def matrix_of_classes_and_operations_is_filled(case: Case) -> Iterator[Hit]:
    """Each product class has evidence for each unit operation (early: each critical one), or a plan."""
    if not case.class_keys:
        yield Hit(_CLASSES, "No product classes are declared, so coverage cannot be shown class by class.")
        return
    operations = case.operation_keys if case.reaches("pilot") else case.critical_keys
    for place, key in _declared(case):
        if _is_planned(case, key):
            continue
        items = case.by_class.get(key, ())
        if not items:
            detail = f"Class {key} has neither evidence nor a dated plan."
            yield Hit(f"{_CLASSES}/{place}", detail, stated=0, computed=len(operations))
            continue
        covered = {
            name for item in (*items, *case.by_class.get(None, ())) for name in item.of.unit_operations
        }
        missing = [name for name in operations if name not in covered]
        if missing:
            yield Hit(
                f"{_CLASSES}/{place}",
                f"Class {key} has no evidence for {listing(missing)}.",
                stated=len(operations) - len(missing),
                computed=len(operations),
            )


def _is_planned(case: Case, key: str) -> bool:
    plan = case.scalability.plan
    return plan is not None and any(
        step.product_class == key and step.due_on is not None and said(step.criterion)
        for step in plan.milestones
    )


@rule("SP-03")
def parameters_are_told_apart(case: Case) -> Iterator[Hit]:
    """Fixed and adjustable parameters are stated; on a platform the adjustable ones with limits."""
    steps = list(enumerate(case.method.unit_operations))
    if not any(step.fixed_parameters or step.adjustable_parameters for _, step in steps):
        yield Hit(_OPERATIONS, "No parameter is stated as fixed or adjustable.")
        return
    for place, step in steps:
        if step.critical and not (step.fixed_parameters or step.adjustable_parameters):
            detail = f"Critical unit operation {step.key} states no parameters."
            yield Hit(f"{_OPERATIONS}/{place}", detail, hint=True)
        for at, parameter in enumerate(step.adjustable_parameters):
            if case.effective.scope == "platform" and (parameter.low is None or parameter.high is None):
                detail = f"An adjustable parameter of {step.key} has no limits."
                yield Hit(f"{_OPERATIONS}/{place}/adjustable_parameters/{at}", detail)


@rule("SP-04")
def attributes_travel_as_far_as_the_claim(case: Case) -> Iterator[Hit]:
    """Attributes with limits of the product; of class and products; of the platform and each class."""
    scope = case.effective.scope
    if scope == "product_specific":
        if not any(_is_specified(attribute) for item in case.items for attribute in item.of.attributes):
            yield Hit(EVIDENCE, "No quality attribute of the product is given with its specification.")
        return
    levels = _levels(case.items)
    if scope == "product_class":
        for level, words in (("class", "of the class"), ("product", "specific to a product")):
            if level not in levels:
                yield Hit(EVIDENCE, f"No quality attribute {words} is given.")
        return
    if "platform" not in levels:
        yield Hit(EVIDENCE, "No quality attribute of the platform itself is given.")
    for place, key in _declared(case):
        if not _levels(case.by_class.get(key, ())) & {"class", "product"}:
            yield Hit(f"{_CLASSES}/{place}", f"No quality attribute of class {key} is given.")


def _levels(items: Iterable[Item]) -> set[str]:
    return {attribute.level for item in items for attribute in item.of.attributes if attribute.level}


def _is_specified(attribute: Attribute) -> bool:
    if attribute.level in {"platform", "class"}:
        return False
    if isinstance(attribute, MeasuredAttribute):
        return attribute.lsl is not None or attribute.usl is not None
    return attribute.limit is not None if isinstance(attribute, CensoredAttribute) else True


@rule("SP-05")
def quality_is_compared_as_widely_as_claimed(case: Case) -> Iterator[Hit]:
    """Every product tried, or every class without pooling, has a comparison with a conventional process."""
    compared = [
        item for item in case.items if item.of.comparison and said(item.of.comparison.conventional_process)
    ]
    if not compared:
        yield Hit(EVIDENCE, "No evidence compares the method with a conventional process.")
        return
    if case.effective.scope == "product_class":
        missing = sorted(distinct_products(case.items) - distinct_products(compared))
        if missing:
            yield Hit(EVIDENCE, f"No comparison with a conventional process for {listing(missing)}.")
        return
    for place, key in _declared(case):
        if all(case.class_of(item) != key for item in compared):
            detail = f"Class {key} has no comparison with a conventional process of its own."
            yield Hit(f"{_CLASSES}/{place}", detail)


@rule("SP-06")
def dispersion_is_reported_by_source(case: Case) -> Iterator[Hit]:
    """Between lots or donors; wider, between products too; on a platform, between sites or operators too."""
    scope = case.effective.scope
    levels = int(case.threshold("SP-06", "levels"))
    sources = _varied(case.items, levels)
    if scope != "platform":
        if any(_lots(item) >= levels for item in case.items):
            sources.add("lot")
        if len(distinct_products(item for item in case.items if item.of.attributes)) >= levels:
            sources.add("product")
    wanted: dict[str, set[str]] = {"lots or donors": {"lot", "donor"}}
    if scope != "product_specific":
        wanted["products"] = {"product"}
    if scope == "platform":
        wanted["sites or operators"] = {"site", "operator"}
    missing = [words for words, any_of in wanted.items() if not sources & any_of]
    if missing:
        yield Hit(
            EVIDENCE, f"The evidence does not show the dispersion between {', nor between '.join(missing)}."
        )


def _varied(items: Iterable[Item], levels: int) -> set[str]:
    return {
        component.source
        for item in items
        for attribute in item.of.attributes
        if isinstance(attribute, MeasuredAttribute)
        for component in attribute.variance_components
        if component.source and component.sd is not None and (component.levels or 0) >= levels
    }


def _lots(item: Item) -> int:
    inputs = item.of.inputs
    return max(inputs.lots or 0, inputs.donors or 0) if inputs else 0


@rule("SP-07")
def context_is_worded_as_wide_as_the_evidence(case: Case) -> Iterator[Hit]:
    """One product is named; a class is not worded for one product; a platform rests on several classes."""
    scope = case.effective.scope
    named = [product for product in case.purpose.products if said(product.name)]
    if scope == "product_specific":
        if not named:
            yield Hit(_PRODUCTS, "The context of use is for one product but names none.")
        return
    tried = len(distinct_products(case.items))
    if scope == "product_class":
        if len(named) == 1 or (not named and tried == 1):
            yield Hit(
                _PRODUCTS, "The context of use claims a class but speaks of one product only.", stated=1
            )
        return
    with_data = {key for key in case.by_class if key is not None}
    if len(with_data) == 1 or tried == 1:
        what = "one product" if tried == 1 else "one product class"
        yield Hit(
            "/content/context_of_use/scope", f"The context of use is a platform, the evidence that of {what}."
        )


def _declared(case: Case) -> Iterator[tuple[int, str]]:
    """The declared product classes with their places, each key once."""
    places: Mapping[str, int] = {
        known.key: place for place, known in reversed(list(enumerate(case.purpose.product_classes)))
    }
    for key in case.class_keys:
        yield places[key], key
