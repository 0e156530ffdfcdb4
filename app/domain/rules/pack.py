"""Rule packs: versioned data that says how grave each rule is, with which thresholds, texts and grounds.

A pack is a set of TOML files `packs/<version>.<part>.toml`, read and checked once and resolved for every
phase and scope there is, so that judging looks up and never computes.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.rules.finding import Basis, Severity
from app.domain.vocabulary import PHASES, SCOPES, Phase, ProductKind, Scope, Strategy

DEFAULT_VERSION: Final = "amtdp-2026.1"
_PACKS: Final = "app.domain.rules.packs"

Threshold: TypeAlias = int | Decimal
Moment: TypeAlias = tuple[Scope, Phase]
Gravity = Literal["blocks", "weakens", "hint", "none"]
Family = Literal["law", "scalability", "scope", "consistency"]


class UnknownPack(LookupError):
    """No rule pack of this version is in the program."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Need(_Row):
    """One piece of data a rule asks for, and where in the content it goes."""

    member: str = Field(pattern=r"^/content(/[a-z0-9_\[\]]+)*$")
    what: str
    product_kinds: tuple[ProductKind, ...] = get_args(ProductKind)


class RuleText(_Row):
    """A rule as the pack has it.

    `severity` and each threshold are one value, or a table by phase, by scope, or by scope then phase.
    """

    number: str = Field(pattern=r"^(SC|SP|RC)-[0-9]{2}[a-z]?$")
    family: Family
    title: str
    why: str
    fix: str
    ground: str
    citation: str
    basis: Basis
    severity: Any
    thresholds: Mapping[str, Any] = {}
    strategy: Strategy | None = None
    when: str | None = None
    needs: tuple[Need, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _values_resolve(self) -> "RuleText":
        for moment in product(SCOPES, PHASES):
            if _resolve(self.severity, moment) not in get_args(Gravity):
                raise ValueError(f"{self.number}: no severity for {moment}")
            for name, value in self.thresholds.items():
                if not isinstance(_resolve(value, moment), int | Decimal):
                    raise ValueError(  # noqa: TRY004 - pydantic collects ValueError alone
                        f"{self.number}: threshold {name} is no number for {moment}"
                    )
        return self


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule as it stands for one scope and phase; severity None: not applied there."""

    text: RuleText
    severity: Severity | None
    thresholds: Mapping[str, Threshold]


class _Head(_Row):
    version: str
    effective_on: date
    notice: str
    mrl_from: dict[Phase, int]
    trl_from: dict[Phase, int]


@dataclass(frozen=True, slots=True)
class RulePack:
    """One version of all rules. `at[scope, phase]` maps a rule's number to its ruling there."""

    head: _Head
    rules: Mapping[str, RuleText]
    at: Mapping[Moment, Mapping[str, Ruling]]

    @property
    def version(self) -> str:
        return self.head.version


@lru_cache(maxsize=8)
def load(version: str = DEFAULT_VERSION) -> RulePack:
    """The pack of that version. Raises UnknownPack."""
    if version not in versions():
        raise UnknownPack(version)
    rows: list[RuleText] = []
    head: _Head | None = None
    for name, text in _files(version):
        tree = tomllib.loads(text, parse_float=Decimal)
        if name == "head":
            head = _Head.model_validate(tree)
            continue
        rows.extend(RuleText(number=number, **row) for number, row in tree.items())
    if head is None or head.version != version:
        raise UnknownPack(version)
    return compile_pack(head, rows)


def compile_pack(head: _Head, rows: list[RuleText]) -> RulePack:
    """The pack with every ruling resolved. Raises ValueError where a number stands twice."""
    rules = {row.number: row for row in sorted(rows, key=lambda row: row.number)}
    if len(rules) != len(rows):
        raise ValueError("a rule stands twice in the pack")
    at = {
        moment: {number: _ruling(row, moment) for number, row in rules.items()}
        for moment in product(SCOPES, PHASES)
    }
    return RulePack(head, rules, at)


@lru_cache(maxsize=1)
def versions() -> tuple[str, ...]:
    """Every pack version there is, oldest name first."""
    names = (entry.name for entry in resources.files(_PACKS).iterdir())
    return tuple(sorted(name.removesuffix(".head.toml") for name in names if name.endswith(".head.toml")))


def _files(version: str) -> list[tuple[str, str]]:
    entries = sorted(resources.files(_PACKS).iterdir(), key=lambda entry: entry.name)
    return [
        (entry.name.removeprefix(f"{version}.").removesuffix(".toml"), entry.read_text(encoding="utf-8"))
        for entry in entries
        if entry.name.startswith(f"{version}.") and entry.name.endswith(".toml")
    ]


def _ruling(row: RuleText, moment: Moment) -> Ruling:
    gravity = _resolve(row.severity, moment)
    thresholds = {name: _resolve(value, moment) for name, value in row.thresholds.items()}
    return Ruling(row, None if gravity == "none" else gravity, thresholds)


def _resolve(value: Any, moment: Moment) -> Any:  # noqa: ANN401 - TOML data, checked by the caller
    """A value as it stands, or by scope, by phase, or by scope then phase."""
    for _ in moment:
        if isinstance(value, Mapping):
            value = value.get(moment[0], value.get(moment[1]))
    return value
