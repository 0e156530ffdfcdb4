"""What keeps a recommendation from being made: criteria that are not rated, or rated without evidence."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.domain import exact_json
from app.domain.criteria import Criterion
from app.domain.identity import new_id
from app.services import assessing
from app.store import requests
from app.store.assessments import assessments
from tests.given import Given, sound_content

ALL = tuple(Criterion)


def rated(*criteria: str, evidence: tuple[str, ...] = ("ev-0",)):
    return [
        {"criterion": name, "rating": "met", "rationale": "Shown.", "evidence": list(evidence)}
        for name in criteria
    ]


async def _assess(given: Given, number: str, person_id, ratings) -> None:
    async with given.runtime.database.writing() as db:
        found = (await db.execute(requests.WHOLE.where(requests.requests.c.number == number))).one()
        row = {
            "id": new_id(),
            "request_id": found.id,
            "person_id": person_id,
            "version": found.version,
            "ratings": exact_json.stored(ratings),
            "at": given.runtime.now(),
        }
        await db.execute(insert(assessments), row)


@pytest.mark.parametrize(
    ("kept", "missing", "bare"),
    [
        ([], ALL, ()),
        ([rated(*ALL)], (), ()),
        ([rated(*ALL[1:])], ALL[:1], ()),
        ([rated(*ALL), rated(*ALL[:2])], ALL[2:], ()),  # the newest stands in place of those before it
        ([rated(*ALL[1:]) + rated(ALL[0], evidence=())], (), ALL[:1]),
        ([rated(*ALL, evidence=("gone",))], (), ALL),
    ],
)
async def test_a_recommendation_needs_every_criterion_rated_with_evidence(given: Given, kept, missing, bare):
    owner, reviewer = await given.member(), await given.staff("reviewer")
    filed = await given.submitted(owner)
    assert sound_content()["scalability"]["evidence"][0]["key"] == "ev-0"
    for ratings in kept:
        await _assess(given, filed["number"], reviewer.id, ratings)
    content = exact_json.stored(filed["content"])
    found = SimpleNamespace(id=UUID(filed["id"]), content=content)
    async with given.runtime.database.reading() as db:
        reasons = await assessing.unrated(db, found, reviewer.id)
        others = await assessing.unrated(db, found, owner.id)
    codes = [reason.code for reason in reasons]
    assert codes.count("criterion-unrated") == len(missing)
    assert codes.count("criterion-without-evidence") == len(bare)
    assert [reason.code for reason in others] == ["criterion-unrated"] * len(ALL)
