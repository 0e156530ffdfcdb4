"""What a laid-out letter is: sheets with lines on them, and the tree that says what each line is part of."""

from dataclasses import dataclass, field
from typing import Final

from app.domain.letters import typefaces
from app.domain.letters.lines import SetLine

WIDTH: Final = 612.0  # US Letter, in points
HEIGHT: Final = 792.0
MARGIN: Final = 72.0
ROOM: Final = WIDTH - 2 * MARGIN
INK: Final = 0x1B1B1B
BLUE: Final = 0x162E51
GRAY: Final = 0x565C65


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is set, in points."""

    size: float
    leading: float
    before: float = 0.0
    after: float = 0.0
    face: str = typefaces.TEXT
    ink: int = INK


@dataclass(frozen=True, slots=True)
class PlacedLine:
    line: SetLine
    look: Look
    x: float
    y: float


@dataclass(slots=True)
class Mark:
    """The lines of one element on one sheet; its number is the marked content id there."""

    sheet: int
    number: int
    role: str
    lines: list[PlacedLine] = field(default_factory=list)

    def boxes(self) -> list[tuple[float, float, float, float]]:
        """The rectangle of each line: left, bottom, right, top."""
        return [
            (each.x, bottom, each.x + each.line.width, bottom + each.look.leading)
            for each in self.lines
            for bottom in (each.y - (each.look.leading - each.look.size),)
        ]


@dataclass(slots=True)
class Element:
    """A node of the structure tree, in reading order. `url` is where a link leads."""

    role: str
    kids: list["Element | Mark"] = field(default_factory=list)
    url: str | None = None

    def add(self, role: str, url: str | None = None) -> "Element":
        kid = Element(role, url=url)
        self.kids.append(kid)
        return kid


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the sheet: decoration, and no part of the text."""

    y: float
    weight: float
    ink: int


@dataclass(slots=True)
class Sheet:
    marks: list[Mark] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


@dataclass(slots=True)
class Pen:
    """Where the next line goes. Takes a new sheet when the present one is full."""

    sheets: list[Sheet] = field(default_factory=lambda: [Sheet()])
    y: float = HEIGHT - MARGIN
    missing: bool = False

    @property
    def left(self) -> float:
        return self.y - MARGIN

    def need(self, height: float) -> None:
        """Begins a sheet unless this one has so much room left."""
        if self.left < height:
            self.sheets.append(Sheet())
            self.y = HEIGHT - MARGIN

    def skip(self, height: float) -> None:
        """Leaves white, but none at the head of a sheet."""
        if self.y < HEIGHT - MARGIN:
            self.y -= height

    def rule(self, weight: float, ink: int) -> None:
        self.sheets[-1].rules.append(Rule(self.y, weight, ink))

    def write(
        self, leaf: Element, lines: list[SetLine], look: Look, x: float, *, until: float | None = None
    ) -> None:
        """Sets the lines of a leaf one under the other; they end at `until` where that is said."""
        mark: Mark | None = None
        for line in lines:
            self.need(look.leading)
            if mark is None or mark.sheet != len(self.sheets) - 1:
                mark = self._mark(leaf)
            self.y -= look.leading
            start = x if until is None else until - line.width
            mark.lines.append(PlacedLine(line, look, start, self.y + look.leading - look.size))
            self.missing |= line.missing

    def _mark(self, leaf: Element) -> Mark:
        marks = self.sheets[-1].marks
        mark = Mark(len(self.sheets) - 1, len(marks), leaf.role)
        marks.append(mark)
        leaf.kids.append(mark)
        return mark
