"""Random walks: many people act on one designation at once, and its records stay whole whatever comes of it."""

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest

from app.domain.designation_lifecycle import State
from app.services import verification
from app.store.designation_records import changes
from app.store.designations import designations
from app.store.journal import events
from tests.api.test_designation_transfers import accepted, closed, offered
from tests.api.test_designations import BLA, ITEMS, publish
from tests.designation_given import PATH, granted, move
from tests.given import Given, Person

FINE = {200, 201, 204, 403, 404, 409, 412, 422}
MOVES = (
    "notify_change",
    "acknowledge_change",
    "propose_end",
    "withdraw_notice",
    "end_by_program",
    "graduate",
)


class Walk:
    """Two applicants that may hold it, one that may be authorized, and the program."""

    def __init__(self, given: Given, number: str, owners: list[Person], party: Person, staff: Person) -> None:
        self.given, self.number, self.owners, self.party, self.staff = given, number, owners, party, staff
        self.at = f"{PATH}/{number}"

    async def step(self, chance: random.Random) -> Any:
        who, other = chance.sample(self.owners, 2)
        act = chance.choice(
            (self.moved, self.authorized, self.revoked, self.cited, self.offered, self.settled)
        )
        return await act(chance, who, other)

    async def moved(self, chance: random.Random, who: Person, other: Person) -> Any:
        name = chance.choice(MOVES)
        return await move(self.given, who if name == "notify_change" else self.staff, self.number, name)

    async def authorized(self, chance: random.Random, who: Person, other: Person) -> Any:
        person = {"applicant_id": str(self.party.applicant_id)}
        body = {"person": person, "application": BLA, "items_covered": ITEMS}
        return await who.post(f"{self.at}/authorizations", json=body)

    async def revoked(self, chance: random.Random, who: Person, other: Person) -> Any:
        listed = await who.get(f"{self.at}/authorizations")
        if listed.status_code != 200 or not listed.json()["items"]:
            return listed
        id = chance.choice(listed.json()["items"])["id"]
        return await who.delete(f"{self.at}/authorizations/{id}", headers={"If-Match": "*"})

    async def cited(self, chance: random.Random, who: Person, other: Person) -> Any:
        application = {"kind": "BLA", "number": f"BLA12500{chance.randint(1, 3)}"}
        body = {"application": application, "cited_on": "2026-06-01"}
        return await chance.choice((who, self.party)).post(f"{self.at}/citations", json=body)

    async def offered(self, chance: random.Random, who: Person, other: Person) -> Any:
        if chance.random() < 0.3:
            shown = await who.get(f"{self.at}/publication")
            return await publish(who, self.number) if shown.status_code == 200 else shown
        return await offered(self.given, who, self.number, other)

    async def settled(self, chance: random.Random, who: Person, other: Person) -> Any:
        listed = await who.get(f"{self.at}/transfers")
        if listed.status_code != 200 or not listed.json()["items"]:
            return listed
        id = listed.json()["items"][-1]["id"]
        if chance.random() < 0.3:
            return await closed(who, self.number, id)
        return await accepted(self.given, who, self.number, id)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_at_once_the_records_stay_whole(given: Given, seed):
    chance = random.Random(seed)
    owners = [await given.member(), await given.member()]
    staff, counsel = await given.staff("signatory", "reviewer"), await given.staff("counsel")
    number = await granted(given, owners[0])
    walk = Walk(given, number, owners, await given.member(), staff)
    codes: dict[int, int] = defaultdict(int)
    for turn in range(8):
        if turn == 6:
            await counsel.post(f"{walk.at}/counsel-sign-offs", json={"for": "graduated", "note": "Now."})
        for answered in await asyncio.gather(*(walk.step(chance) for _ in range(5))):
            assert answered.status_code in FINE, answered.text
            codes[answered.status_code] += 1
    assert codes[200] + codes[201] + codes[204] > 5, codes
    await _insist_on_whole_records(given, number)


async def _insist_on_whole_records(given: Given, number: str) -> None:
    async with given.runtime.database.reading() as db:
        [row] = (await db.execute(designations.select().where(designations.c.number == number))).all()
        told = (await db.execute(events.select().where(events.c.subject == number))).all()
        done = (await db.execute(changes.select().order_by(changes.c.seq))).all()
        assert {fault async for _, fault in verification.broken_chains(db)} == {None}
    assert [each.seq for each in done] == list(range(1, row.changes_seq + 1))
    assert row.revision == row.changes_seq
    assert done[-1].holder_id == row.holder_id
    for audience in ("applicant", "program"):
        sequences = sorted(each.sequence for each in told if each.audience == audience)
        assert sequences == list(range(1, getattr(row, f"{audience}_sequence") + 1))
    ends = [each.what for each in done if each.what in {State.GRADUATED, *(s for s in State if "ended" in s)}]
    assert ends == ([row.state] if row.state in {"graduated", "ended_by_holder", "ended_by_program"} else [])
    passed = [each for each in done if each.what == "transferred"]
    heard = [each for each in told if each.type == "designation.transferred" and each.audience == "applicant"]
    assert len(heard) == 2 * len(passed)
