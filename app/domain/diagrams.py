"""The workflow table as a picture: Mermaid text, and an SVG that needs no tool to be looked at."""

from enum import StrEnum
from html import escape
from typing import TypeVar

from app.domain.workflow import Workflow

S = TypeVar("S", bound=StrEnum)

WIDTH, HEIGHT, GAP_X = 190, 44, 110


def mermaid(workflow: Workflow[S]) -> str:
    """A Mermaid state diagram, one arrow for each source of each transition."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    sources: set[S] = set()
    targets: set[S] = set()
    for each in workflow.transitions.values():
        for source in sorted(each.sources):
            lines.append(f"    {source} --> {each.target}: {each.name}")
            sources.add(source)
        targets.add(each.target)
    lines += [f"    {state} --> [*]" for state in sorted(targets - sources)]
    return "\n".join(lines) + "\n"


def svg(workflow: Workflow[S]) -> str:
    """A table of boxes and arrows, top to bottom: each row is a transition from its sources to its target."""
    rows = [(source, each) for each in workflow.transitions.values() for source in sorted(each.sources)]
    height = 60 + len(rows) * (HEIGHT + 14)
    width = 2 * WIDTH + GAP_X + 200
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t">',
        f'<title id="t">{escape(workflow.title)}</title>',
        '<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0L10 5L0 10z" fill="#1b1b1b"/></marker></defs>',
        '<g font-family="sans-serif" font-size="14" fill="#1b1b1b">',
    ]
    for place, (source, each) in enumerate(rows):
        top = 40 + place * (HEIGHT + 14)
        middle, right = top + HEIGHT // 2, 20 + WIDTH + GAP_X + 160
        parts += [
            _box(20, top, source),
            f'<line x1="{20 + WIDTH}" y1="{middle}" x2="{right}" y2="{middle}" stroke="#1b1b1b" marker-end="url(#a)"/>',
            f'<text x="{(20 + WIDTH + right) // 2}" y="{middle - 6}" text-anchor="middle">{escape(each.name)}</text>',
            _box(right, top, each.target),
        ]
    return "".join([*parts, "</g></svg>"])


def _box(left: int, top: int, state: StrEnum) -> str:
    name = escape(state.value.replace("_", " "))
    return (
        f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#e7f2f5" stroke="#1b1b1b"/>'
        f'<text x="{left + WIDTH // 2}" y="{top + HEIGHT // 2 + 5}" text-anchor="middle">{name}</text>'
    )
