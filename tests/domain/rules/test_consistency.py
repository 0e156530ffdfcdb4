"""Rules of identifiers, dates, names, figures and declarations: rows that fail and rows that pass."""

import json
from decimal import Decimal

import pytest

from app.domain import door
from app.domain.exact_json import decode
from app.domain.examples import CONTENT
from app.domain.rules import walk
from app.domain.rules.pack import load
from tests.domain.rules.sound import GONE, TODAY, changed, content, found, seen

RULES = [f"RC-{n}" for n in (*range(10, 27),)]
EVIDENCE = "scalability/evidence"
FIRST = f"{EVIDENCE}/0"
STEP = "method/unit_operations/0"
ATTRIBUTE = f"{FIRST}/attributes/0"
SUPPLY = "criteria/improvements/1"
RELATED = "related_submissions/0"
REQUESTS = "previous_requests"
SOUND = content("product_specific")


@pytest.mark.parametrize("scope", ["product_specific", "product_class", "platform"])
@pytest.mark.parametrize("rule", RULES)
def test_a_sound_request_passes(rule, scope):
    assert not found(rule, content(scope))


def quantity(value, unit):
    return {"value": value, "unit": unit}


def related(kind, number):
    return {RELATED: {"kind": kind, "number": number}}


FAILING = [
    ("RC-10", {"sites/0/fei": "12345678"}, {"sites/0/fei"}, "blocks"),
    (
        "RC-10",
        {"sites/0/fei": "300123456X", "sites/0/duns": "12-3456789"},
        {"sites/0/fei", "sites/0/duns"},
        "blocks",
    ),
    ("RC-11", {"context_of_use/products/0/unii": "R16CO5Y76F"}, {"context_of_use/products/0/unii"}, "blocks"),
    ("RC-11", {f"{SUPPLY}/unii": "R16CO5Y7"}, {f"{SUPPLY}/unii"}, "blocks"),
    ("RC-11", {f"{FIRST}/product/unii": "r16co5y76e"}, {f"{FIRST}/product/unii"}, "blocks"),
    (
        "RC-12",
        {"context_of_use/products/0/application_number": "NDA1234"},
        {"context_of_use/products/0/application_number"},
        "blocks",
    ),
    ("RC-12", related("DMF", "37766"), {f"{RELATED}/number"}, "blocks"),
    ("RC-12", related("NDA", "ANDA123456"), {f"{RELATED}/number"}, "blocks"),
    ("RC-12", related("supplement", "S-012"), {f"{RELATED}/number"}, "blocks"),
    ("RC-12", related("IND", "1234567"), {f"{RELATED}/number"}, "blocks"),
    ("RC-13", {"method/unit_operations/1/key": "mix"}, {"method/unit_operations/1/key"}, "blocks"),
    ("RC-13", {"method/versions/1/version": "1"}, {"method/versions/1/version"}, "blocks"),
    ("RC-13", {"sites/1": {"key": "lakeside"}}, {"sites/1/key"}, "blocks"),
    ("RC-13", {f"{EVIDENCE}/1": {"key": "ev-0", "kind": "literature"}}, {f"{EVIDENCE}/1/key"}, "blocks"),
    (
        "RC-13",
        {"context_of_use/product_classes": [{"key": "gels"}, {"key": "sera"}, {"key": "gels"}]},
        {"context_of_use/product_classes/2/key"},
        "blocks",
    ),
    ("RC-14", {f"{FIRST}/unit_operations/1": "fil"}, {f"{FIRST}/unit_operations/1"}, "blocks"),
    ("RC-14", {f"{FIRST}/sites/0": "seaside"}, {f"{FIRST}/sites/0"}, "blocks"),
    ("RC-14", {f"{FIRST}/product_class": "gels"}, {f"{FIRST}/product_class"}, "blocks"),
    (
        "RC-14",
        {
            "scalability/targets/0/product_class": "gels",
            "scalability/plan/milestones/0/product_class": "gels",
            "scalability/dimensions_not_applicable": [{"dimension": "safety", "product_class": "gels"}],
            "scalability/commercial_applicability": {
                "candidates": [{"product_class": "gels", "unit_operations": ["mix", "dry"]}]
            },
        },
        {
            "scalability/targets/0/product_class",
            "scalability/plan/milestones/0/product_class",
            "scalability/dimensions_not_applicable/0/product_class",
            "scalability/commercial_applicability/candidates/0/product_class",
            "scalability/commercial_applicability/candidates/0/unit_operations/1",
        },
        "blocks",
    ),
    ("RC-15", {REQUESTS: ["AMT-2027-00001"]}, {f"{REQUESTS}/0"}, "weakens"),
    ("RC-15", {REQUESTS: ["AMT-2025-00000"]}, {f"{REQUESTS}/0"}, "weakens"),
    ("RC-15", {REQUESTS: ["AMT-2025-000017"]}, {f"{REQUESTS}/0"}, "weakens"),
    ("RC-15", {REQUESTS: ["AMT-2025-00017"] * 2}, {f"{REQUESTS}/1"}, "weakens"),
    ("RC-16", {f"{FIRST}/performed_to": "2026-01-31"}, {f"{FIRST}/performed_to"}, "blocks"),
    (
        "RC-16",
        {f"{SUPPLY}/shortage_entry": {"listed_on": "2026-03-02", "snapshot_on": "2026-03-01"}},
        {f"{SUPPLY}/shortage_entry/listed_on"},
        "blocks",
    ),
    (
        "RC-16",
        {f"{SUPPLY}/shortage_entry": {"snapshot_on": "2026-06-02"}},
        {f"{SUPPLY}/shortage_entry/snapshot_on"},
        "blocks",
    ),
    (
        "RC-16",
        {f"{SUPPLY}/shortage_entry": {"listed_on": "2026-06-02"}},
        {f"{SUPPLY}/shortage_entry/listed_on"},
        "blocks",
    ),
    (
        "RC-16",
        {"prior_engagements": [{"program": "ETP", "held_on": "2026-06-02"}]},
        {"prior_engagements/0/held_on"},
        "blocks",
    ),
    (
        "RC-17",
        {
            "development/planned_submissions/0/expected_on": "2026-05-31",
            "scalability/plan/milestones/0/due_on": "2026-05-31",
        },
        {"development/planned_submissions/0/expected_on", "scalability/plan/milestones/0/due_on"},
        "hint",
    ),
    (
        "RC-18",
        {f"{STEP}/adjustable_parameters/0/low": Decimal("9.1")},
        {f"{STEP}/adjustable_parameters/0/low"},
        "blocks",
    ),
    ("RC-18", {f"{ATTRIBUTE}/lsl": 106}, {f"{ATTRIBUTE}/lsl"}, "blocks"),
    ("RC-18", {f"{ATTRIBUTE}/possible": {"low": 2, "high": 1}}, {f"{ATTRIBUTE}/possible/low"}, "blocks"),
    (
        "RC-18",
        {f"{ATTRIBUTE}/tolerance_interval": {"low": 2, "high": 1}},
        {f"{ATTRIBUTE}/tolerance_interval/low"},
        "blocks",
    ),
    (
        "RC-18",
        {
            "scalability/targets/0/rates": {
                "low": quantity(2, "L/h"),
                "target": quantity(1, "L/h"),
                "high": quantity(1500, "mL/h"),
            }
        },
        {"scalability/targets/0/rates/low"},
        "blocks",
    ),
    (
        "RC-18",
        {
            f"{FIRST}/model": {
                "basis": "volume",
                "validated_low": quantity(2, "L"),
                "validated_high": quantity(30, "mL"),
            }
        },
        {f"{FIRST}/model/validated_low"},
        "blocks",
    ),
    ("RC-19", {f"{ATTRIBUTE}/unit": "percent"}, {f"{ATTRIBUTE}/unit"}, "weakens"),
    ("RC-19", {f"{FIRST}/scale/quantity/unit": "litre"}, {f"{FIRST}/scale/quantity/unit"}, "weakens"),
    ("RC-19", {f"{FIRST}/scale/quantity": {"value": 10}}, {f"{FIRST}/scale/quantity/unit"}, "weakens"),
    ("RC-19", {f"{FIRST}/scale/quantity": {"unit": "L"}}, {f"{FIRST}/scale/quantity/value"}, "weakens"),
    ("RC-20", {f"{FIRST}/scale/basis": "mass"}, {f"{FIRST}/scale/quantity/unit"}, "weakens"),
    ("RC-20", {"scalability/targets/0/basis": "doses"}, {"scalability/targets/0/quantity/unit"}, "weakens"),
    ("RC-21", {"contacts": []}, {"contacts"}, "hint"),
    ("RC-21", {"contacts/0/email": GONE}, {"contacts"}, "hint"),
    ("RC-22", {"title": GONE, "method/version": GONE}, {"title", "method/version"}, "hint"),
    (
        "RC-23",
        {
            "confidentiality": {
                "claims": [{"pointer": "/content/sites/1", "kind": "personal", "reason": "Home"}]
            }
        },
        {"confidentiality/claims/0/pointer"},
        "weakens",
    ),
    (
        "RC-23",
        {"confidentiality": {"claims": [{"kind": "personal"}]}},
        {"confidentiality/claims/0/pointer", "confidentiality/claims/0/reason"},
        "weakens",
    ),
    ("RC-24", {f"{FIRST}/files/0/attachment": "other.pdf"}, {f"{FIRST}/files/0/attachment"}, "hint"),
    (
        "RC-24",
        {f"{FIRST}/third_party_authorization": "letter.pdf", f"{RELATED}/attachment": "loa.pdf"},
        {f"{FIRST}/third_party_authorization", f"{RELATED}/attachment"},
        "hint",
    ),
    ("RC-25", {"development/mrl": 9}, {"development/phase"}, "hint"),
    (
        "RC-25",
        {"context_of_use/product_classes": [{"key": "a", "modality": "x"}, {"key": "b", "modality": "y"}]},
        {"context_of_use/scope"},
        "hint",
    ),
    (
        "RC-26",
        {f"{SUPPLY}/drug": GONE, f"{SUPPLY}/effect": GONE, f"{SUPPLY}/criticality/rationale": GONE},
        {f"{SUPPLY}/drug", f"{SUPPLY}/effect", f"{SUPPLY}/criticality"},
        "weakens",
    ),
]


