"""Rules of identifiers, RC-10 to RC-12 and RC-15: what is given as a number has the form of such a number."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.content.criteria import DrugSupply
from app.domain.identifiers import (
    SUBMISSION_FORMS,
    is_application_number,
    is_duns,
    is_fei,
    is_unii,
    parse_request_number,
)
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.registry import rule
from app.domain.shapes import NoIdentifier

_SUPPLEMENT: Final = re.compile(r"[ /-]?S-?[0-9]{1,4}$")
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")
_APPLICATIONS: Final = frozenset({"NDA", "ANDA", "BLA", "supplement"})


@rule("RC-10")
def sites_are_identified_in_form(case: Case) -> Iterator[Hit]:
    """An FEI has 7 or 10 digits, a DUNS number 9; neither is padded."""
    for place, site in enumerate(case.content.sites):
        if isinstance(site.fei, str) and not is_fei(site.fei):
            yield Hit(f"/content/sites/{place}/fei", "An FEI has 7 or 10 digits.")
        if isinstance(site.duns, str) and not is_duns(site.duns):
            yield Hit(f"/content/sites/{place}/duns", "A DUNS number has 9 digits.")


@rule("RC-11")
def substances_are_identified_in_form(case: Case) -> Iterator[Hit]:
    """A UNII has ten characters, the last of which follows from the others."""
    for pointer, unii, evidence in _uniis(case):
        if isinstance(unii, str) and not is_unii(unii):
            yield Hit(
                pointer, "The UNII does not have ten characters with the right check character.", evidence
            )


def _uniis(case: Case) -> Iterator[tuple[str, str | NoIdentifier | None, str | None]]:
    for place, product in enumerate(case.purpose.products):
        yield f"/content/context_of_use/products/{place}/unii", product.unii, None
    for place, improvement in enumerate(case.criteria.improvements):
        if isinstance(improvement, DrugSupply):
            yield f"/content/criteria/improvements/{place}/unii", improvement.unii, None
    for item in case.items:
        if item.of.product is not None:
            yield item.pointer("product/unii"), item.of.product.unii, item.key


@rule("RC-12")
def submissions_are_numbered_in_form(case: Case) -> Iterator[Hit]:
    """An application number has six digits; an IND up to six; a master file six, or BB-MF and its digits."""
    for place, product in enumerate(case.purpose.products):
        number = product.application_number
        if isinstance(number, str) and not _is_application(number):
            pointer = f"/content/context_of_use/products/{place}/application_number"
            yield Hit(pointer, "An application number is NDA, ANDA or BLA and six digits.")
    for place, submission in enumerate(case.content.related_submissions):
        if isinstance(submission.number, str) and not _is_numbered(submission.kind, submission.number):
            pointer = f"/content/related_submissions/{place}/number"
            yield Hit(pointer, f"The number does not have the form of a number of kind {submission.kind}.")


def _is_application(number: str) -> bool:
    plain = number.replace(" ", "")
    return is_application_number(plain) or _SIX_DIGITS.fullmatch(plain) is not None


def _is_numbered(kind: str, number: str) -> bool:
    has_form = SUBMISSION_FORMS.get(kind)
    if has_form is None:
        return True
    if kind == "supplement":
        number = _SUPPLEMENT.sub("", number)
    if has_form(number) or has_form(number.replace(" ", "")):
        return True
    return kind in _APPLICATIONS and _SIX_DIGITS.fullmatch(number) is not None


@rule("RC-15")
def earlier_requests_are_numbered_in_form(case: Case) -> Iterator[Hit]:
    """An earlier request is named once, by a number the program can have given."""
    seen: set[str] = set()
    for place, text in enumerate(case.content.previous_requests):
        number = parse_request_number(text)
        pointer = f"/content/previous_requests/{place}"
        if number is None or number.year > case.on.year:
            yield Hit(pointer, "No request can have this number.")
        elif text in seen:
            yield Hit(pointer, "The request is named twice.")
        seen.add(text)
