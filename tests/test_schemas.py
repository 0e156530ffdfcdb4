"""The published schemas: current, complete, and of one mind with the door."""

import copy
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from app.domain import door, exact_json, examples, published
from app.domain.content import Content
from app.domain.engagements import EngagementContent
from app.domain.errors import Invalid
from app.domain.event_types import EVENT_TYPES
from app.domain.evidence import EvidenceItem

FOLDER = Path(__file__).parents[1] / "schemas"
FILED = {
    Content: (published.content_schema(), examples.CONTENT),
    EvidenceItem: (published.evidence_schema(), examples.EVIDENCE_ITEM),
    EngagementContent: (published.engagement_schema(), examples.ENGAGEMENT),
}
EVENTS = {each.shape: (published.event_schema(each.name), each.example) for each in EVENT_TYPES.values()}
DOCUMENTS = FILED | EVENTS
# what tends to slip past one of the two: types that Python mixes up, ends of bounds, characters, empty things
STRANGE = [
    "null", "true", "0", "1", "-1", "1.0", "0.5", "7", "10", "11", "1e15", "1000000000000001", "-1e16",
    "5e-324", "1000000000001", '""', '"a"', '"a b"', '"a\\n"', '"a\\u0000"', '"a\\u202e"',
    '"\\u00e9\\ud83d\\ude00"', '"self"', '"2026-02-30"', '"1"', '"kg"', "[]", "[1]", "[1, 2]", "[[]]",
    '["a"]', "{}", '[{"key": "a"}]', '{"none_because": "x"}', '{"key": "a", "kind": "experiment"}',
    '{"value": 1, "unit": "kg"}', f'"{"x" * 301}"', f'"{"x" * 20001}"',
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(published.files()))
def test_the_committed_schema_is_the_one_the_code_makes(name):
    assert (FOLDER / name).read_text() == published.files()[name]


def test_no_other_schema_of_ours_lies_in_the_folder():
    ours = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.schema.json")}
    assert ours == set(published.files())


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_a_schema_says_what_it_is_and_is_one(shape):
    schema, _ = DOCUMENTS[shape]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(".schema.json")
    assert schema["title"]
    assert schema["description"]
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_its_example_passes_schema_and_door(shape):
    schema, example = DOCUMENTS[shape]
    assert schema["examples"] == [example]
    assert jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(example)
    assert door.admit(shape, exact_json.decode(json.dumps(example)))


def places(tree, path=()):
    """Every place in a tree, inner ones included."""
    yield path
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, member in inner:
        yield from places(member, (*path, name))


def replaced(tree, path, value):
    if not path:
        return value
    copied = copy.copy(tree)
    copied[path[0]] = replaced(tree[path[0]], path[1:], value)
    return copied


def admitted(shape, text):
    try:
        door.admit(shape, exact_json.decode(text))
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_schema_and_door_agree_on_every_strange_value_at_every_place(shape):
    schema, example = DOCUMENTS[shape]
    if shape is Content:  # evidence has its own turn
        example = replaced(example, ("scalability", "evidence"), [])
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    differing = []
    for path in places(example):
        for text in STRANGE:
            tree = replaced(example, path, json.loads(text))
            if validator.is_valid(tree) is not admitted(shape, json.dumps(tree)):
                differing.append((path, text[:40]))
    assert differing == []


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_schema_and_door_agree_on_what_may_be_left_out(shape):
    schema, example = DOCUMENTS[shape]
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    verdicts = set()
    for path in places(example):
        if not path or isinstance(path[-1], int):
            continue
        tree = json.loads(json.dumps(example))
        parent = tree
        for token in path[:-1]:
            parent = parent[token]
        del parent[path[-1]]
        verdict = admitted(shape, json.dumps(tree))
        assert validator.is_valid(tree) is verdict, path
        verdicts.add(verdict)
    assert False in verdicts
    assert True in verdicts or shape in EVENTS  # most events say nothing that could be left out


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_member_that_is_added_one_day_passes_what_is_published_and_is_not_written_before(name):
    example = EVENT_TYPES[name].example
    published_one = jsonschema_rs.validator_for(published.event_schema(name), validate_formats=True)
    written = jsonschema_rs.validator_for(published.closed_event_schema(name), validate_formats=True)
    for grown in ({**example, "traceparent": "00"}, {**example, "data": {**example["data"], "hue": 1}}):
        assert published_one.is_valid(grown)
        assert not written.is_valid(grown)


def nodes(schema, name="#"):
    """Every subschema with a name of where it stands."""
    yield name, schema
    for word in ("properties", "$defs"):
        for inner, sub in schema.get(word, {}).items():
            yield from nodes(sub, f"{name}/{word}/{inner}")
    for word in ("anyOf", "oneOf"):
        for place, sub in enumerate(schema.get(word, [])):
            yield from nodes(sub, f"{name}/{word}/{place}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{name}/items")


def types(schema):
    given = schema.get("type", [])
    return {given} if isinstance(given, str) else set(given)


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_every_text_list_and_number_is_bounded_and_objects_are_open_in_what_goes_out_alone(shape):
    for name, node in nodes(DOCUMENTS[shape][0]):
        if "enum" in node or "const" in node:
            continue
        if "string" in types(node):
            assert {"minLength", "maxLength"} <= node.keys(), name
        if "array" in types(node):
            assert "maxItems" in node, name
        if types(node) & {"number", "integer"}:
            assert {"minimum", "maximum"} <= node.keys(), name
        if "object" in types(node):
            assert node.get("additionalProperties", True) is (shape in EVENTS), name
            assert node["description"], name


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_every_member_is_described_with_its_source_and_every_figure_with_its_unit(shape):
    for name, node in nodes(DOCUMENTS[shape][0]):
        for member, sub in node.get("properties", {}).items():
            described = sub["description"]
            assert re.search(r"\. Source: [^.].*\.$", described), f"{name}: {member}"
            kinds = types(sub) | types(sub.get("items", {}))
            if kinds & {"number", "integer"}:
                assert " Unit: " in described, f"{name}: {member}"


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_patterns_are_anchored_and_mean_the_same_to_every_engine(shape):
    found = {node["pattern"] for _, node in nodes(DOCUMENTS[shape][0]) if "pattern" in node}
    assert len(found) > (3 if shape in FILED else 2)
    for pattern in found:
        assert pattern.startswith("^"), pattern
        assert pattern.endswith("$"), pattern
        assert not re.search(r"\(\?|\\[dwsbDWSBAZzp]|\\[1-9]", pattern), pattern
        re.compile(pattern)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_models_own_schema_calls_a_figure_a_number_in_both_modes(mode):
    value = Content.model_json_schema(mode=mode)["$defs"]["Quantity"]["properties"]["value"]
    assert {branch["type"] for branch in value["anyOf"]} == {"number", "null"}


def test_the_components_of_an_openapi_document_refer_to_each_other():
    components = published.components()
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(components)))
    assert referred <= components.keys()
    assert {"Content", "EvidenceItem"} <= components.keys()
    assert "#/$defs" not in json.dumps(components)
