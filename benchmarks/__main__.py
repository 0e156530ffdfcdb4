"""`python -m benchmarks`: runs every line and prints the table; exit 1 where a target is missed."""

import argparse
import sys
import time

from benchmarks import floors, postgres
from benchmarks.stage import on_postgresql, on_sqlite
from benchmarks.table import Line, printed


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--large", action="store_true", help="lists at 100,000 and 1,000,000 requests")
    parser.parse_args()
    began, lines = time.monotonic(), list[Line]()
    with postgres.server() as server:
        with on_postgresql(server) as stage:
            lines += floors.lines(stage)
        with on_sqlite() as stage:
            lines += floors.lines(stage)
    print(printed(lines))
    print(f"\n{time.monotonic() - began:.0f} s in all")
    return 1 if any(line.holds is False for line in lines) else 0


sys.exit(main())
