"""Throughput of the hot calls against the floor: a bare INSERT and commit, and a bare SELECT by id."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain import exact_json, signatures
from app.keystore import keyring_of
from benchmarks.bodies import FIRST_PAGE, small, titled
from benchmarks.load import Burst, Call, send
from benchmarks.rounds import Compared, compare
from benchmarks.served import Served
from benchmarks.stage import REQUESTS, Stage, call_of
from benchmarks.table import Line, at_least
from tests.given import CONTEXT, CRITERIA, DECISIONS, Desk, Given, Person

ROUND = 600
RATING = {"rating": "met", "rationale": "The data show it.", "evidence": ["ev-0"]}
TARGETS = {"draft": 0.5, "submit": 0.3, "get": 0.7, "accept": 0.3}
DECIDED = 150  # requests a round: each takes four calls until it can be decided


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
            measured += [
                ("submit", "submit, with step-up / INSERT and commit", race.submit()),
                ("accept", "a transition: accept / INSERT and commit", race.accept()),
                ("", "designate, signed with letter and grant / INSERT and commit", race.designate()),
            ]
    section = f"Throughput against the floor, {stage.name}"
    out = []
    for kind, what, compared in measured:
        line = at_least(section, what, compared.ratio, TARGETS.get(kind, 0), compared.note("floor"))
        has_target = kind in TARGETS and not stage.is_sqlite
        out.append(line if has_target else replace(line, target="", holds=None))
    return out


async def _cast(stage: Stage, given: Given) -> "_Race":
    return _Race(stage, await given.member(), await given.desk())


class _Race:
    """Ours and the floor's, in turn; the servers are set once they run."""

    service: Served
    floor: Served

    def __init__(self, stage: Stage, person: Person, desk: Desk) -> None:
        self.stage, self.person, self.desk = stage, person, desk

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
        """Each submission is of a draft of its own, opened through the service just before, as applicants do.

        It is signed with a step-up token made for the round.
        """
        return self._moves(lambda n: submissions(self.stage, self.person, self._drafts(n)))

    def accept(self) -> Compared:
        """The desk accepts requests that were received just before, and assigns their lead reviewer."""
        return self._moves(lambda n: self._accepting(self._received(n)))

    def designate(self) -> Compared:
        """The decision with its manifest, letter and designation, of requests recommended just before."""

        def decisions(n: int) -> list[Call]:
            numbers = self._received(n, DECIDED)
            rated = {"ratings": [{**RATING, "criterion": each} for each in CRITERIA]}
            moved = {"name": "recommend", "outcome": "designate", "context_of_use": CONTEXT}
            lead = self.desk.lead
            self._send(self._accepting(numbers), 200)
            self._send(_calls(lead, numbers, "assessments", rated), 201)
            self._send(_calls(lead, numbers, "transitions", moved), 200)
            signatory = self.desk.signatory
            signature = _signature(self.stage, signatory, "approval")
            decided = {"name": "designate", **DECISIONS["designate"], "signature": signature}
            return _calls(signatory, numbers, "transitions", decided)

        return self._moves(decisions, DECIDED)

    def _moves(self, calls: Callable[[int], list[Call]], count: int = ROUND) -> Compared:
        """Transitions, each of a request of its own, against as many rows of the size of a request."""
        bare = Burst(0, [_bare("/rows", exact_json.encode({"content": small()}))], count, 201)
        return compare(
            lambda n: (self.service, Burst(self.service.port, calls(n), count, 200)),
            lambda _: (self.floor, replace(bare, port=self.floor.port)),
        )

    def _accepting(self, numbers: list[str]) -> list[Call]:
        lead = {"lead_center": "CBER", "lead_reviewer_id": str(self.desk.lead.id)}
        return _calls(self.desk.coordinator, numbers, "transitions", {"name": "accept", **lead})

    def _received(self, n: int, count: int = ROUND) -> list[str]:
        """The numbers of requests received for round n."""
        numbers = self._drafts(n, count)
        self._send(submissions(self.stage, self.person, numbers), 200)
        return numbers

    def _send(self, calls: list[Call], expects: int) -> None:
        send(Burst(self.service.port, calls, len(calls), expects))

    def _drafts(self, n: int, count: int = ROUND) -> list[str]:
        """The numbers of drafts opened for round n, no two with the same content."""
        places = range(n * count, (n + 1) * count)
        opening = [call_of(self.person, "POST", REQUESTS, titled(small(), place)) for place in places]
        return _opened(self.service, opening)

    def _race(self, ours: list[Call], bare: list[Call], expects: int) -> Compared:
        return compare(
            lambda _: (self.service, Burst(self.service.port, ours, ROUND, expects)),
            lambda _: (self.floor, Burst(self.floor.port, bare, ROUND, expects)),
        )


def submissions(stage: Stage, person: Person, drafts: list[str]) -> list[Call]:
    """`submit` of each draft, signed with a step-up token made just now."""
    body = {"name": "submit", "signature": _signature(stage, person, "authorship")}
    return _calls(person, drafts, "transitions", body)


def _signature(stage: Stage, person: Person, meaning: str) -> dict[str, str]:
    keyring = keyring_of(stage.settings)
    token, _ = signatures.step_up_token(keyring, person.id, person.key_id, datetime.now(UTC))
    return {"printed_name": person.name, "meaning": meaning, "step_up": token}


def _calls(person: Person, numbers: list[str], what: str, body: dict[str, Any]) -> list[Call]:
    return [call_of(person, "POST", f"{REQUESTS}/{each}/{what}", body) for each in numbers]


def _bare(path: str, body: bytes) -> Call:
    return Call("POST", path, {"Content-Type": "application/json"}, body)


def _opened(server: Served, calls: list[Call]) -> list[str]:
    heard = send(Burst(server.port, calls, len(calls), 201, keep_answers=True))
    return [str(json.loads(each)["number"]) for each in heard.answers]


def made(server: Served, call: Call) -> list[str]:
    """The ids of a few things made by this call."""
    heard = [send(Burst(server.port, [call], 1, 201, connections=1)) for _ in range(10)]
    return [str(json.loads(each.body)["id"]) for each in heard]
