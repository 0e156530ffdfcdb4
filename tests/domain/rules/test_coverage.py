"""What the evidence covers: steps of the method, sides of quality, inputs."""

import pytest

from tests.domain.rules.given_content import DIMENSIONS, GONE, adequate, attribute, changed, finding, seen

E = "/content/scalability/evidence"
OPERATIONS = "/content/method/unit_operations"
EXEMPT = "/content/scalability/dimensions_not_applicable"
FIRST = "scalability/evidence/0"


def only(*dimensions):
    return {f"{FIRST}/attributes": [{**attribute(one), "level": "product"} for one in dimensions]}


def exempt(dimension, reason="Not measurable in a gas", **more):
    return {"scalability/dimensions_not_applicable": [{"dimension": dimension, "reason": reason, **more}]}


LACKING_SAFETY = only("identity", "strength", "purity", "performance")

ROWS = [
    ("SC-04", "early", "product_specific", {f"{FIRST}/unit_operations": ["blend", "fill"]}, set()),
    (
        "SC-04",
        "early",
        "product_specific",
        {f"{FIRST}/unit_operations": ["blend"]},
        {(f"{OPERATIONS}/1", "weakens")},
    ),
    (
        "SC-04",
        "pilot",
        "product_specific",
        {f"{FIRST}/unit_operations": ["blend", "fill"]},
        {(f"{OPERATIONS}/2", "blocks")},
    ),
    ("SC-04", "pilot", "product_specific", {"method/unit_operations": []}, {(OPERATIONS, "blocks")}),
    (
        "SC-04",
        "early",
        "product_specific",
        {"scalability/evidence": []},
        {(f"{OPERATIONS}/0", "weakens"), (f"{OPERATIONS}/1", "weakens")},
    ),
    ("SC-07", "early", "product_specific", LACKING_SAFETY, {(E, "weakens")}),
    ("SC-07", "pilot", "product_specific", LACKING_SAFETY, {(E, "blocks")}),
    ("SC-07", "pilot", "product_specific", {**LACKING_SAFETY, **exempt("safety")}, set()),
    ("SC-07", "pilot", "product_specific", {**LACKING_SAFETY, **exempt("purity")}, {(E, "blocks")}),
    (
        "SC-07",
        "pilot",
        "product_specific",
        {**LACKING_SAFETY, **exempt("safety", " ")},
        {(E, "blocks"), (f"{EXEMPT}/0/reason", "blocks")},
    ),
    ("SC-07", "pilot", "product_class", {**exempt("safety", product_class="gels")}, set()),
    ("SC-07", "pilot", "platform", {**only("safety")}, {(E, "blocks")}),
    (
        "SC-07",
        "pilot",
        "platform",
        {f"{FIRST}/attributes": [attribute("identity"), attribute("strength")]},
        set(),
    ),
    ("SC-07", "pilot", "product_specific", {"scalability/evidence": []}, {(E, "blocks")}),
    ("SC-12", "early", "product_specific", {f"{FIRST}/inputs": GONE}, {(E, "weakens")}),
    ("SC-12", "early", "product_specific", {f"{FIRST}/inputs": {"lots": 2}}, {(f"{E}/0/inputs", "weakens")}),
    ("SC-12", "early", "product_specific", {f"{FIRST}/inputs": {"donors": 3}}, set()),
    (
        "SC-12",
        "early",
        "product_specific",
        {f"{FIRST}/inputs": {"lots": 20, "donors": 1, "donor_derived": True}},
        {(f"{E}/0/inputs", "weakens")},
    ),
    (
        "SC-12",
        "pre_commercial",
        "product_specific",
        {f"{FIRST}/inputs": {"donors": 5, "donor_derived": True}},
        {(f"{E}/0/inputs", "blocks")},
    ),
    (
        "SC-12",
        "pre_commercial",
        "product_specific",
        {f"{FIRST}/inputs": {"donors": 6, "donor_derived": True}},
        set(),
    ),
    ("SC-12", "pre_commercial", "product_specific", {f"{FIRST}/inputs": {"lots": 3}}, set()),
    ("SC-12", "early", "platform", {"scalability/evidence/1/inputs/lots": 1}, {(f"{E}/1/inputs", "weakens")}),
]


@pytest.mark.parametrize(("rule", "phase", "scope", "changes", "expected"), ROWS)
def test_a_coverage_rule_finds_what_the_row_says(rule, phase, scope, changes, expected):
    assert seen(rule, changed(adequate(phase, scope), changes)) == expected


def test_one_donor_at_four_scales_is_one_donor():
    tree = adequate()
    one = {**tree["scalability"]["evidence"][0], "inputs": {"donors": 1, "donor_derived": True}}
    many = {f"scalability/evidence/{index}": {**one, "key": f"ev-{index}"} for index in range(4)}
    found = finding("SC-12", changed(tree, many))
    assert (found.stated, found.computed) == (1, 3)


@pytest.mark.parametrize(
    "kind", [{"kind": "qualitative", "n": 3, "conforming": 3}, {"kind": "censored", "n": 3}]
)
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_dimension_is_shown_by_any_kind_of_attribute(kind, dimension):
    place = DIMENSIONS.index(dimension)
    told = {"name": "Sterility", "dimension": dimension, "level": "platform", **kind}
    assert not seen("SC-07", changed(adequate("pilot"), {f"{FIRST}/attributes/{place}": told}))
