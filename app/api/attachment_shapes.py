"""The bodies of attachments: what a form may hold, what is told of a file, and how the description shows both."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from app.api.payloads import In, Out
from app.domain import files
from app.domain.shapes import PROSE_PATTERN
from app.storage.scanning import Scan

AttachmentKind = Literal[
    "technical_report", "protocol", "batch_summary", "model_validation",
    "authorization_letter", "cover_letter", "letter", "other",
]  # fmt: skip


class FileFields(In):
    """What any form with a file may say of it."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = Field(
        None, description="The file is refused where it arrives with another digest"
    )


class FieldsIn(FileFields):
    """The fields of the form beside its file."""

    kind: AttachmentKind
    description: Annotated[str, Field(max_length=2000, pattern=PROSE_PATTERN)] | None = None


class AttachmentOut(Out):
    id: UUID
    filename: str = Field(description="Made safe; numbered where the request has a file of that name")
    size: int = Field(description="Bytes")
    sha256: str
    media_type: str = Field(description="Told by the content")
    kind: AttachmentKind
    description: str | None
    scan: Scan
    created_at: datetime


class AttachmentPage(Out):
    items: list[AttachmentOut]
    next_cursor: str | None


class Bytes(Response):
    """What a download is described as."""

    media_type = "application/octet-stream"


def form_of(shape: type[FileFields], needed: tuple[str, ...]) -> dict[str, Any]:
    """The description of a body with a file and these fields."""
    fields = shape.model_json_schema()
    file = {"type": "string", "format": "binary", "description": "The file, with its name"}
    properties = {name: _without_null(member) for name, member in fields["properties"].items()}
    schema = {
        "type": "object",
        "required": ["file", *needed],
        "additionalProperties": False,
        "properties": {"file": file, **properties},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A field of a form is there or it is not: it has no null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: member for name, member in schema.items() if name not in {"anyOf", "title", "default"}}
    return {**rest, **(kinds[0] if kinds else {})}


FORM = form_of(FieldsIn, ("kind",))
_CONTENT: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in sorted({kind.media_type for kind in files.KINDS.values()} | {Bytes.media_type})
}
DOWNLOADS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file", "content": _CONTENT},
    206: {"description": "The range asked for", "content": _CONTENT},
    **{status: {"description": "Refused"} for status in (409, 410, 416)},
}
