"""Merge patches, pointers and differences of trees."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import merge

figures = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9, max_value=9)
leaves = st.none() | st.booleans() | st.integers(-3, 3) | figures | st.sampled_from(["", "a", "b/~"])
names = st.sampled_from(["a", "b", "a/b", "~", "key", ""])
keyed = st.lists(
    st.builds(
        lambda key, rest: {**rest, "key": key}, st.sampled_from("pqrst"), st.dictionaries(names, leaves)
    ),
    max_size=5,
    unique_by=lambda item: item["key"],
)
trees = st.recursive(
    leaves | keyed,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(names, trees, max_size=4)


def parent_of(tree, pointer):
    *path, last = merge.tokens_of(pointer)
    parent = merge.resolve(tree, merge.pointer(path))
    return parent, int(last) if isinstance(parent, list) else last


def put(tree, pointer, value):
    parent, last = parent_of(tree, pointer)
    if isinstance(parent, list):
        parent.insert(last, value)
    else:
        parent[last] = value


def take(tree, pointer):
    parent, last = parent_of(tree, pointer)
    return parent.pop(last)


def applied(tree, changes):
    """A second, plain reading of the changes, to hold against `diff`."""
    tree = {"root": copy.deepcopy(tree)}
    for change in changes:
        at = f"/root{change['pointer']}"
        if change["op"] == "move":
            put(tree, at, take(tree, f"/root{change['from']}"))
            continue
        if change["op"] in {"remove", "replace"}:
            assert merge.same(take(tree, at), change["from"])
        if change["op"] in {"add", "replace"}:
            put(tree, at, copy.deepcopy(change["to"]))
    return tree["root"]


@given(trees, trees)
def test_applying_a_difference_to_the_older_tree_gives_the_newer(before, after):
    assert merge.same(applied(before, merge.diff(before, after)), after)


@given(trees)
def test_a_tree_does_not_differ_from_its_copy(tree):
    assert merge.diff(tree, copy.deepcopy(tree)) == []


@given(objects, objects)
def test_neither_a_difference_nor_a_patch_changes_its_arguments(before, after):
    kept = copy.deepcopy((before, after))
    merge.diff(before, after)
    merge.merge_patch(before, after)
    assert merge.same(list(kept), [before, after])


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [{"op": "replace", "pointer": "/a", "from": 1, "to": True}]),
        (
            [Decimal("1.0")],
            [Decimal("1.00")],
            [{"op": "replace", "pointer": "/0", "from": Decimal("1.0"), "to": Decimal("1.00")}],
        ),
        ({"a/b": None}, {}, [{"op": "remove", "pointer": "/a~1b", "from": None}]),
        ([1, 2, 3], [1, 9, 2, 3], [{"op": "add", "pointer": "/1", "to": 9}]),
        (
            [1, 2, 3],
            [3],
            [{"op": "remove", "pointer": "/1", "from": 2}, {"op": "remove", "pointer": "/0", "from": 1}],
        ),
        (
            [{"key": "a", "n": 1}, {"key": "b"}],
            [{"key": "b"}, {"key": "a", "n": 2}],
            [
                {"op": "move", "pointer": "/0", "from": "/1"},
                {"op": "replace", "pointer": "/1/n", "from": 1, "to": 2},
            ],
        ),
        (
            [{"key": "a"}, {"key": "b", "n": 1}],
            [{"key": "b", "n": 2}],
            [
                {"op": "remove", "pointer": "/0", "from": {"key": "a"}},
                {"op": "replace", "pointer": "/0/n", "from": 1, "to": 2},
            ],
        ),
    ],
)
def test_a_difference_names_what_changed_and_no_more(before, after, changes):
    assert merge.same(merge.diff(before, after), changes)


# the test cases of RFC 7396, appendix A
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_rfc_lists(target, patch, result):
    assert merge.merge_patch(target, patch) == result


@given(objects, objects)
def test_a_merge_patch_applied_twice_does_no_more_than_once(target, patch):
    once = merge.merge_patch(target, patch)
    assert merge.same(merge.merge_patch(once, patch), once)


# the examples of RFC 6901, section 5
RFC_6901 = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", RFC_6901),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_a_pointer_finds_what_the_rfc_says(text, value):
    assert merge.resolve(RFC_6901, text) == value


@pytest.mark.parametrize(
    "text",
    ["foo", "/nothing", "/foo/2", "/foo/-1", "/foo/00", "/foo/x", "/foo/0/0", "/foo/-", "/foo/" + "9" * 5000],
)
def test_a_pointer_into_nothing_is_refused(text):
    with pytest.raises(merge.NoSuchPlace):
        merge.resolve(RFC_6901, text)


@given(st.lists(names | st.text()))
def test_a_pointer_reads_back_into_its_names(path):
    assert merge.tokens_of(merge.pointer(path)) == path


@pytest.mark.parametrize(
    ("text", "section", "inside"),
    [
        ("/content/scalability", "/content/scalability", True),
        ("/content/scalability/plan", "/content/scalability", True),
        ("/content/scalability_other", "/content/scalability", False),
        ("/content", "/content/scalability", False),
        ("/anything", "", True),
    ],
)
def test_a_place_is_inside_a_section_only_below_its_whole_name(text, section, inside):
    assert merge.within(text, section) is inside
