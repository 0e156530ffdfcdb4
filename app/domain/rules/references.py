"""Rules of names inside a content, RC-13, RC-14, RC-23 and RC-24: each is given once, and leads somewhere."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.content.scalability import Candidate, DimensionNotApplicable, Milestone, Target
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, said
from app.domain.rules.registry import rule
from app.domain.rules.walk import leads_somewhere


class Reference(NamedTuple):
    """A name used at a place; `evidence`: the key of the item it is used in."""

    pointer: str
    name: str
    evidence: str | None = None


@rule("RC-13")
def keys_are_given_once(case: Case) -> Iterator[Hit]:
    """Within their list, no two things have the same key."""
    method, content = case.method, case.content
    lists: dict[str, tuple[str, Iterable[str | None]]] = {
        "/content/method/unit_operations": ("key", (step.key for step in method.unit_operations)),
        "/content/method/versions": ("version", (known.version for known in method.versions)),
        "/content/context_of_use/product_classes": (
            "key",
            (known.key for known in case.purpose.product_classes),
        ),
        "/content/sites": ("key", (site.key for site in content.sites)),
        EVIDENCE: ("key", (item.key for item in case.items)),
    }
    for at, (member, keys) in lists.items():
        seen: set[str] = set()
        for place, key in enumerate(keys):
            if key is not None and key in seen:
                yield Hit(f"{at}/{place}/{member}", f"The name {key} is given twice.")
            seen.add(key or "")


@rule("RC-14")
def names_used_are_defined(case: Case) -> Iterator[Hit]:
    """Unit operations, product classes and sites that are cited exist in the same content."""
    operations, classes = set(case.operation_keys), set(case.class_keys)
    sites = {site.key for site in case.content.sites}
    for defined, what, used in (
        (operations, "unit operation", _operations(case)),
        (classes, "product class", _classes(case)),
        (sites, "site", _sites(case)),
    ):
        for reference in used:
            if reference.name not in defined:
                detail = f"No {what} has the key {reference.name}."
                yield Hit(reference.pointer, detail, reference.evidence)


def _operations(case: Case) -> Iterator[Reference]:
    for item in case.items:
        for place, name in enumerate(item.of.unit_operations):
            yield Reference(item.pointer(f"unit_operations/{place}"), name, item.key)
    applicability = case.scalability.commercial_applicability
    for at, candidate in enumerate(applicability.candidates if applicability else ()):
        for place, name in enumerate(candidate.unit_operations):
            pointer = f"/content/scalability/commercial_applicability/candidates/{at}/unit_operations/{place}"
            yield Reference(pointer, name)


def _classes(case: Case) -> Iterator[Reference]:
    scalability = case.scalability
    lists: tuple[tuple[str, Iterable[Target | Milestone | DimensionNotApplicable | Candidate]], ...] = (
        ("targets", scalability.targets),
        ("plan/milestones", scalability.plan.milestones if scalability.plan else ()),
        ("dimensions_not_applicable", scalability.dimensions_not_applicable),
        (
            "commercial_applicability/candidates",
            scalability.commercial_applicability.candidates if scalability.commercial_applicability else (),
        ),
    )
    for at, things in lists:
        for place, thing in enumerate(things):
            if thing.product_class is not None:
                yield Reference(f"/content/scalability/{at}/{place}/product_class", thing.product_class)
    for item in case.items:
        if item.of.product_class is not None:
            yield Reference(item.pointer("product_class"), item.of.product_class, item.key)


def _sites(case: Case) -> Iterator[Reference]:
    for item in case.items:
        for place, name in enumerate(item.of.sites):
            yield Reference(item.pointer(f"sites/{place}"), name, item.key)


@rule("RC-23")
def confidential_parts_exist(case: Case) -> Iterator[Hit]:
    """A claim of confidence points at something that is there, and says why."""
    confidentiality = case.content.confidentiality
    for place, claim in enumerate(confidentiality.claims if confidentiality else ()):
        at = f"/content/confidentiality/claims/{place}"
        if claim.pointer is None or not leads_somewhere(case.content, claim.pointer):
            yield Hit(f"{at}/pointer", "The claim points at nothing in this content.")
        if not said(claim.reason):
            yield Hit(f"{at}/reason", "The claim gives no reason.")


MISSING_FILES = "RC-24"


@rule(MISSING_FILES)
def attachments_named_are_stored(case: Case) -> Iterator[Hit]:
    """An attachment that the content names is stored with it: a draft may lack it, a filing may not."""
    for reference in _attachments(case):
        if reference.name not in case.attachments:
            detail = f"No stored attachment has the id or file name {reference.name}."
            yield Hit(reference.pointer, detail, reference.evidence, hint=not case.submitting)


def _attachments(case: Case) -> Iterator[Reference]:
    for item in case.items:
        for place, file in enumerate(item.of.files):
            if file.attachment is not None:
                yield Reference(item.pointer(f"files/{place}/attachment"), file.attachment, item.key)
        if item.of.third_party_authorization is not None:
            pointer = item.pointer("third_party_authorization")
            yield Reference(pointer, item.of.third_party_authorization, item.key)
    for place, submission in enumerate(case.content.related_submissions):
        if submission.attachment is not None:
            yield Reference(f"/content/related_submissions/{place}/attachment", submission.attachment)
