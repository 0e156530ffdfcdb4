"""The shape of a content: what the door takes, what it refuses, and where it says the flaw is."""

import json
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import door, exact_json, examples, merge
from app.domain.content import Content
from app.domain.errors import Invalid
from app.domain.evidence import EvidenceItem
from app.domain.shapes import LARGEST, Part


def tree_of(example):
    """An example as it comes from the wire."""
    return exact_json.decode(json.dumps(example))


def flaws(tree, shape=Content):
    try:
        door.admit(shape, tree)
    except Invalid as refused:
        return [(flaw.pointer, flaw.rule) for flaw in refused.flaws]
    return []


def item(**members):
    return {"key": "ev-1", "kind": "experiment", **members}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"title": "A"},
        {"title": None, "sites": None, "method": None},
        {"method": {}, "context_of_use": {}, "criteria": {}, "scalability": {}, "confidentiality": {}},
        {"scalability": {"evidence": [{"key": "a", "kind": "literature"}], "targets": [{"basis": "mass"}]}},
        {"criteria": {"improvements": [{"ground": "other"}, {"ground": "shortage_drug_supply"}]}},
        {"method": {"unit_operations": [{"key": "a"}, {"key": "a"}]}},
    ],
)
def test_a_draft_may_hold_any_part(tree):
    assert flaws(tree) == []


def test_figures_keep_their_digits_and_dates_become_dates():
    read = EvidenceItem.model_validate(
        tree_of(item(performed_from="2026-02-01", runs={"attempted": 3}, performance={"yield": 1}))
        | {"comparison": {"margin": Decimal("1.50"), "ci90": [Decimal("-0.10"), 2]}}
    )
    assert read.performed_from == date(2026, 2, 1)
    assert read.comparison is not None
    assert str(read.comparison.margin) == "1.50"
    assert read.comparison.ci90 == (Decimal("-0.10"), Decimal(2))
    assert read.performance is not None
    assert read.performance.yield_ == 1


@pytest.mark.parametrize(
    ("tree", "pointer", "rule"),
    [
        ({"titel": "x"}, "/titel", "extra-forbidden"),
        ({"title": 1}, "/title", "string-type"),
        ({"title": ""}, "/title", "string-too-short"),
        ({"title": "x" * 301}, "/title", "string-too-long"),
        ({"title": "a\nb"}, "/title", "string-pattern-mismatch"),
        ({"title": "a\x00b"}, "/title", "string-pattern-mismatch"),
        ({"title": "invoice\u202efdp.exe"}, "/title", "string-pattern-mismatch"),
        ({"title": "a\ud800"}, "/title", "string-unicode"),
        ({"method": {"summary": "bell \x07"}}, "/method/summary", "string-pattern-mismatch"),
        ({"method": []}, "/method", "model-type"),
        ({"sites": {}}, "/sites", "tuple-type"),
        ({"sites": [{"name": "x"}]}, "/sites/0/key", "missing"),
        ({"sites": [{"key": "a b"}]}, "/sites/0/key", "string-pattern-mismatch"),
        ({"sites": [{"key": "a\n"}]}, "/sites/0/key", "string-pattern-mismatch"),
        ({"sites": [{"key": "a"}] * 201}, "/sites", "too-long"),
        ({"sites": [{"key": "a", "fei": 1234567}]}, "/sites/0/fei", "choice"),
        ({"development": {"trl": 10}}, "/development/trl", "whole-number"),
        ({"development": {"trl": Decimal("6.5")}}, "/development/trl", "whole-number"),
        ({"development": {"trl": True}}, "/development/trl", "whole-number"),
        ({"development": {"phase": "late"}}, "/development/phase", "literal-error"),
        ({"criteria": {"improvements": [{"claim": "x"}]}}, "/criteria/improvements/0", "union-tag-not-found"),
        ({"criteria": {"improvements": [{"ground": "x"}]}}, "/criteria/improvements/0", "union-tag-invalid"),
        (
            {"criteria": {"improvements": [{"ground": "development_time", "baseline": [{"days": -1}]}]}},
            "/criteria/improvements/0/baseline/0/days",
            "figure",
        ),
        (
            {"criteria": {"improvements": [{"ground": "other", "other": 1}]}},
            "/criteria/improvements/0/other",
            "extra-forbidden",
        ),
        ({"scalability": {"targets": [{}]}}, "/scalability/targets/0/basis", "missing"),
        ({"previous_requests": ["AMT-26-00000001"]}, "/previous_requests/0", "string-pattern-mismatch"),
        (
            {"confidentiality": {"publish_if_designated": "yes"}},
            "/confidentiality/publish_if_designated",
            "bool-type",
        ),
    ],
)
def test_a_flaw_is_named_at_its_place_in_the_tree(tree, pointer, rule):
    assert flaws(tree)[0] == (pointer, rule)


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"runs": {"attempted": -1}}, "/runs/attempted"),
        ({"runs": {"attempted": 10**12 + 1}}, "/runs/attempted"),
        ({"runs": {"claimed_success_rate": Decimal("1.01")}}, "/runs/claimed_success_rate"),
        ({"attributes": [{"kind": "measured", "sd": -1}]}, "/attributes/0/sd"),
        ({"attributes": [{"kind": "measured", "measured": 1}]}, "/attributes/0/measured"),
        ({"attributes": [{"kind": "censored", "conforming": 1}]}, "/attributes/0/conforming"),
        ({"comparison": {"ci90": [1]}}, "/comparison/ci90"),
        ({"comparison": {"ci90": [1, 2, 3]}}, "/comparison/ci90"),
        ({"comparison": {"ci90": [1, "2"]}}, "/comparison/ci90/1"),
        ({"scale": {"basis": "mass", "quantity": {"value": 1, "unit": "k g"}}}, "/scale/quantity/unit"),
        ({"performed_from": "2026-02-30"}, "/performed_from"),
        ({"performed_from": "2026-02-01T00:00:00"}, "/performed_from"),
        ({"performed_from": 1_700_000_000}, "/performed_from"),
        ({"owner": "other"}, "/owner"),
        ({"performance": {"yield_": 1}}, "/performance/yield_"),
        ({"gmp": 1}, "/gmp"),
    ],
)
def test_an_evidence_item_with_a_wrong_figure_is_refused_there(members, pointer):
    assert flaws(item(**members), EvidenceItem)[0][0] == pointer


