"""Throughput of the hot calls against the floor: a bare INSERT and commit, and a bare SELECT by id."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain import exact_json, signatures
from app.keystore import keyring_of
from benchmarks import fill
from benchmarks.bodies import FIRST_PAGE, small, titled
from benchmarks.load import Burst, Call, send
from benchmarks.rounds import Compared, compare
from benchmarks.served import Served
from benchmarks.stage import REQUESTS, Stage, call_of
from benchmarks.table import Line, at_least
from tests.given import Given, Person

ROUND = 600
TARGETS = {"draft": 0.5, "submit": 0.3, "get": 0.7}


def lines(stage: Stage) -> list[Line]:
    """On PostgreSQL the targets must hold; on SQLite the ratios are told."""
    race = stage.prepare(lambda given: _cast(stage, given))
    with stage.service() as service, stage.floor() as floor:
        race.service, race.floor = service, floor
        measured = [
            ("draft", "open a draft, first page / INSERT and commit", race.draft(FIRST_PAGE["content"])),
            ("", "open a draft, whole request / INSERT and commit", race.draft(small())),
            ("get", "get by id / SELECT by id", race.get()),
        ]
        if not stage.is_sqlite:
            measured.append(("submit", "submit, with step-up / INSERT and commit", race.submit()))
    section = f"Throughput against the floor, {stage.name}"
    out = []
    for kind, what, compared in measured:
        line = at_least(section, what, compared.ratio, TARGETS.get(kind, 0), compared.note("floor"))
        has_target = kind in TARGETS and not stage.is_sqlite
        out.append(line if has_target else replace(line, target="", holds=None))
    return out


async def _cast(stage: Stage, given: Given) -> "_Race":
    person = await given.member()
    return _Race(stage, person, (await given.ready_draft(person))["number"])


class _Race:
    """Ours and the floor's, in turn; the servers are set once they run."""

    service: Served
    floor: Served

    def __init__(self, stage: Stage, person: Person, template: str) -> None:
        self.stage, self.person, self.template = stage, person, template
        self.submitted = 0

    def draft(self, content: dict[str, Any]) -> Compared:
        sent = [titled(content, place) for place in range(ROUND)]
        ours = [call_of(self.person, "POST", REQUESTS, each) for each in sent]
        bare = [_bare("/rows", exact_json.encode(each)) for each in sent]
        return self._race(ours, bare, 201)

    def get(self) -> Compared:
        body = exact_json.encode({"content": small()})
        mine = made(self.service, call_of(self.person, "POST", REQUESTS, {"content": small()}))
        theirs = made(self.floor, _bare("/rows", body))
        return self._race(
            [call_of(self.person, "GET", f"{REQUESTS}/{each}") for each in mine],
            [Call("GET", f"/rows/{each}") for each in theirs],
            200,
        )

    def submit(self) -> Compared:
        """Each submission is of a draft of its own, signed with a step-up token made for the round."""
        body = exact_json.encode({"content": small()})

        def ours(n: int) -> tuple[Served, Burst]:
            drafts = fill.copies(self.stage.database_url, self.template, ROUND, first=n * ROUND)
            calls = submissions(self.stage, self.person, drafts)
            return self.service, Burst(self.service.port, calls, ROUND, 200)

        bare = Burst(0, [_bare("/rows", body)], ROUND, 201)
        return compare(ours, lambda _: (self.floor, replace(bare, port=self.floor.port)))

    def _race(self, ours: list[Call], bare: list[Call], expects: int) -> Compared:
        return compare(
            lambda _: (self.service, Burst(self.service.port, ours, ROUND, expects)),
            lambda _: (self.floor, Burst(self.floor.port, bare, ROUND, expects)),
        )


def submissions(stage: Stage, person: Person, drafts: list[str]) -> list[Call]:
    """`submit` of each draft, signed with a step-up token made just now."""
    token, _ = signatures.step_up_token(
        keyring_of(stage.settings), person.id, person.key_id, datetime.now(UTC)
    )
    signature = {"printed_name": person.name, "meaning": "authorship", "step_up": token}
    body = {"name": "submit", "signature": signature}
    return [call_of(person, "POST", f"{REQUESTS}/{each}/transitions", body) for each in drafts]


def _bare(path: str, body: bytes) -> Call:
    return Call("POST", path, {"Content-Type": "application/json"}, body)


def made(server: Served, call: Call) -> list[str]:
    """The ids of a few things made by this call."""
    heard = [send(Burst(server.port, [call], 1, 201, connections=1)) for _ in range(10)]
    return [str(json.loads(each.body)["id"]) for each in heard]
