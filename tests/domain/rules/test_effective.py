"""The phase and scope a request is judged at: declaring less softens nothing."""

import pytest

from tests.domain.rules.given_content import GONE, adequate, changed, judged

STAGE = "scalability/evidence/0/scale/stage"
KIND = "scalability/evidence/0/kind"

PHASES = [
    ({}, "early"),
    ({"development": GONE}, "early"),
    ({"development/phase": "pre_commercial"}, "pre_commercial"),
    ({"development/mrl": 5}, "early"),
    ({"development/mrl": 6}, "pilot"),
    ({"development/mrl": 7}, "pilot"),
    ({"development/mrl": 8}, "pre_commercial"),
    ({"development/mrl": 9}, "commercial"),
    ({"development/mrl": 10}, "commercial"),
    ({"development/trl": 5}, "early"),
    ({"development/trl": 6}, "pilot"),
    ({"development/trl": 7}, "pilot"),
    ({"development/trl": 8}, "pre_commercial"),
    ({"development/trl": 9}, "commercial"),
    ({STAGE: "pilot"}, "pilot"),
    ({STAGE: "engineering"}, "pilot"),
    ({STAGE: "clinical"}, "pilot"),
    ({STAGE: "commercial"}, "commercial"),
    ({KIND: "ppq_batch"}, "commercial"),
    ({KIND: "commercial_batch"}, "commercial"),
    ({KIND: "gmp_batch"}, "early"),
    ({"development/mrl": 8, "development/phase": "early", STAGE: "pilot"}, "pre_commercial"),
]


@pytest.mark.parametrize(("changes", "phase"), PHASES)
def test_the_phase_is_the_latest_that_any_fact_implies(changes, phase):
    assert judged(changed(adequate(), changes)).effective.phase == phase


def classes(*modalities):
    return [
        {"key": f"class-{index}", **({"modality": modality} if modality else {})}
        for index, modality in enumerate(modalities)
    ]


NONE = {"context_of_use/products": []}
SCOPES = [
    ({}, "product_specific"),
    ({"context_of_use": GONE}, "product_specific"),
    ({"context_of_use/scope": "platform"}, "platform"),
    ({"context_of_use/product_classes": classes("gel")}, "product_specific"),
    ({"context_of_use/product_classes": classes("gel"), **NONE}, "product_class"),
    ({"context_of_use/product_classes": classes("gel", "Gel ")}, "product_class"),
    ({"context_of_use/product_classes": classes("gel", "antibody")}, "platform"),
    ({"context_of_use/product_classes": classes("gel", None)}, "platform"),
    ({"context_of_use/products": [{"name": "Northgel"}, {"name": "Eastgel"}]}, "product_class"),
    ({"context_of_use/product_kinds": ["drug_substance", "drug_product"]}, "product_specific"),
    ({"context_of_use/product_kinds": ["drug_substance", "drug_product"], **NONE}, "product_class"),
    ({"context_of_use/product_kinds": ["biological_product", "drug_product"], **NONE}, "platform"),
]


@pytest.mark.parametrize(("changes", "scope"), SCOPES)
def test_the_scope_is_the_widest_that_any_fact_implies(changes, scope):
    assert judged(changed(adequate(), changes)).effective.scope == scope


def test_what_is_declared_and_what_raised_it_are_both_shown():
    shown = judged(changed(adequate(), {"development/mrl": 8})).effective.to_tree()
    assert (shown["phase"], shown["declared"]["phase"], shown["because"]["phase"]) == (
        "pre_commercial",
        "early",
        "mrl",
    )
