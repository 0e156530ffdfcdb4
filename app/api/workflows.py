"""The published workflows: states and transitions as data, Mermaid or SVG."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from app.api.about_shapes import Workflow as WorkflowOut
from app.api.about_shapes import WorkflowList
from app.api.answers import answer
from app.api.work import Transacted
from app.domain import designation_lifecycle, diagrams, engagement_lifecycle, lifecycle
from app.domain.errors import NotFound
from app.domain.policy import GRANTS
from app.domain.workflow import Workflow

router = APIRouter(prefix="/v1/program/workflows", tags=["about"], route_class=Transacted)
MERMAID, SVG = "text/vnd.mermaid", "image/svg+xml"
WORKFLOWS: dict[str, Workflow[Any]] = {
    each.name: each
    for each in (
        lifecycle.workflow_of(lifecycle.VERSION),
        designation_lifecycle.WORKFLOW,
        engagement_lifecycle.WORKFLOW,
    )
}


def published(workflow: Workflow[Any]) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "version": workflow.version,
        "initial": workflow.initial,
        "states": [
            {"name": state, "status": workflow.status_of[state], "ends_clock": state in workflow.final}
            for state in workflow.states
        ],
        "transitions": [
            {
                "name": each.name,
                "from": sorted(each.sources),
                "to": each.target,
                "roles": sorted(role for role, granted in GRANTS.items() if each.permissions & granted),
                "requires": list(each.requires),
                "accepts": list(each.accepts),
                "guard": each.guard or None,
                "summary": each.summary,
            }
            for each in workflow.transitions.values()
        ],
    }


@router.get("", response_model=WorkflowList, operation_id="listWorkflows", summary="The workflows there are")
async def list_workflows() -> Response:
    items = [
        {"name": each.name, "version": each.version, "url": f"{router.prefix}/{each.name}"}
        for each in WORKFLOWS.values()
    ]
    return answer({"items": items, "next_cursor": None})


@router.get("/{name}", response_model=WorkflowOut, operation_id="getWorkflow",
            summary="A workflow: JSON, Mermaid or SVG, by Accept",
            responses={200: {"content": {MERMAID: {}, SVG: {}}}})  # fmt: skip
async def get_workflow(
    name: Annotated[str, Path(pattern=r"^[a-z_]{1,60}$")],
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    workflow = WORKFLOWS.get(name)
    if workflow is None:
        raise NotFound
    wanted = accept or ""
    if MERMAID in wanted:
        return Response(diagrams.mermaid(workflow), media_type=MERMAID)
    if SVG in wanted:
        return Response(diagrams.svg(workflow), media_type=SVG)
    return answer(published(workflow), etag=f"w{workflow.version}")
