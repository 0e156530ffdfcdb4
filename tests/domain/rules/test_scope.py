"""Rules of scope fire where the evidence is narrower than the context of use, as gravely as the pack says."""

import pytest

from tests.domain.rules.sound import GONE, attribute, changed, content, found, item, seen

SCOPES = ("product_specific", "product_class", "platform")
RULES = [f"SP-0{n}" for n in range(1, 8)]
EVIDENCE = "scalability/evidence"
FIRST = f"{EVIDENCE}/0"
CLASSES = "context_of_use/product_classes"


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("rule", RULES)
def test_a_sound_request_passes(rule, scope):
    assert not found(rule, content(scope))


def levels(*names):
    return [attribute(name, "lot", "product", "site") for name in names]


def planned(key):
    return {"product_class": key, "due_on": "2027-01-01", "criterion": "Three runs"}


ROWS = [
    # SP-01: the products tried span the context
    ("SP-01", "product_specific", {f"{FIRST}/product": GONE}, {(EVIDENCE, "weakens")}),
    ("SP-01", "product_specific", {f"{FIRST}/product/name": "Othergel"}, {(EVIDENCE, "weakens")}),
    ("SP-01", "product_specific", {f"{FIRST}/product/is_model_drug": True}, {(EVIDENCE, "weakens")}),
    ("SP-01", "product_specific", {f"{FIRST}/product/name": "NORTHGEL  "}, set()),
    ("SP-01", "product_class", {f"{EVIDENCE}/1/product/name": "Northgel"}, {(EVIDENCE, "blocks")}),
    (
        "SP-01",
        "product_class",
        {f"{EVIDENCE}/0/bracket_rationale": GONE, f"{EVIDENCE}/1/bracket_rationale": GONE},
        {(EVIDENCE, "blocks")},
    ),
    ("SP-01", "product_class", {f"{EVIDENCE}/1/bracket_rationale": GONE}, set()),
    ("SP-01", "platform", {f"{EVIDENCE}/2": GONE}, {(EVIDENCE, "blocks"), (f"{CLASSES}/2", "blocks")}),
    ("SP-01", "platform", {f"{EVIDENCE}/2/product/name": "Northgel"}, {(EVIDENCE, "blocks")}),
    ("SP-01", "platform", {f"{EVIDENCE}/2/product_class": "gels"}, {(f"{CLASSES}/2", "blocks")}),
    # SP-02: the matrix of classes and operations
    ("SP-02", "product_specific", {f"{FIRST}/unit_operations": []}, set()),
    ("SP-02", "product_class", {CLASSES: []}, {(CLASSES, "weakens")}),
    (
        "SP-02",
        "product_class",
        {f"{EVIDENCE}/0/unit_operations": ["fill"], f"{EVIDENCE}/1/unit_operations": []},
        {(f"{CLASSES}/0", "weakens")},
    ),
    ("SP-02", "platform", {f"{EVIDENCE}/1": GONE}, {(f"{CLASSES}/1", "blocks")}),
    (
        "SP-02",
        "platform",
        {f"{EVIDENCE}/1": GONE, "scalability/plan/milestones": [planned("sera")]},
        set(),
    ),
    (
        "SP-02",
        "platform",
        {f"{EVIDENCE}/1": GONE, "scalability/plan/milestones": [planned("gels")]},
        {(f"{CLASSES}/1", "blocks")},
    ),
    ("SP-02", "platform", {f"{FIRST}/unit_operations": ["mix"]}, set()),  # early: the critical one is enough
    (
        "SP-02",
        "platform",
        {f"{FIRST}/unit_operations": ["mix"], "development/phase": "pilot"},
        {(f"{CLASSES}/0", "blocks")},
    ),
    # SP-03: fixed and adjustable parameters
    ("SP-03", "product_specific", {"method/unit_operations": []}, set()),
    (
        "SP-03",
        "product_class",
        {"method/unit_operations/0": {"key": "mix"}},
        {("method/unit_operations", "blocks")},
    ),
    (
        "SP-03",
        "product_class",
        {"method/unit_operations/1/critical": True},
        {("method/unit_operations/1", "hint")},
    ),
    ("SP-03", "product_class", {"method/unit_operations/0/adjustable_parameters/0/high": None}, set()),
    (
        "SP-03",
        "platform",
        {"method/unit_operations/0/adjustable_parameters/0/high": None},
        {("method/unit_operations/0/adjustable_parameters/0", "blocks")},
    ),
    # SP-04: attributes that travel
    ("SP-04", "product_specific", {f"{FIRST}/attributes": []}, {(EVIDENCE, "weakens")}),
    ("SP-04", "product_specific", {f"{FIRST}/attributes": levels("class")}, {(EVIDENCE, "weakens")}),
    (
        "SP-04",
        "product_specific",
        {f"{FIRST}/attributes": [{"kind": "measured", "name": "Assay", "mean": 99}]},
        {(EVIDENCE, "weakens")},
    ),
    (
        "SP-04",
        "product_specific",
        {f"{FIRST}/attributes": [{"kind": "qualitative", "name": "Identity"}]},
        set(),
    ),
    ("SP-04", "product_specific", {f"{FIRST}/attributes": [{"kind": "censored", "limit": 1}]}, set()),
    ("SP-04", "product_specific", {f"{FIRST}/attributes": [{"kind": "censored"}]}, {(EVIDENCE, "weakens")}),
    (
        "SP-04",
        "product_class",
        {f"{EVIDENCE}/{n}/attributes": levels("class") for n in (0, 1)},
        {(EVIDENCE, "weakens")},
    ),
    (
        "SP-04",
        "platform",
        {f"{EVIDENCE}/{n}/attributes": levels("class") for n in (0, 1, 2)},
        {(EVIDENCE, "weakens")},
    ),
    ("SP-04", "platform", {f"{EVIDENCE}/1/attributes": levels("platform")}, {(f"{CLASSES}/1", "weakens")}),
    # SP-05: comparisons
    ("SP-05", "product_specific", {f"{FIRST}/comparison": GONE}, set()),
    ("SP-05", "product_class", {f"{FIRST}/comparison": GONE}, {(EVIDENCE, "weakens")}),
    (
        "SP-05",
        "product_class",
        {f"{EVIDENCE}/{n}/comparison/conventional_process": " " for n in (0, 1)},
        {(EVIDENCE, "weakens")},
    ),
    ("SP-05", "platform", {f"{EVIDENCE}/1/comparison": GONE}, {(f"{CLASSES}/1", "blocks")}),
    (
        "SP-05",
        "platform",  # a pooled comparison, of no class, stands for none of them
        {f"{EVIDENCE}/1/comparison": GONE, f"{EVIDENCE}/3": item("pool", "Northgel")},
        {(f"{CLASSES}/1", "blocks")},
    ),
    # SP-06: dispersion
    (
        "SP-06",
        "product_specific",
        {f"{FIRST}/attributes": [attribute("product")], f"{FIRST}/inputs/lots": 1},
        {(EVIDENCE, "weakens")},
    ),
    ("SP-06", "product_specific", {f"{FIRST}/attributes": [attribute("product")]}, set()),
    (
        "SP-06",
        "product_class",
        {f"{EVIDENCE}/1": GONE, f"{FIRST}/attributes": [attribute("class", "lot")]},
        {(EVIDENCE, "weakens")},
    ),
    (
        "SP-06",
        "platform",
        {f"{EVIDENCE}/{n}/attributes": [attribute("platform", "lot", "product")] for n in (0, 1, 2)},
        {(EVIDENCE, "weakens")},
    ),
    (
        "SP-06",
        "platform",
        {
            f"{EVIDENCE}/{n}/attributes": [attribute("platform", "donor", "product", "operator")]
            for n in (0, 1, 2)
        },
        set(),
    ),
    # SP-07: the wording of the context of use
    ("SP-07", "product_specific", {"context_of_use/products": []}, {("context_of_use/products", "blocks")}),
    (
        "SP-07",
        "product_class",
        {"context_of_use/products": [{"name": "Northgel"}]},
        {("context_of_use/products", "weakens")},
    ),
    (
        "SP-07",
        "product_class",
        {"context_of_use/products": [], f"{EVIDENCE}/1": GONE},
        {("context_of_use/products", "weakens")},
    ),
    ("SP-07", "product_class", {"context_of_use/products": []}, set()),
    (
        "SP-07",
        "platform",
        {f"{EVIDENCE}/{n}/product_class": "gels" for n in (1, 2)},
        {("context_of_use/scope", "blocks")},
    ),
    (
        "SP-07",
        "platform",
        {f"{EVIDENCE}/{n}/product/name": "Northgel" for n in (1, 2)},
        {("context_of_use/scope", "blocks")},
    ),
    ("SP-07", "platform", {f"{EVIDENCE}/2": GONE}, set()),
]


