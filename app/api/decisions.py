"""The decision on a request and its letter, as HTML or as a tagged PDF."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from app.api.answers import answer
from app.api.deps import Caller, Look
from app.api.negotiation import preferred
from app.api.review_shapes import DecisionOut
from app.api.sight import Seen
from app.api.work import Transacted
from app.domain import exact_json, letters
from app.domain.calendars import civil_date
from app.domain.errors import NotFound
from app.domain.lifecycle import State
from app.domain.policy import Actor
from app.services.journal import instant
from app.store import decisions
from app.store.columns import Record
from app.store.requests import DesignationRequest

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["review"])
HTML, PDF = "text/html", "application/pdf"
Number = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="An earlier decision, by its number; else the newest.")
]


@router.get("/{reference}/decision", response_model=DecisionOut, operation_id="getDecision",
            summary="The decision, with the manifest of its signature")  # fmt: skip
async def get_decision(found: Seen, db: Look, actor: Caller, n: Number = None) -> Response:
    made = await decisions.all_of(db, found.id)
    return answer(shown(found, _chosen(made, n), made, actor))


@router.get("/{reference}/decision/letter", operation_id="getDecisionLetter", response_class=HTMLResponse,
            responses={200: {"content": {PDF: {}}}},
            summary="The letter of the decision: HTML, or a tagged PDF, by Accept")  # fmt: skip
async def get_letter(found: Seen, db: Look, request: Request, n: Number = None) -> Response:
    chosen = _chosen(await decisions.all_of(db, found.id), n)
    letter = letters.letter_of(exact_json.decode(chosen.letter))
    name = f"{found.number}-decision-{chosen.n}"
    kind = preferred(request, (HTML, PDF))
    headers = {
        "ETag": f'"{chosen.digest[:32]}-{kind.rpartition("/")[2]}"',  # each form is a thing of its own
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }
    if kind == PDF:
        pdf = await run_in_threadpool(letters.pdf_of, letter)
        headers |= {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
        return Response(pdf, media_type=PDF, headers=headers)
    headers |= {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
    return HTMLResponse(letters.html_of(letter), headers=headers)


def _chosen(made: Sequence[Record], n: int | None) -> Record:
    found = [each for each in made if n is None or each.n == n]
    if not found:
        raise NotFound("There is no such decision.")
    return found[-1]


def shown(found: DesignationRequest, chosen: Record, made: Sequence[Record], actor: Actor) -> dict[str, Any]:
    """A decision for its audience; factors and what was recommended are the program's."""
    letter = exact_json.decode(chosen.letter)
    at = f"/v1/designation-requests/{found.number}/decision/letter?n={chosen.n}"
    stands = chosen.n == made[-1].n and found.state in {State.DESIGNATED, State.NOT_DESIGNATED}
    view: dict[str, Any] = {
        "n": chosen.n,
        "outcome": chosen.outcome,
        "decided_on": civil_date(chosen.at),
        "decided_at": instant(chosen.at),
        "context_of_use": chosen.context_of_use,
        "reasons": exact_json.decode(chosen.reasons),
        "rationale": chosen.rationale,
        "set_aside": not stands,
        "signature": {
            "printed_name": letter["signed"]["printed_name"],
            "meaning": letter["signed"]["meaning"],
            "at": instant(chosen.at),
            "sha256": chosen.digest,
        },
        "letter": at,
        "earlier": [each.n for each in made if each.n < chosen.n],
    }
    if actor.is_staff:
        view |= {
            "signed": exact_json.raw(chosen.manifest),
            "factors": exact_json.raw(chosen.factors),
            "decided_by": chosen.decided_by,
        }
    return view
