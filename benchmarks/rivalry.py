"""Throughput against a rival: a plain Django REST Framework desk with the same duties.

Both look the caller's key up by a keyed hash, with person and membership. On both a POST carries an Idempotency-Key that
was never used and leaves the stored answer and a row of history in the transaction of the change; to change a request is
to lock its row and count its version. What else this service does on a call, it does here too and the rival does not:

open a draft    ours takes a number from a sequence, keeps every figure's digits, checks the content against its schema
                and judges it by the rules; theirs checks that the content has a title.
a transition    `reinstate`, the plainest: ours also asks for role and scope and writes five events.
more days       ours, as theirs, moves a date. (Whatever ours writes into its journal is chained by hash.)
submit          told without a target, since little of it is the transition: ours checks the signer's step-up token,
                judges the content anew, keeps the version, a snapshot with its report, a signed receipt and the
                signature, writes five events and a letter; theirs sets the state and the dates.
get, list       nearly the same members; ours also shows what the rules said and gives a tag.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks import fill
from benchmarks.bodies import FIRST_PAGE, small, titled
from benchmarks.floors import ROUND, made, submissions
from benchmarks.load import Burst, Call
from benchmarks.rival_desk import Rival
from benchmarks.rounds import Compared, compare
from benchmarks.served import Served
from benchmarks.stage import REQUESTS, Stage, call_of
from benchmarks.table import Line, at_least
from tests.given import Given, Person

PAGES = 200
AHEAD = 2
REINSTATE = {"name": "reinstate", "note": "The file can be read after all."}


def lines(stage: Stage) -> list[Line]:
    cast, rival = stage.prepare(_prepared), Rival(stage)
    with stage.service() as service, rival.serve() as other:
        match = _Match(stage, cast, rival, service, other)
        measured = [
            ("open a draft", match.create()),
            ("a transition", match.reinstate()),
            ("more days for a draft", match.extend()),
            ("get by id", match.get()),
            ("list of 50", match.page()),
        ]
        submitted = match.submit()
    section = f"Throughput against Django REST Framework, {stage.name}"
    out = [at_least(section, what, each.ratio, AHEAD, each.note("theirs")) for what, each in measured]
    told = at_least(section, "submit / a bare transition", submitted.ratio, 0, submitted.note("theirs"))
    return [*out, replace(told, target="", holds=None)]


@dataclass(frozen=True)
class _Cast:
    """Who calls ours, and a request in each state that a round starts from."""

    member: Person
    coordinator: Person
    draft: str
    rejected: str


async def _prepared(given: Given) -> _Cast:
    member, coordinator = await given.member(), await given.staff("coordinator")
    draft, rejected = await given.ready_draft(member), await given.submitted(member)
    agreed = {"cause": "wrong_program", "note": "Withdrawn in writing.", "written_agreement": "By letter."}
    answered = await given.move(coordinator, rejected["number"], "reject_technically", **agreed)
    assert answered.status_code == 200, answered.text
    return _Cast(member, coordinator, draft["number"], rejected["number"])


class _Match:
    """The same calls on both sides, in turn."""

    def __init__(self, stage: Stage, cast: _Cast, rival: Rival, ours: Served, theirs: Served) -> None:
        self.stage, self.cast, self.rival, self.ours, self.theirs = stage, cast, rival, ours, theirs
        self.copied = 0

    def create(self) -> Compared:
        sent = [titled(FIRST_PAGE["content"], place) for place in range(ROUND)]
        return self._changes(
            lambda: [call_of(self.cast.member, "POST", REQUESTS, each) for each in sent],
            lambda: [self.rival.call("POST", REQUESTS, each) for each in sent],
            201,
        )

    def reinstate(self) -> Compared:
        return self._changes(
            lambda: [
                call_of(self.cast.coordinator, "POST", f"{REQUESTS}/{each}/transitions", REINSTATE)
                for each in self._copies(self.cast.rejected)
            ],
            lambda: self._their_moves("transitions", REINSTATE, state="technically_rejected"),
            200,
        )

    def extend(self) -> Compared:
        return self._changes(
            lambda: [
                call_of(self.cast.member, "POST", f"{REQUESTS}/{each}/extensions")
                for each in self._copies(self.cast.draft)
            ],
            lambda: self._their_moves("extensions"),
            201,
        )

    def submit(self) -> Compared:
        return self._changes(
            lambda: submissions(self.stage, self.cast.member, self._copies(self.cast.draft)),
            lambda: self._their_moves("transitions", {"name": "submit"}),
            200,
        )

    def get(self) -> Compared:
        content = {"content": small()}
        mine = made(self.ours, call_of(self.cast.member, "POST", REQUESTS, content))
        their = made(self.theirs, self.rival.call("POST", REQUESTS, content))
        return self._reads(
            [call_of(self.cast.member, "GET", f"{REQUESTS}/{each}") for each in mine],
            [self.rival.call("GET", f"{REQUESTS}/{each}") for each in their],
            ROUND,
        )

    def page(self) -> Compared:
        """The newest of the thousands that the rounds before have left."""
        return self._reads(
            [call_of(self.cast.member, "GET", REQUESTS)], [self.rival.call("GET", REQUESTS)], PAGES
        )

    def _copies(self, template: str) -> list[str]:
        self.copied += ROUND
        return fill.copies(self.stage.database_url, template, ROUND, first=self.copied)

    def _their_moves(self, what: str, tree: object = None, state: str = "draft") -> list[Call]:
        return [
            self.rival.call("POST", f"{REQUESTS}/{each}/{what}", tree)
            for each in self.rival.fill(ROUND, state, small())
        ]

    def _reads(self, ours: list[Call], theirs: list[Call], total: int) -> Compared:
        return compare(
            lambda _: (self.ours, Burst(self.ours.port, ours, total, 200)),
            lambda _: (self.theirs, Burst(self.theirs.port, theirs, total, 200)),
        )

    def _changes(
        self, ours: Callable[[], list[Call]], theirs: Callable[[], list[Call]], expects: int
    ) -> Compared:
        """Calls made anew for each round, each with a key of its own."""
        return compare(
            lambda n: (self.ours, Burst(self.ours.port, _keyed(ours(), n), ROUND, expects)),
            lambda n: (self.theirs, Burst(self.theirs.port, _keyed(theirs(), n), ROUND, expects)),
        )


def _keyed(calls: list[Call], n: int) -> list[Call]:
    return [
        replace(call, headers={**call.headers, "Idempotency-Key": f"round-{n}-{place}"})
        for place, call in enumerate(calls)
    ]