@pytest.mark.parametrize(("rule", "changes", "pointers", "severity"), FAILING)
def test_a_slip_is_found_where_it_stands(rule, changes, pointers, severity):
    assert seen(rule, changed(SOUND, changes)) == {(pointer, severity) for pointer in pointers}


PASSING = [
    ("RC-10", {"sites/0/fei": {"none_because": "Not registered."}, "sites/0/duns": GONE}),
    ("RC-10", {"sites/0/fei": "3001234"}),
    ("RC-11", {f"{SUPPLY}/unii": {"none_because": "A cell product."}}),
    ("RC-12", related("DMF", "BB-MF 12345")),
    ("RC-12", related("NDA", "NDA 021234")),
    ("RC-12", related("NDA", "021234")),
    ("RC-12", related("supplement", "NDA021234/S-012")),
    ("RC-12", related("IND", "123")),
    ("RC-12", related("other", "whatever 7")),
    ("RC-12", related("BLA", {"none_because": "Not filed."})),
    ("RC-12", {"context_of_use/products/0/application_number": "BLA761344"}),
    ("RC-13", {"sites/1": {"key": "Lakeside"}}),
    ("RC-14", {f"{FIRST}/unit_operations": []}),
    ("RC-15", {REQUESTS: ["AMT-2026-00001", "AMT-2024-123456"]}),
    ("RC-16", {f"{FIRST}/performed_to": "2026-02-01"}),
    ("RC-16", {f"{SUPPLY}/shortage_entry": {"listed_on": "2026-06-01", "snapshot_on": "2026-06-01"}}),
    ("RC-17", {"scalability/plan/milestones/0/due_on": str(TODAY)}),
    ("RC-18", {f"{ATTRIBUTE}/lsl": 105}),
    (
        "RC-18",  # ends that cannot be compared are another rule's business
        {
            f"{FIRST}/model": {
                "basis": "volume",
                "validated_low": quantity(2, "L"),
                "validated_high": quantity(1, "g"),
            }
        },
    ),
    (
        "RC-18",
        {
            f"{FIRST}/model": {
                "basis": "volume",
                "validated_low": quantity(2, "mL"),
                "validated_high": quantity(1, "L"),
            }
        },
    ),
    ("RC-19", {f"{ATTRIBUTE}/unit": "10*6{cells}/mL"}),
    ("RC-20", {"scalability/targets/0": {"basis": "cells", "quantity": quantity(5, "10*9{cells}")}}),
    ("RC-20", {"scalability/targets/0": {"basis": "mass_flow", "quantity": quantity(5, "mL/min")}}),
    (
        "RC-20",
        {"scalability/targets/0": {"basis": "patients_per_year", "quantity": quantity(5, "{patients}/a")}},
    ),
    ("RC-20", {"scalability/targets/0": {"basis": "units_per_time", "quantity": quantity(5, "nonsense")}}),
    ("RC-20", {"scalability/targets/0": {"basis": "run_time"}}),
    ("RC-21", {"contacts/0/phone": "+1 555 0100"}),
    ("RC-22", {"criteria": GONE}),
    (
        "RC-23",
        {
            "confidentiality": {
                "claims": [
                    {"pointer": pointer, "kind": "trade_secret", "reason": "Ours"}
                    for pointer in ("/content", f"/content/{STEP}", f"/content/{FIRST}/scale/quantity/value")
                ]
            }
        },
    ),
    ("RC-25", {"development/mrl": 5}),
    ("RC-26", {SUPPLY: {"ground": "shortage_drug_supply", "drug": "Northgel", "effect": "maintain"}}),
]


