"""The shapes members of a content are made of: bounded texts, exact figures, civil dates, quantities.

A parsed body holds int, Decimal, str, bool, None, list and dict, never float. What passes here is what the
published JSON Schema allows, no more and no less; whether it makes sense is for the rules to say.
Nearly all of it is constraints of the pydantic core: a Python function per figure would cost too much.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

LARGEST: Final = 10**15
# The finest step of an IEEE 754 double: every number that a common JSON reader can hold passes, while
# 1e-999999999, harmless to store and ruinous to print, does not.
DECIMAL_PLACES: Final = 350

# Patterns mean the same to ECMA 262, Rust's regex and Python's re: anchored, no look-around, no nesting.
CONTROLS = r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F"
REORDERING = r"\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069"
LINE_PATTERN = rf"^[^{CONTROLS}\t\n\r{REORDERING}]*$"
PROSE_PATTERN = rf"^[^{CONTROLS}]*$"
KEY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
UNIT_PATTERN = r"^[!-~]{1,40}$"
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}$"
NUMBER_PATTERN = r"^AMT-[0-9]{4}-[0-9]{5,11}$"
ENGAGEMENT_PATTERN = r"^ENG-[0-9]{4}-[0-9]{5,11}$"


class Part(BaseModel):
    """A part of a content: unknown members are refused, and nothing changes after the door."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Number:
    """Bounds of a figure (Decimal) or, when `whole`, of an int; both ends are inclusive.

    An integral Decimal passes for an int, as JSON Schema counts 1.0 among the integers.
    """

    least: int = -LARGEST
    most: int = LARGEST
    whole: bool = False

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        exact = core_schema.decimal_schema(
            strict=True, ge=Decimal(self.least), le=Decimal(self.most), decimal_places=DECIMAL_PLACES
        )
        plain = core_schema.int_schema(strict=True, ge=self.least, le=self.most)
        after = core_schema.no_info_after_validator_function
        choices: list[CoreSchema] = (
            [plain, after(_integral, exact)] if self.whole else [exact, after(Decimal, plain)]
        )
        return core_schema.union_schema(
            list(choices),
            mode="left_to_right",
            custom_error_type="whole_number" if self.whole else "figure",
            custom_error_message=f"should be {self.wording}",
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        return {
            "type": "integer" if self.whole else "number",
            "minimum": self.least,
            "maximum": self.most,
        }

    @property
    def wording(self) -> str:
        """How the bounds read in an error."""
        return f"a {'whole ' if self.whole else ''}number from {self.least} to {self.most}"


def _integral(value: Decimal) -> int:
    whole = int(value)
    if whole != value:
        raise PydanticCustomError("whole_number", "should be a whole number")
    return whole


class _FullDate:
    """An RFC 3339 full-date; pydantic alone would also take timestamps and date-times."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        text = core_schema.str_schema(strict=True, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        return core_schema.chain_schema([text, core_schema.date_schema()])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        return {"type": "string", "format": "date", "minLength": 10, "maxLength": 10}


@dataclass(frozen=True)
class OneMessage:
    """A choice that fails with one sentence at its own place, not with one error per branch."""

    wording: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 -- pydantic's own signature
        branches = [handler(branch) for branch in get_args(source)]
        return core_schema.union_schema(
            list(branches), custom_error_type="choice", custom_error_message=f"should be {self.wording}"
        )


class NullIsEmpty:
    """Lets null stand for an absent list, as it does for every other absent member."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_empty_for_null, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        listing = handler(schema)
        return {**listing, "type": [listing["type"], "null"]}


def _empty_for_null(value: object) -> object:
    return () if value is None else value


Flag = Annotated[bool, Strict()]
Figure = Annotated[Decimal, Number()]
Nonnegative = Annotated[Decimal, Number(least=0)]
Fraction = Annotated[Decimal, Number(least=0, most=1)]
Count = Annotated[int, Number(least=0, most=10**12, whole=True)]
CivilDate = Annotated[date, _FullDate()]

Item = TypeVar("Item")
Several = Annotated[tuple[Item, ...], NullIsEmpty()]

Key = Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern=KEY_PATTERN)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=300, pattern=LINE_PATTERN)]
Label = Annotated[str, Field(strict=True, min_length=1, max_length=100, pattern=LINE_PATTERN)]
Passage = Annotated[str, Field(strict=True, min_length=1, max_length=4_000, pattern=PROSE_PATTERN)]
Prose = Annotated[str, Field(strict=True, min_length=1, max_length=20_000, pattern=PROSE_PATTERN)]
Unit = Annotated[str, Field(strict=True, min_length=1, max_length=40, pattern=UNIT_PATTERN)]
RequestNumber = Annotated[str, Field(strict=True, min_length=14, max_length=20, pattern=NUMBER_PATTERN)]
EngagementNumber = Annotated[
    str, Field(strict=True, min_length=14, max_length=20, pattern=ENGAGEMENT_PATTERN)
]
AttachmentName = Annotated[str, Field(strict=True, min_length=1, max_length=255, pattern=LINE_PATTERN)]


def told(text: str, source: str = "program", *, unit: str | None = None) -> Any:  # noqa: ANN401 -- a field of any type
    """An optional member with its description, unit and source."""
    return Field(default=None, description=describe(text, source, unit))


def several(text: str, source: str = "program", *, most: int) -> Any:  # noqa: ANN401 -- as above
    """A list member, empty when absent, of at most `most` items; for fields typed `Several`."""
    return Field(default=(), description=describe(text, source, None), max_length=most)


def needed(text: str, source: str = "program") -> Any:  # noqa: ANN401 -- as above
    """A member the door insists on: a key or a discriminator."""
    return Field(description=describe(text, source, None))


def describe(text: str, source: str, unit: str | None) -> str:
    """The one form of a member's description."""
    return f"{text}.{f' Unit: {unit}.' if unit else ''} Source: {source}."


class Quantity(Part):
    """A figure with its UCUM unit; quantities are compared only after conversion."""

    value: Figure | None = told("The figure, with the digits it was sent with", unit="as given in `unit`")
    unit: Unit | None = told("UCUM code, case sensitive, such as L, kg/h or {dose}/a", "UCUM 2.1")


class NoIdentifier(Part):
    """Stands in an identifier's place and says why there is none."""

    none_because: Passage = needed("Why this identifier does not exist or cannot be given")


Code = Annotated[str, Field(strict=True, min_length=1, max_length=40, pattern=CODE_PATTERN)]
Identifier = Annotated[Code | NoIdentifier, OneMessage("an identifier, or {none_because} with a reason")]