@pytest.mark.parametrize(
    "figure",
    [
        "1",
        True,
        1.5,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1e999"),
        LARGEST + 1,
        Decimal("1e-999"),
    ],
)
def test_what_is_no_bounded_figure_is_refused(figure):
    tree = item(scale={"basis": "mass", "quantity": {"value": figure, "unit": "kg"}})
    assert flaws(tree, EvidenceItem) == [("/scale/quantity/value", "figure")]


@given(st.floats(min_value=-LARGEST, max_value=LARGEST, allow_nan=False) | st.integers(-LARGEST, LARGEST))
def test_every_bounded_number_a_json_writer_can_write_is_taken_as_it_is(number):
    sent = exact_json.decode(json.dumps(number))
    read = EvidenceItem.model_validate(item(comparison={"difference": sent}))
    assert read.comparison is not None
    assert read.comparison.difference == sent


@pytest.mark.parametrize("text", ["3", "3.0", "3e0", "0.3e1"])
def test_a_count_may_be_written_as_any_whole_number(text):
    read = EvidenceItem.model_validate(item(runs={"attempted": exact_json.decode(text)}))
    assert read.runs is not None
    assert read.runs.attempted == 3
    assert isinstance(read.runs.attempted, int)


def test_a_refusal_repeats_nothing_of_what_was_sent():
    secret = "secret-formula"
    tree = {
        "title": f"{secret}\x00",
        "sites": [{"key": f"{secret} {secret}"}],
        "development": {"phase": secret},
        "criteria": {"improvements": [{"ground": secret}]},
        "scalability": {"evidence": [item(owner=secret, performed_from=secret)]},
    }
    with pytest.raises(Invalid) as refused:
        door.content(tree)
    assert len(refused.value.flaws) == 6
    assert secret not in str(refused.value.flaws)
    assert refused.value.__cause__ is None


def test_a_refusal_is_bounded_however_much_is_wrong():
    with pytest.raises(Invalid) as refused:
        door.content({"x" * 10_000 + str(n): n for n in range(1_000)})
    assert len(refused.value.flaws) == door.MOST_FLAWS
    assert max(len(flaw.pointer) for flaw in refused.value.flaws) < 100


def test_pointers_of_a_content_start_at_content():
    with pytest.raises(Invalid) as refused:
        door.content({"title": 1})
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/content/title"]


def test_nothing_in_a_content_can_be_changed_after_the_door():
    content = door.content({"title": "A"})
    with pytest.raises(ValueError, match="frozen"):
        content.title = "B"


def parts(model, seen=None):
    """Every model a model is made of, with the fields whose items are told apart by a tag."""
    seen = {} if seen is None else seen
    if model in seen:
        return seen
    seen[model] = set()
    for name, field in model.model_fields.items():
        if "discriminator=" in repr(field):
            seen[model].add(name)
        for inner in models_in(field.annotation):
            parts(inner, seen)
    return seen


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def test_pointers_know_every_list_whose_items_carry_a_tag():
    tagged = {name for names in parts(Content).values() for name in names}
    assert tagged == merge.TAGGED_LISTS


def test_every_part_is_seen_in_the_example():
    """So that nothing published is without an example."""
    seen = set()

    def walk(value):
        if isinstance(value, Part):
            seen.add(type(value))
            for name in type(value).model_fields:
                walk(getattr(value, name))
        elif isinstance(value, tuple):
            for inner in value:
                walk(inner)

    walk(door.content(tree_of(examples.CONTENT)))
    assert {model.__name__ for model in parts(Content)} - {model.__name__ for model in seen} == set()


def test_only_keys_and_discriminators_are_needed():
    needed = {
        (field.alias or name)
        for model in parts(Content)
        for name, field in model.model_fields.items()
        if field.is_required()
    }
    assert needed == {"key", "kind", "ground", "basis", "none_because"}
