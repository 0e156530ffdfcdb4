"""The words in which the program tells of its acts: the same in a mailbox and in a letter.

A template's first line is the subject. It is filled with number, link and what the act adds, never with content; beside
a number of `days` there are $days_counted ("1 day") and $in_days ("today", "in 2 days"). What was told stays told:
another wording of a template is another version, `name.2.txt`, beside the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Final

FIRST: Final = 1
_PLACE: Final = "app.domain.wording"


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


def version_of(template: str) -> int:
    """The present one. Raises KeyError for a template there is not."""
    return _versions()[template]


def worded(template: str, facts: Mapping[str, str], version: int = FIRST) -> Words:
    """Subject and text. Raises KeyError for a place that the facts leave empty."""
    subject, text = _template(template, version)
    facts = {**facts, **_counted(facts)}
    # a header is one line: a fact with a line break must not begin another
    return Words(" ".join(subject.substitute(facts).split()), text.substitute(facts))


def _counted(facts: Mapping[str, str]) -> Mapping[str, str]:
    """A number of days as it is said."""
    if "days" not in facts:
        return {}
    counted = "1 day" if facts["days"] == "1" else f"{facts['days']} days"
    return {"days_counted": counted, "in_days": "today" if facts["days"] == "0" else f"in {counted}"}


@cache
def _versions() -> Mapping[str, int]:
    found = dict[str, int]()
    for file in resources.files(_PLACE).iterdir():
        name, *rest = file.name.split(".")
        if rest[-1:] == ["txt"]:
            found[name] = max(found.get(name, FIRST), int(rest[0]) if len(rest) > 1 else FIRST)
    return found


@cache
def _template(name: str, version: int) -> tuple[Template, Template]:
    file = f"{name}.txt" if version == FIRST else f"{name}.{version}.txt"
    subject, _, text = resources.files(_PLACE).joinpath(file).read_text().partition("\n\n")
    return Template(subject), Template(text)
