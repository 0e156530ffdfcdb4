"""Lints of an OpenAPI document beyond its being valid: each is a function from the document to its faults."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

Tree = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
WRITES = ("put", "post", "delete", "patch")
BOUNDS = ("maxLength", "enum", "const", "format", "pattern")
NESTING = ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties")
PROBLEM = "application/problem+json"


def faults(document: Tree) -> list[str]:
    """Every fault of every lint, each led by the name of its lint."""
    return [f"{lint.__name__}: {fault}" for lint in LINTS for fault in lint(document)]


def operations(document: Tree) -> Iterator[tuple[str, str, Tree]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(document: Tree, part: Tree) -> Tree:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def operations_are_named(document: Tree) -> Iterator[str]:
    seen = Counter(operation.get("operationId") for _, _, operation in operations(document))
    declared = {tag["name"] for tag in document.get("tags", ())}
    for path, method, operation in operations(document):
        at = f"{method} {path}"
        if seen[operation.get("operationId")] != 1 or not operation.get("operationId"):
            yield f"{at}: operationId missing or not its own"
        if not operation.get("summary"):
            yield f"{at}: no summary"
        if not operation.get("tags") or not set(operation["tags"]) <= declared:
            yield f"{at}: no tag, or one that is not declared"
        if "security" not in operation:
            yield f"{at}: does not say whether it needs a credential"


def problems_are_complete(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        parameters = {(each["in"], each["name"].lower()): each for each in operation.get("parameters", ())}
        if_match = parameters.get(("header", "if-match"))
        expected = {
            "304": ("header", "if-none-match") in parameters,
            "400": "requestBody" in operation,
            "401": bool(operation.get("security")),
            "403": bool(operation.get("security")),
            "404": "{" in path,
            "409": method in WRITES,
            "412": if_match is not None,
            "413": "requestBody" in operation,
            "415": "requestBody" in operation,
            "422": True,
            "428": if_match is not None and if_match.get("required"),
            "429": path.startswith("/v1"),
            "500": True,
            "503": True,
        }
        for status, needed in expected.items():
            if needed and status not in operation["responses"]:
                yield f"{method} {path}: {status} is not described"


def problems_have_one_shape(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            content = resolved(document, answer).get("content", {})
            schema = content.get(PROBLEM, {}).get("schema", {})
            if set(content) != {PROBLEM} or not schema.get("$ref", "").endswith("/Problem"):
                yield f"{method} {path}: {status} is not problem details"


def successes_have_a_schema(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        successes = [status for status in operation["responses"] if status.startswith("2")]
        if not successes:
            yield f"{method} {path}: no success"
        for status in successes:
            for media, kind in operation["responses"][status].get("content", {}).items():
                if not kind.get("schema"):
                    yield f"{method} {path}: {status} {media} has no schema"


def request_strings_and_lists_are_bounded(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        at = f"{method} {path}"
        for each in operation.get("parameters", ()):
            yield from _unbounded(document, each["schema"], f"{at} {each['name']}", set())
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            yield from _unbounded(document, kind["schema"], f"{at} body", set())


def _unbounded(document: Tree, schema: Any, at: str, seen: set[str]) -> Iterator[str]:
    for each in schema if isinstance(schema, list) else [schema]:
        if not isinstance(each, dict):
            continue
        if "$ref" in each:
            if each["$ref"] not in seen:
                seen.add(each["$ref"])
                yield from _unbounded(
                    document, resolved(document, each), each["$ref"].rpartition("/")[2], seen
                )
            continue
        kinds = each.get("type", ())
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "string" in kinds and not any(bound in each for bound in BOUNDS):
            yield f"{at}: a text without bound"
        if "array" in kinds and "maxItems" not in each:
            yield f"{at}: a list without bound"
        for name, member in each.get("properties", {}).items():
            yield from _unbounded(document, member, f"{at}.{name}", seen)
        for word in NESTING:
            yield from _unbounded(document, each.get(word), at, seen)


def request_texts_refuse_control_characters(document: Tree) -> Iterator[str]:
    """PostgreSQL keeps no zero byte in a text; a password is hashed and kept nowhere."""
    for at, schema in _request_schemas(document):
        if at.endswith((".password", ".step_up", ".new_password")) or schema.get("format") == "binary":
            continue
        bound = {"enum", "const", "format"} & schema.keys()
        if not bound and not ("pattern" in schema and re.search(schema["pattern"], "a\x00b") is None):
            yield f"{at}: a text that may hold a zero byte"


def _request_schemas(document: Tree) -> Iterator[tuple[str, Tree]]:
    """Every text that a call can send in its address or body, by where it stands."""
    seen: set[str] = set()
    for path, method, operation in operations(document):
        for each in operation.get("parameters", ()):
            if each["in"] != "header":
                yield from _texts(document, each["schema"], f"{method} {path} {each['name']}", seen)
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            yield from _texts(document, kind["schema"], f"{method} {path} body", seen)


def _texts(document: Tree, schema: Any, at: str, seen: set[str]) -> Iterator[tuple[str, Tree]]:
    for each in schema if isinstance(schema, list) else [schema]:
        if not isinstance(each, dict):
            continue
        if "$ref" in each:
            if each["$ref"] not in seen:
                seen.add(each["$ref"])
                yield from _texts(document, resolved(document, each), each["$ref"].rpartition("/")[2], seen)
            continue
        kinds = each.get("type", ())
        if "string" in ([kinds] if isinstance(kinds, str) else kinds):
            yield at, each
        for name, member in each.get("properties", {}).items():
            yield from _texts(document, member, f"{at}.{name}", seen)
        for word in NESTING:
            yield from _texts(document, each.get(word), at, seen)


def bodies_have_examples(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        for media, kind in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json" and not list(_examples(document, kind)):
                yield f"{method} {path}: no example of a body"


def examples_are_valid(document: Tree) -> Iterator[str]:
    for path, method, operation in operations(document):
        kinds = list(operation.get("requestBody", {}).get("content", {}).values())
        for answer in operation["responses"].values():
            kinds += resolved(document, answer).get("content", {}).values()
        kinds += operation.get("parameters", ())
        for kind in kinds:
            yield from _invalid(document, kind, f"{method} {path}")


def _examples(document: Tree, kind: Tree) -> Iterator[Any]:
    if "example" in kind:
        yield kind["example"]
    for each in kind.get("examples", {}).values():
        yield each["value"]
    yield from resolved(document, kind.get("schema", {})).get("examples", ())


def _invalid(document: Tree, kind: Tree, at: str) -> Iterator[str]:
    schema = {"components": document["components"], "allOf": [kind.get("schema", {})]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    for example in _examples(document, kind):
        for fault in validator.iter_errors(example):
            yield f"{at}: example at {fault.json_path}: {fault.message[:200]}"


def nothing_is_described_in_vain(document: Tree) -> Iterator[str]:
    text = json.dumps(document)
    for group, members in document["components"].items():
        for name in members:
            if group != "securitySchemes" and f'"#/components/{group}/{name}"' not in text:
                yield f"{group}/{name} is used nowhere"


def the_frameworks_own_problem_is_gone(document: Tree) -> Iterator[str]:
    if "HTTPValidationError" in json.dumps(document):
        yield "HTTPValidationError is still described"


LINTS: tuple[Callable[[Tree], Iterator[str]], ...] = (
    operations_are_named,
    problems_are_complete,
    problems_have_one_shape,
    successes_have_a_schema,
    request_strings_and_lists_are_bounded,
    request_texts_refuse_control_characters,
    bodies_have_examples,
    examples_are_valid,
    nothing_is_described_in_vain,
    the_frameworks_own_problem_is_gone,
)
