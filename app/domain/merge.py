"""Trees of JSON: pointers into them (RFC 6901), merge patches (RFC 7396), and what changed between two.

A tree holds dict, list, str, int, Decimal, bool and None. No function here changes its arguments.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

# A list item told apart by a discriminator has, in pydantic's location, that discriminator's value after its
# index. No other union shows in a location (app.domain.shapes.OneMessage), so these names are the whole list.
TAGGED_LISTS: Final = frozenset({"attributes", "improvements"})

Change = dict[str, Any]


class NoSuchPlace(LookupError):
    """The pointer leads nowhere in this tree, or is no pointer."""


def escape(token: str) -> str:
    """A member name as it stands in a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(tokens: Sequence[str | int]) -> str:
    """The pointer of a path of member names and indices."""
    return "".join(f"/{escape(str(token))}" for token in tokens)


def tokens_of(text: str) -> list[str]:
    """The member names and indices of a pointer. Raises NoSuchPlace if text comes before the first slash."""
    if text and not text.startswith("/"):
        raise NoSuchPlace(text)
    return [token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]]


def pointer_of(loc: Sequence[str | int]) -> str:
    """The pointer of a pydantic error location, without the tags of discriminated unions."""
    return pointer([token for place, token in enumerate(loc) if not _is_tag(loc, place)])


def _is_tag(loc: Sequence[str | int], place: int) -> bool:
    return place > 1 and isinstance(loc[place - 1], int) and loc[place - 2] in TAGGED_LISTS


def resolve(tree: Any, text: str) -> Any:  # noqa: ANN401 -- any JSON
    """The value at a pointer. Raises NoSuchPlace."""
    for token in tokens_of(text):
        if isinstance(tree, dict) and token in tree:
            tree = tree[token]
        elif isinstance(tree, list) and _is_index(token) and int(token) < len(tree):
            tree = tree[int(token)]
        else:
            raise NoSuchPlace(text)
    return tree


def _is_index(token: str) -> bool:
    # at most nine digits, so that no text can make a giant number of itself
    return token.isascii() and token.isdigit() and len(token) < 10 and (token == "0" or token[0] != "0")  # noqa: S105, PLR2004 -- a token of a pointer; ten digits pass any list


def within(text: str, section: str) -> bool:
    """Whether a pointer names a section or a place inside it."""
    return text == section or text.startswith(f"{section}/")


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The target after a merge patch: objects merge, null removes, everything else replaces (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, member in patch.items():
        if member is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), member)
    return merged


def diff(before: Any, after: Any, at: str = "") -> list[Change]:  # noqa: ANN401 -- any JSON
    """What turns one tree into the other, in an order in which it can be applied.

    Each change has `op` and `pointer`; `add` has the new value as `to`, `remove` the old one as `from`,
    `replace` both, and `move` the pointer it comes `from`. Items of lists are matched by their `key` where
    every item has one, else by position. Figures differ when their digits do: 1.0 is not 1.00.
    """
    return list(_changes(before, after, at))


def _changes(before: Any, after: Any, at: str) -> Iterator[Change]:  # noqa: ANN401 -- any JSON
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, at)
    elif isinstance(before, list) and isinstance(after, list):
        if _keyed(before) and _keyed(after):
            yield from _of_keyed_lists(before, after, at)
        else:
            yield from _of_lists(before, after, at)
    elif not same(before, after):
        yield {"op": "replace", "pointer": at, "from": before, "to": after}


def _of_objects(before: dict[str, Any], after: dict[str, Any], at: str) -> Iterator[Change]:
    for name, member in before.items():
        place = f"{at}/{escape(name)}"
        if name not in after:
            yield {"op": "remove", "pointer": place, "from": member}
        else:
            yield from _changes(member, after[name], place)
    for name, member in after.items():
        if name not in before:
            yield {"op": "add", "pointer": f"{at}/{escape(name)}", "to": member}


def _of_lists(before: list[Any], after: list[Any], at: str) -> Iterator[Change]:
    """By position, once the ends that both lists share are set aside."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if not same(before[i], after[i])), shorter)
    tail = next((i for i in range(shorter - head) if not same(before[-1 - i], after[-1 - i])), shorter - head)
    old, new = len(before) - tail, len(after) - tail
    for i in range(head, min(old, new)):
        yield from _changes(before[i], after[i], f"{at}/{i}")
    for i in reversed(range(new, old)):
        yield {"op": "remove", "pointer": f"{at}/{i}", "from": before[i]}
    for i in range(old, new):
        yield {"op": "add", "pointer": f"{at}/{i}", "to": after[i]}


def _keyed(items: list[Any]) -> bool:
    keys = [item.get("key") if isinstance(item, dict) else None for item in items]
    return all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys)


def _of_keyed_lists(before: list[Any], after: list[Any], at: str) -> Iterator[Change]:
    """Leavers, then moves among those that stay, then newcomers, then changes inside."""
    olds = {item["key"]: item for item in before}
    news = {item["key"]: item for item in after}
    for i in reversed(range(len(before))):
        if before[i]["key"] not in news:
            yield {"op": "remove", "pointer": f"{at}/{i}", "from": before[i]}
    yield from _moves([key for key in olds if key in news], [key for key in news if key in olds], at)
    for i, (key, item) in enumerate(news.items()):
        if key not in olds:
            yield {"op": "add", "pointer": f"{at}/{i}", "to": item}
    for i, (key, item) in enumerate(news.items()):
        if key in olds:
            yield from _changes(olds[key], item, f"{at}/{i}")


def _moves(order: list[str], wanted: list[str], at: str) -> Iterator[Change]:
    for i, key in enumerate(wanted):
        if (j := order.index(key)) != i:
            order.insert(i, order.pop(j))
            yield {"op": "move", "pointer": f"{at}/{i}", "from": f"{at}/{j}"}


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Whether two trees are the same to the digit; true is not 1, and 1.0 is not 1.00."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and str(one) == str(other)
