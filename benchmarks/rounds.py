"""Two things measured fairly on a machine that others use too: in turn, several times, median told with spread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.cores import seconds_of
from benchmarks.load import Burst, Heard, send
from benchmarks.served import Served

ROUNDS = 3


@dataclass(frozen=True)
class Shot:
    """One burst: what the caller heard, and the CPU that the server spent on each call."""

    heard: Heard
    cpu_ms: float


@dataclass(frozen=True)
class Compared:
    """Rounds of ours and theirs, taken in turn."""

    ours: Sequence[Shot]
    theirs: Sequence[Shot]

    @property
    def ratios(self) -> list[float]:
        return sorted(
            mine.heard.per_second / other.heard.per_second
            for mine, other in zip(self.ours, self.theirs, strict=True)
        )

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def note(self, other: str) -> str:
        mine, their = _told(self.ours), _told(self.theirs)
        return f"{self.ratios[0]:.2f} to {self.ratios[-1]:.2f} in {len(self.ours)} rounds; ours {mine}, {other} {their}"


def _told(shots: Sequence[Shot]) -> str:
    rate = median(shot.heard.per_second for shot in shots)
    cpu = median(shot.cpu_ms for shot in shots)
    return f"{rate:.0f}/s ({cpu:.2f} ms CPU)"


def shoot(server: Served, burst: Burst) -> Shot:
    before = seconds_of(server.pid)
    heard = send(burst)
    return Shot(heard, (seconds_of(server.pid) - before) * 1000 / burst.total)


Prepared = Callable[[int], tuple[Served, Burst]]  # the server to ask and the burst for round n


def compare(ours: Prepared, theirs: Prepared, rounds: int = ROUNDS) -> Compared:
    """Alternates ours and theirs; round 0 warms both and is not counted. Which goes first alternates too."""
    shots: tuple[list[Shot], list[Shot]] = ([], [])
    for n in range(rounds + 1):
        order = ((ours, shots[0]), (theirs, shots[1]))
        for prepare, kept in order if n % 2 else reversed(order):
            shot = shoot(*prepare(n))
            if n:
                kept.append(shot)
    return Compared(*shots)
