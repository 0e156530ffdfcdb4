"""What is kept of deliveries: ninety days, however many there are, and what the next one must name for good."""

import pytest
from sqlalchemy import func, select

from app.delivery.housekeeping import MOST, House, forget_settled
from app.domain.identity import new_id
from app.services import fan_out
from app.store.deliveries import deliveries
from app.store.webhook_endpoints import webhook_attempts
from tests.delivery.scene import Scene


def _house(scene: Scene) -> House:
    runtime = scene.runtime
    return House(runtime.database, runtime.keyring, "http://desk", runtime.blobs, runtime.scanner)


async def _count(scene: Scene, table) -> int:
    async with scene.database.reading() as db:
        return (await db.execute(select(func.count()).select_from(table))).scalar_one()


async def _history(scene: Scene, subjects: int, each: int) -> None:
    """Settled deliveries to one endpoint, and an attempt for each."""
    endpoint, now, rows, tries = new_id(), scene.clock(), [], []
    for _ in range(subjects):
        subject = new_id()
        for sequence in range(1, each + 1):
            id = new_id()
            rows.append(
                {
                    "id": id, "kind": fan_out.KIND, "lane": fan_out.lane_of(endpoint), "payload": "", "state": "done",
                    "run_at": now, "attempts": 1, "created_at": now, "settled_at": now, "endpoint_id": endpoint,
                    "event_id": new_id(), "subject_id": subject, "sequence": sequence,
                }
            )  # fmt: skip
            tries.append(
                {
                    "id": new_id(), "delivery_id": id, "endpoint_id": endpoint, "number": 1, "at": now,
                    "milliseconds": 1, "outcome": "delivered",
                }
            )  # fmt: skip
    async with scene.database.writing() as db:
        await db.execute(deliveries.insert(), rows)
        await db.execute(webhook_attempts.insert(), tries)


@pytest.mark.parametrize(("subjects", "each"), [(1, 1), (7, 3), (2, MOST + 1), (MOST + 3, 2)])
async def test_all_that_is_old_goes_but_the_newest_of_each_subject(scene: Scene, subjects, each):
    await _history(scene, subjects, each)
    scene.clock.move(days=89)
    await forget_settled(_house(scene), scene.clock())
    assert await _count(scene, deliveries) == await _count(scene, webhook_attempts) == subjects * each
    scene.clock.move(days=2)
    await forget_settled(_house(scene), scene.clock())
    async with scene.database.reading() as db:
        kept = list((await db.execute(select(deliveries.c.sequence))).scalars())
    assert kept == [each] * subjects
    assert await _count(scene, webhook_attempts) == 0


async def test_what_has_not_ended_is_kept_however_old_it_is(scene: Scene):
    owner = await scene.owner()
    endpoint = await scene.endpoint("http://127.0.0.1:1/in", owner)
    subject = await scene.tell(owner)
    await scene.tell(owner, subject)
    scene.clock.move(days=400)
    await forget_settled(_house(scene), scene.clock())
    assert await scene.statuses(endpoint) == ["pending"] * 2
