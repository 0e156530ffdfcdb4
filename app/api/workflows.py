"""The published workflows: states and transitions as data, Mermaid or SVG."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from app.api.about_shapes import Workflow, WorkflowList
from app.api.answers import answer
from app.api.work import Transacted
from app.domain import diagrams
from app.domain.errors import NotFound
from app.domain.lifecycle import FINAL, STATUS_OF, TRANSITIONS, State
from app.domain.policy import GRANTS

router = APIRouter(prefix="/v1/program/workflows", tags=["about"], route_class=Transacted)
NAME = "designation_request"
VERSION = 1
MERMAID, SVG = "text/vnd.mermaid", "image/svg+xml"


def published() -> dict[str, Any]:
    return {
        "name": NAME,
        "version": VERSION,
        "states": [
            {"name": state.value, "status": STATUS_OF[state].value, "ends_clock": state in FINAL}
            for state in State
        ],
        "transitions": [
            {
                "name": each.name,
                "from": sorted(each.sources),
                "to": each.target.value,
                "roles": sorted(role for role, granted in GRANTS.items() if each.permission in granted),
                "requires": list(each.requires),
                "accepts": list(each.accepts),
                "summary": each.summary,
            }
            for each in TRANSITIONS.values()
        ],
    }


@router.get("", response_model=WorkflowList, operation_id="listWorkflows", summary="The workflows there are")
async def list_workflows() -> Response:
    return answer(
        {"items": [{"name": NAME, "version": VERSION, "url": f"{router.prefix}/{NAME}"}], "next_cursor": None}
    )


@router.get("/{name}", response_model=Workflow, operation_id="getWorkflow",
            summary="A workflow: JSON, Mermaid or SVG, by Accept",
            responses={200: {"content": {MERMAID: {}, SVG: {}}}})  # fmt: skip
async def get_workflow(
    name: Annotated[str, Path(pattern=r"^[a-z_]{1,60}$")],
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    if name != NAME:
        raise NotFound
    wanted = accept or ""
    if MERMAID in wanted:
        return Response(diagrams.mermaid(TRANSITIONS.values()), media_type=MERMAID)
    if SVG in wanted:
        return Response(
            diagrams.svg(TRANSITIONS.values(), "Workflow of a designation request"), media_type=SVG
        )
    return answer(published(), etag=f"w{VERSION}")
