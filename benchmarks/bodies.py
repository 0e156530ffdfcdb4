"""What the calls carry: a draft's first page, a small request that may be filed, one with forty evidence items."""

import copy
from typing import Any

from tests.given import sound_content

FIRST_PAGE: dict[str, Any] = {
    "content": {
        "title": "Closed blending with a shear sensor",
        "method": {
            "name": "Loop-controlled blending",
            "version": "1.0",
            "summary": "The sensor reads torque; feedback holds the shear, so that every gel leaves alike.",
        },
        "development": {"phase": "early", "summary": "Under way on two vessels."},
        "contacts": [{"name": "Ana Ruiz", "role": "responsible_official", "email": "ana@northfield.example"}],
    }
}


def small() -> dict[str, Any]:
    """A content in which no rule finds anything: what a short submission looks like."""
    return sound_content()


def wide(items: int) -> dict[str, Any]:
    """The same with this many evidence items."""
    content = sound_content()
    evidence = content["scalability"]["evidence"]
    for place in range(len(evidence), items):
        evidence.append({**copy.deepcopy(evidence[place % len(evidence)]), "key": f"more-{place}"})
    return content


def titled(content: dict[str, Any], place: int) -> dict[str, Any]:
    """The content under a title of its own, so that no two calls send the same bytes."""
    return {"content": {**content, "title": f"{content['title']} {place}"}}
