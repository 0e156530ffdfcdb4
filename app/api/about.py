"""The service about itself: health, keys, limits, policy."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import text
from starlette.responses import Response

from app.api import public_routes, streams
from app.api.about_shapes import Health, KeySet, Limits, Policy
from app.api.answers import answer
from app.api.deps import Look, The
from app.api.webhook_shapes import MOST_PER_SECOND, MOST_SUBJECTS
from app.api.work import Transacted
from app.domain import files, policy, secret_headers
from app.domain.addresses import LONGEST_URL, Guard
from app.services import recoveries, webhook_endpoints, webhook_secrets

router = APIRouter(route_class=Transacted, tags=["about"])


@router.get(
    "/healthz", response_model=Health, operation_id="getHealth", summary="Whether the process answers"
)
async def get_health() -> Response:
    return answer({"status": "ok"})


@router.get(
    "/readyz", response_model=Health, operation_id="getReadiness", summary="Whether the database answers"
)
async def get_readiness(db: Look) -> Response:
    await db.execute(text("SELECT 1"))
    return answer({"status": "ready"})


@router.get(
    "/v1/keys",
    response_model=KeySet,
    operation_id="getKeys",
    summary="Public keys of receipts and webhooks (JWKS)",
)
async def get_keys(the: The) -> Response:
    return answer({"keys": the.keyring.public_keys()})


@router.get(
    "/v1/program/limits", response_model=Limits, operation_id="getLimits", summary="Every published limit"
)
async def get_limits(the: The) -> Response:
    settings = the.settings
    return answer(
        {
            "body_bytes": settings.max_body_bytes,
            "file_bytes": settings.max_file_bytes,
            "files_per_request": settings.max_files,
            "file_kinds": sorted(files.KINDS),
            "calls_per_minute": settings.rate_per_minute,
            "page": {"default": 50, "most": 200},
            "draft_days": settings.draft_days,
            "json_depth": 32,
            "streams_per_caller": streams.MOST_OF_ONE,
            "webhook_sources": settings.webhook_sources.split(),
            "webhooks": _webhook_limits(the.guard),
        }
    )


def _webhook_limits(guard: Guard) -> dict[str, Any]:
    return {
        "endpoints": webhook_endpoints.MOST,
        "ports": sorted(guard.ports),
        "url_characters": LONGEST_URL,
        "subjects": MOST_SUBJECTS,
        "headers": secret_headers.MOST,
        "header_characters": secret_headers.MOST_CHARACTERS,
        "per_second": MOST_PER_SECOND,
        "secrets": webhook_secrets.MOST,
        "overlap_hours": int(webhook_endpoints.MOST_OVERLAP.total_seconds() // 3600),
        "recovery_days": recoveries.FURTHEST.days,
        "recovery_events": recoveries.MOST,
    }


@router.get(
    "/v1/program/policy",
    response_model=Policy,
    operation_id="getPolicy",
    summary="Who may do what, as the code enforces it",
)
async def get_policy() -> Response:
    return answer({**policy.published(), "public_routes": public_routes.published()})