@pytest.mark.parametrize(("rule", "scope", "changes", "expected"), ROWS)
def test_a_rule_of_scope_says_what_its_row_says(rule, scope, changes, expected):
    assert seen(rule, changed(content(scope), changes)) == expected


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_scope_has_a_row_that_fails_and_one_that_passes(rule):
    outcomes = {bool(expected) for number, _, _, expected in ROWS if number == rule}
    assert outcomes == {True, False}


def test_products_are_told_apart_by_name_and_a_bare_unii_of_a_named_one_adds_none():
    tree = changed(
        content("product_class"),
        {
            f"{EVIDENCE}/0/product": {"name": "Northgel", "unii": "R16CO5Y76E"},
            f"{EVIDENCE}/1/product": {"unii": "R16CO5Y76E"},
        },
    )
    assert [(finding.stated, finding.computed) for finding in found("SP-01", tree)] == [(1, 2)]
    other = changed(tree, {f"{EVIDENCE}/1/product": {"unii": "3G6A5W338E"}})
    assert not found("SP-01", other)


def test_a_product_is_recognized_by_its_unii_under_another_name():
    tree = changed(
        content("product_specific"),
        {
            "context_of_use/products/0/unii": "R16CO5Y76E",
            f"{FIRST}/product": {"name": "Lot series 7", "unii": "R16CO5Y76E"},
        },
    )
    assert not found("SP-01", tree)


def test_declaring_one_product_does_not_shield_classes_of_several_modalities():
    tree = changed(content("platform"), {"context_of_use/scope": "product_specific", f"{EVIDENCE}/1": GONE})
    assert seen("SP-02", tree) == {(f"{CLASSES}/1", "blocks")}
