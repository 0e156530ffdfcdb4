"""Why the method qualifies: quality, and the grounds of substantial improvement."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.shapes import (
    CivilDate,
    Count,
    Fraction,
    Identifier,
    Label,
    Name,
    Nonnegative,
    Number,
    Part,
    Passage,
    Prose,
    Quantity,
    Several,
    needed,
    several,
    told,
)
from app.domain.vocabulary import CriticalityKind, QualityClaim


class Quality(Part):
    """What happens to drug quality."""

    claim: QualityClaim | None = told("Quality stays equivalent or becomes superior", "506L(b)")
    rationale: Prose | None = told("Why", "506L(b)")
    comparator: Passage | None = told("The conventional process or product it is compared with")


class Activity(Part):
    """One activity of a development schedule."""

    activity: Name | None = told("What is done")
    days: Nonnegative | None = told("How long it takes", unit="d")
    source: Passage | None = told("Where the duration comes from")


class DevelopmentTime(Part):
    """Development takes less time."""

    ground: Literal["development_time"] = needed("Shorter development time", "506L(b)(1)")
    claim: Prose | None = told("What is improved and by how much", "506L(b)(1)")
    baseline: Several[Activity] = several("Schedule without the method", most=200)
    proposed: Several[Activity] = several("Schedule with the method", most=200)


class Criticality(Part):
    """Why the drug matters."""

    kind: CriticalityKind = needed("In what way the drug is critical", "506L(b)(2)(A)")
    rationale: Passage | None = told("Why", "506L(b)(2)(A)")


class ShortageEntry(Part):
    """The drug's place on the shortage list."""

    listed_on: CivilDate | None = told("Day the drug was listed", "506E", unit="civil date")
    snapshot_on: CivilDate | None = told("Day the list was looked at", unit="civil date")


class Demand(Part):
    """How much of the drug is needed."""

    quantity: Quantity | None = told("The need per period")
    per: Label | None = told("The period, such as year")
    source: Passage | None = told("Where the figure comes from")


class Capacity(Part):
    """The factors of yearly output: their product is compared with the claimed supply."""

    lines: Count | None = told("Lines in operation", unit="1 (count)")
    hours_per_year: Annotated[Nonnegative, Number(least=0, most=8784)] | None = told(
        "Planned hours of one line", unit="h/a"
    )
    uptime: Fraction | None = told("Share of planned hours in operation", unit="1 (fraction)")
    rate: Quantity | None = told("Output of one line while it runs")
    yield_: Fraction | None = Field(
        default=None,
        alias="yield",
        description="Share of output that becomes product. Unit: 1 (fraction). Source: program.",
    )
    first_pass_success: Fraction | None = told("Share released without rework", unit="1 (fraction)")


class DrugSupply(Part):
    """Supply of a critical drug, or of a drug in shortage, rises or holds."""

    ground: Literal["critical_drug_supply", "shortage_drug_supply"] = needed(
        "Supply of a critical drug, or of a drug on the shortage list", "506L(b)(2)"
    )
    claim: Prose | None = told("What is improved and by how much", "506L(b)(2)")
    effect: Literal["increase", "maintain"] | None = told("Whether supply rises or holds", "506L(b)(2)")
    drug: Name | None = told("The drug", "506L(b)(2)")
    unii: Identifier | None = told("UNII of its active ingredient, or why there is none", "FDA GSRS")
    criticality: Criticality | None = told("Why the drug is critical", "506L(b)(2)(A)")
    condition_506c: Passage | None = told(
        "The condition that 506C(a) would look at, a separate test", "506C(a)"
    )
    shortage_entry: ShortageEntry | None = told("The drug's entry on the shortage list", "506E")
    not_listed_because: Passage | None = told("Why a drug in shortage has no public entry", "506E")
    demand: Demand | None = told("How much is needed")
    capacity: Capacity | None = told("How much the method can make")
    claimed_supply: Quantity | None = told("Yearly supply as claimed; recomputed from the capacity")


class OtherImprovement(Part):
    """An improvement outside the grounds the statute names."""

    ground: Literal["other"] = needed("Another substantial improvement", "506L(b)")
    claim: Prose | None = told("What is improved and by how much", "506L(b)")


Improvement = Annotated[DevelopmentTime | DrugSupply | OtherImprovement, Field(discriminator="ground")]


class Criteria(Part):
    """The criteria beyond novelty."""

    quality: Quality | None = told("What happens to drug quality", "506L(b)")
    improvements: Several[Improvement] = several("Grounds of improvement", "506L(b)", most=50)
