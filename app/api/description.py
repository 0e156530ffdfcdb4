"""The description of the API and the page that shows it, served like anything else: with tags, strict at the door."""

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.api.openapi import Described
from app.api.work import Transacted

router = APIRouter(route_class=Transacted, include_in_schema=False)
PLACE = "/openapi.json"


@router.get(PLACE)
async def get_description(request: Request) -> Response:
    app: Described = request.app
    return Response(app.description_text(), media_type="application/json")


@router.get("/docs", response_class=HTMLResponse)
async def get_docs(request: Request) -> Response:
    # behind a proxy that adds a path, the page asks for the description below it
    place = request.scope.get("root_path", "").rstrip("/") + PLACE
    return get_swagger_ui_html(openapi_url=place, title=request.app.title)
