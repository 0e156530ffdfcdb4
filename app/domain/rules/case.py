"""One content as the rules see it: parts never None, evidence indexed, figures computed on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from app.domain.content import Content
from app.domain.content.criteria import Criteria
from app.domain.content.method import Method
from app.domain.content.purpose import ContextOfUse, Development
from app.domain.content.scalability import Scalability, Target
from app.domain.rules.comparable import distinct_scales, match
from app.domain.rules.demonstrated import Shown, show
from app.domain.rules.effective import Effective, effective
from app.domain.rules.improvements import Saving, Supply, savings, supplies
from app.domain.rules.pack import RulePack, Ruling, Threshold
from app.domain.rules.places import EVIDENCE, Group, Item, said
from app.domain.rules.recomputed import (
    Equivalence,
    Measurement,
    Success,
    equivalences,
    measurements,
    successes,
)
from app.domain.rules.walk import parts
from app.domain.shapes import Part
from app.domain.vocabulary import PHASES, ApplicantType, Phase

__all__ = ["EVIDENCE", "Applicant", "Case", "Group", "Item", "said"]

_METHOD: Final = Method()
_PURPOSE: Final = ContextOfUse()
_DEVELOPMENT: Final = Development()
_CRITERIA: Final = Criteria()
_SCALABILITY: Final = Scalability()


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the rules need to know of whom a request is filed for. `principals`: names an agent acts for."""

    name: str
    type: ApplicantType
    principals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One judgement: a content, whose it is, the civil date in New York, the stored attachments, the pack.

    `attachments` maps the id and the file name of each stored attachment to its scan state. `submitting`
    is true at the moment of `submit`, when what a draft may still lack must be there.
    """

    content: Content
    applicant: Applicant
    on: date
    pack: RulePack
    attachments: Mapping[str, str] = field(default_factory=dict)
    submitting: bool = False

    @cached_property
    def method(self) -> Method:
        return self.content.method or _METHOD

    @cached_property
    def purpose(self) -> ContextOfUse:
        return self.content.context_of_use or _PURPOSE

    @cached_property
    def development(self) -> Development:
        return self.content.development or _DEVELOPMENT

    @cached_property
    def criteria(self) -> Criteria:
        return self.content.criteria or _CRITERIA

    @cached_property
    def scalability(self) -> Scalability:
        return self.content.scalability or _SCALABILITY

    @cached_property
    def parts(self) -> tuple[tuple[str, Part], ...]:
        """Every part of the content with its pointer, in order; walked once."""
        return tuple(parts(self.content))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(Item(index, of) for index, of in enumerate(self.scalability.evidence))

    @cached_property
    def effective(self) -> Effective:
        return effective(self.purpose, self.development, self.scalability.evidence, self.pack)

    @cached_property
    def rulings(self) -> Mapping[str, Ruling]:
        """Every rule of the pack as it stands for the effective scope and phase."""
        return self.pack.at[self.effective.scope, self.effective.phase]

    def threshold(self, rule: str, name: str) -> Threshold:
        """A rule's threshold for this scope and phase. Raises KeyError where the pack has none."""
        return self.rulings[rule].thresholds[name]

    def reaches(self, phase: Phase) -> bool:
        """Whether the effective phase is that one or a later one."""
        return PHASES.index(self.effective.phase) >= PHASES.index(phase)

    @cached_property
    def class_keys(self) -> tuple[str, ...]:
        """Keys of the declared product classes, each once, in their order."""
        return tuple(dict.fromkeys(known.key for known in self.purpose.product_classes))

    @cached_property
    def by_operation(self) -> Mapping[str, tuple[Item, ...]]:
        """The items that cover each unit operation, by its key."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            for operation in dict.fromkeys(item.of.unit_operations):
                found.setdefault(operation, []).append(item)
        return {operation: tuple(items) for operation, items in found.items()}

    @cached_property
    def by_class(self) -> Mapping[str | None, tuple[Item, ...]]:
        """The items of each product class; None: those that name none, unless one class is all there is."""
        found: dict[str | None, list[Item]] = {}
        for item in self.items:
            found.setdefault(self.class_of(item), []).append(item)
        return {known: tuple(items) for known, items in found.items()}

    def class_of(self, item: Item) -> str | None:
        """The product class of an item; an item that names none belongs to the only class there is."""
        if item.of.product_class is None and len(self.class_keys) == 1:
            return self.class_keys[0]
        return item.of.product_class

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The evidence class by class where several classes are declared, else all of it as one group."""
        if len(self.class_keys) < 2:  # noqa: PLR2004 - two make several
            return (Group(None, self.items),)
        return tuple(Group(key, self.by_class.get(key, ())) for key in self.class_keys)

    @cached_property
    def operation_keys(self) -> tuple[str, ...]:
        """Keys of the unit operations of the method, each once."""
        return tuple(dict.fromkeys(step.key for step in self.method.unit_operations))

    @cached_property
    def critical_keys(self) -> tuple[str, ...]:
        """Keys of the critical unit operations; all of them where none is marked as critical."""
        marked = dict.fromkeys(step.key for step in self.method.unit_operations if step.critical)
        return tuple(marked) or self.operation_keys

    def serves(self, item: Item, target: Target) -> bool:
        """Whether an item's product class is the target's; a target without one is for all."""
        return target.product_class is None or self.class_of(item) == target.product_class

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """What the evidence shows for each target. A process model is no run and shows no scale."""
        return tuple(self._show(index, target) for index, target in enumerate(self.scalability.targets))

    def _serving(self, target: Target) -> tuple[Item, ...]:
        return self.items if target.product_class is None else self.by_class.get(target.product_class, ())

    def _show(self, index: int, target: Target) -> Shown:
        serving = self._serving(target)
        tried = {
            item.index: match(item.of.scale, target) for item in serving if item.of.kind != "process_model"
        }
        matches = {at: found for at, found in tried.items() if found is not None}
        return show(
            (index, target), serving, matches, operations=self.critical_keys, phase=self.effective.phase
        )

    @cached_property
    def checked_scales(self) -> Mapping[int, tuple[int, str | None]]:
        """How many different scales an item's model was checked at, and their unit, by the item's index."""
        return {
            item.index: distinct_scales(item.of.model.checked_scales)
            for item in self.items
            if item.of.model is not None
        }

    @cached_property
    def measured(self) -> tuple[Measurement, ...]:
        """Every measured attribute, its capability computed anew."""
        return measurements(self.items)

    @cached_property
    def successes(self) -> Mapping[int, Success]:
        """Observed success rates with their exact bound, by the item's index."""
        return successes(self.items)

    @cached_property
    def equivalences(self) -> Mapping[int, Equivalence]:
        """Comparisons judged anew, by the item's index."""
        return equivalences(self.items)

    @cached_property
    def supplies(self) -> tuple[Supply, ...]:
        """Supply grounds with the supply their capacity gives."""
        return supplies(self.criteria)

    @cached_property
    def savings(self) -> tuple[Saving, ...]:
        """Development-time grounds with their schedules added up."""
        return savings(self.criteria)
