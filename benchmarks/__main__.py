"""`python -m benchmarks`: runs every line and prints the table; exit 1 where a target is missed."""

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks import costs, events_out, floors, inbox, postgres, rivalry
from benchmarks.stage import Stage, on_postgresql, on_sqlite
from benchmarks.table import Line, printed

# each on a database of its own, so that none pays for what another filled in
ON_POSTGRESQL: tuple[Callable[[Stage], list[Line]], ...] = (
    costs.statements,
    costs.process,
    floors.lines,
    rivalry.lines,
    costs.holdings,
    costs.lists,
    inbox.lines,
    costs.uploads,
    events_out.throughput,
    events_out.hanging,
    events_out.first_byte,
    events_out.claim_cost,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--large", action="store_true", help="the lists alone, at 1,000,000 requests")
    large = parser.parse_args().large
    if large:
        costs.LARGE = 1_000_000
    began, lines = time.monotonic(), [] if large else costs.readiness()
    with postgres.server() as server:
        for measure in (costs.lists,) if large else ON_POSTGRESQL:
            with on_postgresql(server) as stage:
                lines += measure(stage)
            print(
                f"{measure.__module__}.{measure.__name__}: {time.monotonic() - began:.0f} s", file=sys.stderr
            )
    if not large:
        with on_sqlite() as stage:
            lines += floors.lines(stage)
        with on_sqlite() as stage:
            lines += events_out.first_byte(stage)
    print(printed(lines))
    print(f"\n{time.monotonic() - began:.0f} s in all")
    return 1 if any(line.holds is False for line in lines) else 0


sys.exit(main())
