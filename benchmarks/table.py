"""The one table that a run ends with."""

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Line:
    """One figure against its target. `holds` None: reported, no target. `note` is information only."""

    section: str
    what: str
    figure: str
    target: str = ""
    holds: bool | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        return {None: "", True: "pass", False: "SHORT"}[self.holds]


def at_least(section: str, what: str, measured: float, target: float, note: str = "") -> Line:
    return Line(section, what, f"{measured:.2f}", f"≥ {target:g}", measured >= target, note)


def at_most(section: str, what: str, measured: float, target: float, note: str = "", unit: str = "") -> Line:
    figure = f"{measured:.2f}" if measured != int(measured) else f"{measured:.0f}"
    return Line(section, what, f"{figure}{unit}", f"≤ {target:g}{unit}", measured <= target, note)


def printed(lines: list[Line]) -> str:
    """Columns as wide as they need to be, a blank line between sections."""
    head = ("", "measured", "target", "", "for information")
    cells = [(line.what, line.figure, line.target, line.verdict, line.note) for line in lines]
    wide = [max(len(row[i]) for row in [head, *cells]) for i in range(4)]

    def row(of: tuple[str, ...]) -> str:
        what, figure, target, verdict = (
            of[0].ljust(wide[0]), of[1].rjust(wide[1]), of[2].ljust(wide[2]), of[3].ljust(wide[3]),
        )  # fmt: skip
        return f"  {what}  {figure}  {target}  {verdict}  {of[4]}".rstrip()

    out = [row(head)]
    for section, members in groupby(lines, key=lambda line: line.section):
        out += ["", section]
        out += [row((line.what, line.figure, line.target, line.verdict, line.note)) for line in members]
    return "\n".join(out)
