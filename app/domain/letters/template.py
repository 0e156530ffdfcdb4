"""From the facts of a letter to its words, by the template that the letter names."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final

from app.domain import errors
from app.domain.letters.blocks import Address, Block, Bullets, Facts, Heading, Paragraph, Said, Words, Written
from app.domain.letters.facts import facts_of
from app.domain.letters.letter import DecisionLetter

PROGRAM_NAME: Final = "Advanced manufacturing technologies designation program"
DRAFT_LINE: Final = "Draft form of letter of the intake desk; not an FDA form"
TEMPLATES: Final = ("amt-decision-2026.1",)


def written(letter: DecisionLetter) -> Written:
    """The words of a letter. Raises Unavailable where the template, or a word of it for a reason, is not here."""
    template = _template(letter.template)
    title = str(template["titles"][letter.outcome])
    facts = facts_of(letter) | {
        "program": PROGRAM_NAME,
        "draft_line": DRAFT_LINE,
        "title": title,
        "center": template["centers"][letter.lead_center],
    }
    page = _Page(facts, _reasons(template, letter), letter.outcome)
    return Written(
        title=f"{title} ({facts['number']})",
        running=f"{PROGRAM_NAME}, request {facts['number']}",
        missing_note=template["notes"]["missing"],
        blocks=tuple(block for row in template["blocks"] for block in page.blocks(row)),
    )


@cache
def _template(name: str) -> Mapping[str, Any]:
    if name not in TEMPLATES:
        raise errors.Unavailable(f"There is no letter template {name!r} here.")
    return tomllib.loads(
        resources.files("app.domain.letters.templates").joinpath(f"{name}.toml").read_text("utf-8")
    )


def _reasons(template: Mapping[str, Any], letter: DecisionLetter) -> tuple[Words, ...]:
    unknown = [code for code in letter.reasons if code not in template["reasons"]]
    if unknown:
        raise errors.Unavailable(
            f"The letter template {letter.template!r} has no words for {', '.join(unknown)}."
        )
    return tuple((Said(template["reasons"][code]),) for code in letter.reasons)


@dataclass(frozen=True, slots=True)
class _Page:
    """Fills the rows of a template; a row is left out where something it needs is not there."""

    facts: Mapping[str, str | None]
    reasons: tuple[Words, ...]
    outcome: str

    def has(self, name: str) -> bool:
        return bool(self.reasons) if name == "reasons" else name == self.outcome or bool(self.facts.get(name))

    def blocks(self, row: Mapping[str, Any]) -> Iterator[Block]:
        if not all(map(self.has, row.get("when", ()))):
            return
        if "heading" in row:
            yield Heading(row["heading"], self.filled(row["text"]))
        elif "text" in row:
            yield Paragraph(self.filled(row["text"]), row.get("style", "plain"))
        elif "quote" in row:
            yield from self.quoted(row["quote"])
        elif "list" in row:
            yield Bullets(tuple(self.filled(text) for text in row["list"]))
        elif "address" in row:
            yield self.address(self.facts[row["address"]] or "")
        elif "facts" in row:
            yield Facts(row["caption"], tuple(self.rows(row["facts"])))
        else:
            yield Bullets(self.reasons)

    def rows(self, facts: list[tuple[str, str]]) -> Iterator[tuple[str, Words]]:
        for label, text in facts:
            words = self.filled(text)
            if any(said.text for said in words):
                yield label, words

    def address(self, url: str) -> Address | Paragraph:
        """What is no address of the web is told, but leads nowhere."""
        return (
            Address(url) if url.startswith(("https://", "http://")) else Paragraph((Said(url, given=True),))
        )

    def quoted(self, name: str) -> Iterator[Paragraph]:
        lines = (line.strip() for line in (self.facts[name] or "").split("\n"))
        yield from (Paragraph((Said(line, given=True),)) for line in lines if line)

    def filled(self, text: str) -> Words:
        return tuple(self._said(text))

    def _said(self, text: str) -> Iterator[Said]:
        for literal, name, _, _ in Formatter().parse(text):
            if literal:
                yield Said(literal)
            if name and (fact := self.facts[name]):
                yield Said(" ".join(fact.split()), given=True)
