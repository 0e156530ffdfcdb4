"""Identifiers of establishments, substances, applications and requests: pure checks of their form.

A right form is no proof of existence: UNII's check character does not see swaps, and DUNS has none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from app.domain.shapes import NoIdentifier, OneMessage, Part, told

BASE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FEI_PATTERN: Final = r"^([0-9]{7}|[0-9]{10})$"
DUNS_PATTERN: Final = r"^[0-9]{9}$"
EIN_PATTERN: Final = r"^[0-9]{2}-?[0-9]{7}$"
UNII_PATTERN: Final = r"^[0-9A-Z]{10}$"
NDA_PATTERN: Final = r"^NDA[0-9]{6}$"
ANDA_PATTERN: Final = r"^ANDA[0-9]{6}$"
BLA_PATTERN: Final = r"^BLA[0-9]{6}$"
IND_PATTERN: Final = r"^(IND)?[0-9]{1,6}$"
DMF_PATTERN: Final = r"^(DMF)?[0-9]{6}$"
MASTER_FILE_PATTERN: Final = r"^BB-MF[ -]?[0-9]{1,6}$"
NDC_PATTERN: Final = r"^([0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|[0-9]{5}-[0-9]{4}-[0-9])$"
OMS_PATTERN: Final = r"^(ORG|LOC)-[0-9]{9}$"


def unii_check_character(first_nine: str) -> str:
    """The base-36 symbol of the sum of the first nine characters' values, modulo 36. Source: FDA GSRS."""
    return BASE36[sum(BASE36.index(symbol) for symbol in first_nine) % 36]


def is_unii(text: str) -> bool:
    """Ten characters of 0-9 and A-Z, the last of which is the check character."""
    return _has_form(UNII_PATTERN, text) and unii_check_character(text[:9]) == text[9]


def is_application_number(text: str) -> bool:
    """NDA, ANDA or BLA and six digits."""
    return any(_has_form(form, text) for form in (NDA_PATTERN, ANDA_PATTERN, BLA_PATTERN))


def _has_form(pattern: str, text: str) -> bool:
    # fullmatch, for Python's $ lets a final line feed pass
    return re.fullmatch(pattern, text) is not None and not text.endswith("\n")


def _form(pattern: str) -> Callable[[str], bool]:
    return lambda text: _has_form(pattern, text)


is_fei = _form(FEI_PATTERN)  # sources say 7 or 10 digits: both pass, and none is padded
is_duns = _form(DUNS_PATTERN)
is_ein = _form(EIN_PATTERN)
is_ind = _form(IND_PATTERN)
is_dmf = _form(DMF_PATTERN)
is_master_file = _form(MASTER_FILE_PATTERN)
is_ndc = _form(NDC_PATTERN)
is_oms = _form(OMS_PATTERN)

# What a submission's number must look like, by its kind; a kind that is not here has no form of its own.
SUBMISSION_FORMS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "IND": is_ind,
        "NDA": _form(NDA_PATTERN),
        "ANDA": _form(ANDA_PATTERN),
        "BLA": _form(BLA_PATTERN),
        "supplement": is_application_number,
        "DMF": lambda text: is_dmf(text) or is_master_file(text),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class RequestNumber:
    """The number of a designation request, such as AMT-2026-00042: year of the first draft, ordinal in it."""

    year: int
    ordinal: int

    def __str__(self) -> str:
        return f"AMT-{self.year:04d}-{self.ordinal:05d}"


def parse_request_number(text: str) -> RequestNumber | None:
    """The number in a text, or None; only the one canonical spelling is read."""
    found = re.fullmatch(r"AMT-([0-9]{4})-([0-9]{5,11})", text)
    number = RequestNumber(int(found[1]), int(found[2])) if found else None
    return number if number and number.ordinal and str(number) == text else None


def _checked_unii(text: str) -> str:
    if not is_unii(text):
        raise ValueError("the check character is wrong")
    return text


def _shape(pattern: str, most: int) -> object:
    return Field(strict=True, min_length=1, max_length=most, pattern=pattern)


Fei = Annotated[
    Annotated[str, _shape(FEI_PATTERN, 10)] | NoIdentifier, OneMessage("7 or 10 digits, or {none_because}")
]
Duns = Annotated[
    Annotated[str, _shape(DUNS_PATTERN, 9)] | NoIdentifier, OneMessage("9 digits, or {none_because}")
]
Ein = Annotated[
    Annotated[str, _shape(EIN_PATTERN, 10)] | NoIdentifier, OneMessage("9 digits, or {none_because}")
]
Unii = Annotated[
    Annotated[str, _shape(UNII_PATTERN, 10), AfterValidator(_checked_unii)] | NoIdentifier,
    OneMessage("10 characters with their check character, or {none_because}"),
]
ApplicationNumber = Annotated[
    Annotated[str, _shape(r"^(NDA|ANDA|BLA)[0-9]{6}$", 10)] | NoIdentifier,
    OneMessage("NDA, ANDA or BLA and six digits, or {none_because}"),
]
Dmf = Annotated[
    Annotated[str, _shape(DMF_PATTERN, 9)] | NoIdentifier, OneMessage("six digits, or {none_because}")
]
Oms = Annotated[
    Annotated[str, _shape(OMS_PATTERN, 13)] | NoIdentifier,
    OneMessage("ORG- or LOC- and nine digits, or {none_because}"),
]


class Identifiers(Part):
    """Identifiers of an applicant: all optional, each with a reason in its place where there is none."""

    fei: Fei | None = told("FDA establishment identifier", "21 CFR 207", unit="7 or 10 digits")
    duns: Duns | None = told("DUNS number of the location", "21 CFR 207", unit="9 digits")
    ein: Ein | None = told("US employer identification number", "26 CFR 301.6109-1", unit="9 digits")
    unii: Unii | None = told("Substance the applicant makes", "FDA GSRS", unit="10 characters")
    application_number: ApplicationNumber | None = told("An application it holds", "21 CFR 314, 601")
    dmf: Dmf | None = told("A drug master file it holds", "21 CFR 314.420", unit="6 digits")
    oms: Oms | None = told(
        "Organisation or location in the EMA's list", "EMA OMS", unit="ORG- or LOC-, 9 digits"
    )
