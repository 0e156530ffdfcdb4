"""How the service speaks of itself: health, keys, limits, policy, workflows. For the description alone."""

from typing import Literal

from pydantic import Field

from app.api.payloads import Out


class Health(Out):
    status: Literal["ok", "ready"]


class PublicKey(Out):
    """A JSON Web Key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    kid: str
    x: str


class KeySet(Out):
    keys: list[PublicKey]


class PageSizes(Out):
    default: int
    most: int


class WebhookLimits(Out):
    endpoints: int = Field(description="Of one owner")
    ports: list[int] = Field(description="That a URL may name")
    url_characters: int
    subjects: int
    headers: int
    header_characters: int = Field(description="Names and values of all headers together")
    per_second: int
    secrets: int = Field(description="That sign at once")
    overlap_hours: int
    recovery_days: int
    recovery_events: int = Field(description="Looked at in one call")


class Limits(Out):
    body_bytes: int
    file_bytes: int
    files_per_request: int
    calls_per_minute: int
    page: PageSizes
    draft_days: int
    json_depth: int
    streams_per_caller: int
    webhook_sources: list[str] = Field(
        description="Networks that webhooks come from; empty: the operator names none"
    )
    webhooks: WebhookLimits


class PublicRoute(Out):
    method: str
    path: str
    why: str


class Policy(Out):
    roles: dict[str, list[str]] = Field(description="Role to permissions")
    mandates: dict[str, list[str]] = Field(description="Scope of a mandate to permissions")
    scopes: dict[str, str] = Field(description="Permission to the key scope that it needs")
    public_routes: list[PublicRoute]


class WorkflowRef(Out):
    name: str
    version: int
    url: str


class WorkflowList(Out):
    items: list[WorkflowRef]
    next_cursor: str | None


class StateOut(Out):
    name: str
    status: str = Field(description="What an applicant is told of it")
    ends_clock: bool


class TransitionOut(Out):
    name: str
    sources: list[str] = Field(alias="from")
    to: str
    roles: list[str]
    requires: list[str]
    accepts: list[str]
    guard: str | None = Field(description="What else must hold")
    summary: str


class Workflow(Out):
    name: str
    version: int
    initial: str
    states: list[StateOut]
    transitions: list[TransitionOut]