@pytest.mark.parametrize(("rule", "changes"), PASSING)
def test_what_is_right_in_another_way_passes(rule, changes):
    assert not found(rule, changed(SOUND, changes))


def test_every_rule_here_has_a_row_that_fails():
    assert {row[0] for row in FAILING} == set(RULES)
    assert {number for number in load().rules if number.startswith("RC-") and number > "RC-07"} == set(RULES)


def test_an_attachment_that_is_missing_blocks_only_the_filing():
    assert seen("RC-24", SOUND, attachments={}) == {(f"{FIRST}/files/0/attachment", "hint")}
    assert seen("RC-24", SOUND, attachments={}, submitting=True) == {
        (f"{FIRST}/files/0/attachment", "blocks")
    }
    assert not found("RC-24", SOUND, submitting=True)


def test_a_unit_used_everywhere_is_reported_once():
    tree = changed(
        content("platform"),
        {f"{EVIDENCE}/{n}/attributes/{m}/unit": "pct" for n in range(3) for m in range(3)},
    )
    (finding,) = found("RC-19", tree)
    assert finding.pointer == f"/content/{ATTRIBUTE}/unit"
    assert "8 more" in finding.detail


def test_an_empty_draft_breaks_no_rule_of_consistency():
    graver = {rule for rule in RULES for finding in found(rule, {}) if finding.severity != "hint"}
    assert not graver


def full():
    return door.content(decode(json.dumps(CONTENT)))


def test_every_pointer_of_a_full_content_leads_back_to_its_part():
    whole = full()
    pointers = [at for at, _ in walk.parts(whole)]
    assert len(pointers) == len(set(pointers)) > 50
    assert all(walk.leads_somewhere(whole, at) for at in pointers)
    assert walk.leads_somewhere(whole, "/content/criteria/improvements/1/capacity/yield")


@pytest.mark.parametrize(
    "pointer",
    [
        "/content/nothing",
        "/content/sites/9",
        "/content/sites/x",
        "/content/title/0",
        "/content/sites/00",
        "/content/criteria/improvements/1/capacity/yield_",
    ],
)
def test_a_pointer_to_nothing_leads_nowhere(pointer):
    assert not walk.leads_somewhere(full(), pointer)
