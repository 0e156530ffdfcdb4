"""The JSON Schemas of a content, of an evidence item and of each event, as outsiders get them.

What comes in they say in both directions: a tree passes the schema just when it passes the models. Of what goes out
they promise what is there, and leave open what may come to it.
"""

import json
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from app.domain import examples
from app.domain.content import Content
from app.domain.engagements import EngagementContent
from app.domain.event_types import EVENT_TYPES
from app.domain.evidence import EvidenceItem

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Raised when a tree that passed before may be refused, or means something else.
VERSION: Final = "1"
HOME: Final = f"https://amtdp.example/schemas/{VERSION}"
CONTENT_FILE: Final = "designation-request-content.schema.json"
EVIDENCE_FILE: Final = "evidence-item.schema.json"
ENGAGEMENT_FILE: Final = "engagement-content.schema.json"
EVENTS_FOLDER: Final = "events"


class _Plain(GenerateJsonSchema):
    """Leaves out what tells a reader nothing: a title per member, null defaults, a branch per null."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 -- pydantic's own signature
        del schema
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and not {"enum", "const"} & inner.keys():
            return {**inner, "type": [inner["type"], "null"]}
        return super().nullable_schema(schema)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        # each branch's const says it already; `discriminator` is a word of OpenAPI, not of JSON Schema
        return {k: v for k, v in super().tagged_union_schema(schema).items() if k != "discriminator"}


def content_schema() -> dict[str, Any]:
    """The schema of a content, in JSON Schema 2020-12."""
    return _document(Content, CONTENT_FILE, "Content of a designation request", examples.CONTENT)


def evidence_schema() -> dict[str, Any]:
    """The schema of an evidence item, in JSON Schema 2020-12."""
    return _document(EvidenceItem, EVIDENCE_FILE, "Evidence item", examples.EVIDENCE_ITEM)


def engagement_schema() -> dict[str, Any]:
    """The schema of a request for an engagement, in JSON Schema 2020-12."""
    return _document(EngagementContent, ENGAGEMENT_FILE, "Content of an engagement", examples.ENGAGEMENT)


@cache
def event_schema(name: str) -> dict[str, Any]:
    """The schema of the whole CloudEvent of a type, in JSON Schema 2020-12. Raises KeyError.

    A receiver that checks what it gets by this schema must not fail on the day when a member is added.
    """
    opened: dict[str, Any] = _opened(closed_event_schema(name))
    return opened


@cache
def closed_event_schema(name: str) -> dict[str, Any]:
    """The same with no room for members that are not named: what is written today. Raises KeyError."""
    known = EVENT_TYPES[name]
    return _document(known.shape, event_file(name), f"Event {name}", dict(known.example))


def _opened(node: Any) -> Any:  # noqa: ANN401 -- any part of a schema
    if isinstance(node, dict):
        return {k: _opened(v) for k, v in node.items() if (k, v) != ("additionalProperties", False)}
    return [_opened(each) for each in node] if isinstance(node, list) else node


def event_file(name: str) -> str:
    return f"{EVENTS_FOLDER}/{name}.schema.json"


def components(ref_template: str = "#/components/schemas/{model}") -> dict[str, Any]:
    """Every definition by its name, referring to the others as an OpenAPI document does."""
    definitions: dict[str, Any] = {}
    for model, example in ((EngagementContent, examples.ENGAGEMENT), (Content, examples.CONTENT)):
        schema = model.model_json_schema(ref_template=ref_template, schema_generator=_Plain)
        definitions |= schema.pop("$defs")
        definitions[model.__name__] = {**schema, "examples": [example]}
    definitions["EvidenceItem"]["examples"] = [examples.EVIDENCE_ITEM]
    return definitions


def files() -> dict[str, str]:
    """The text of each published schema, by its file name."""
    return {
        CONTENT_FILE: _text(content_schema()),
        EVIDENCE_FILE: _text(evidence_schema()),
        ENGAGEMENT_FILE: _text(engagement_schema()),
        **{event_file(name): _text(event_schema(name)) for name in EVENT_TYPES},
    }


def _document(model: type[BaseModel], name: str, title: str, example: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_Plain)
    head = {"$schema": DIALECT, "$id": f"{HOME}/{name}", "title": title}
    return {**head, **{k: v for k, v in schema.items() if k != "title"}, "examples": [example]}


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"
