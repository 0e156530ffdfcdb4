"""SC-15, SC-22, SC-24: whose data they are, of which version of the method, and when they were made."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from app.domain.content.method import MethodVersion
from app.domain.evidence import Owner
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.places import Item, said
from app.domain.rules.registry import rule


@rule("SC-15")
def evidence_is_of_the_described_version(case: Case) -> Iterator[Hit]:
    """Each item was run with the described version, or the impact of the change since is given."""
    described = case.method.version
    if described is None and case.items:
        detail = "The version of the method described is not stated, so that evidence cannot be tied to it."
        yield Hit("/content/method/version", detail)
        return
    explained = _explained(case)
    for item in case.items:
        version = item.of.method_version
        if version is None:
            if item.of.kind != "literature":  # published work knows no version of ours
                yield Hit(
                    item.pointer("method_version"),
                    "The version the item was run with is not stated.",
                    item.key,
                )
        elif version != described and version not in explained:
            detail = (
                "The item was run with another version than described, and no impact of the change is given."
            )
            yield Hit(item.pointer("method_version"), detail, item.key)


def _explained(case: Case) -> frozenset[str]:
    """Versions whose evidence still speaks: their own entry, or the described version's, gives the impact."""
    listed = {one.version: one for one in case.method.versions if one.version is not None}
    current = listed.get(case.method.version or "")
    if current is not None and said(current.change_impact):
        return frozenset(listed)
    return frozenset(name for name, one in listed.items() if said(one.change_impact))


@rule("SC-22")
def data_are_used_with_permission(case: Case) -> Iterator[Hit]:
    """Data of anyone but the applicant come with the owner's authorization; literature with its citation."""
    own = {_folded(name) for name in (case.applicant.name, *case.applicant.principals)}
    for item in case.items:
        if item.of.kind == "literature":
            if not said(item.of.citation):
                yield Hit(item.pointer("citation"), "The item is literature and gives no citation.", item.key)
            continue
        owner = item.of.owner
        if owner is None:
            yield Hit(item.pointer("owner"), "Whose data these are is not stated.", item.key)
        elif not _is_own(owner, own) and not said(item.of.third_party_authorization):
            detail = "The data belong to someone else, and no authorization to use them is named."
            yield Hit(item.pointer("third_party_authorization"), detail, item.key)


def _is_own(owner: Owner | Literal["self"], own: set[str]) -> bool:
    return owner == "self" or (owner.name is not None and _folded(owner.name) in own)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


@rule("SC-24")
def evidence_is_dated_and_filed(case: Case) -> Iterator[Hit]:
    """Work is dated, not in the future and not before its method version; late phases attach the files."""
    dated = _version_days(case.method.versions)
    for item in case.items:
        if item.of.kind != "literature":  # published elsewhere: the citation stands for dates and files
            yield from _days(case, item)
            yield from _version(case, item, dated)
            if case.threshold("SC-24", "files") and not item.of.files:
                yield Hit(item.pointer("files"), "No file with the item's raw data is named.", item.key)


def _version_days(versions: tuple[MethodVersion, ...]) -> Mapping[str, date]:
    days: dict[str, date] = {}
    for one in versions:
        if one.version is not None and one.dated is not None:
            days.setdefault(one.version, one.dated)
    return days


def _days(case: Case, item: Item) -> Iterator[Hit]:
    for member in ("performed_from", "performed_to"):
        day = getattr(item.of, member)
        if day is None:
            yield Hit(item.pointer(member), "The day is not stated.", item.key)
        elif day > case.on:
            yield Hit(item.pointer(member), "The day lies in the future.", item.key)


def _version(case: Case, item: Item, dated: Mapping[str, date]) -> Iterator[Hit]:
    first, version = item.of.performed_from, item.of.method_version
    if first is None or version is None:
        return
    if version not in dated:
        if version == case.method.version:
            detail = (
                "The day of the item's method version is not stated, so that the order cannot be checked."
            )
            yield Hit("/content/method/versions", detail, item.key, hint=True)
    elif first < dated[version]:
        detail = f"The work began before {dated[version]}, the day of the method version it was run with."
        yield Hit(item.pointer("performed_from"), detail, item.key)
