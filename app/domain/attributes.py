"""Quality attributes of an evidence item: measured, qualitative, or censored at a limit."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.shapes import (
    Count,
    Figure,
    Fraction,
    Name,
    Nonnegative,
    Part,
    Several,
    Unit,
    needed,
    several,
    told,
)
from app.domain.vocabulary import AttributeLevel, Dimension, VarianceSource

OWN_UNIT = "the attribute's `unit`"


class Interval(Part):
    """A closed interval on one axis."""

    low: Figure | None = told("Lower end", unit="that of the member it belongs to")
    high: Figure | None = told("Upper end", unit="that of the member it belongs to")


class ToleranceInterval(Part):
    """A statistical tolerance interval as the applicant computed it."""

    low: Figure | None = told("Lower tolerance limit", unit=OWN_UNIT)
    high: Figure | None = told("Upper tolerance limit", unit=OWN_UNIT)
    coverage: Fraction | None = told("Share of the population covered", "ISO 16269-6", unit="1 (fraction)")
    confidence: Fraction | None = told("Confidence of that coverage", "ISO 16269-6", unit="1 (fraction)")


class VarianceComponent(Part):
    """The share of dispersion that one source carries."""

    source: VarianceSource | None = told("What varied")
    levels: Count | None = told("How many levels of it were tried", unit="1 (count)")
    sd: Nonnegative | None = told("Standard deviation between its levels", unit=OWN_UNIT)


class _Attribute(Part):
    name: Name | None = told("The attribute, as in the specification", "ICH Q8(R2)")
    dimension: Dimension | None = told("Which side of drug quality it speaks to")
    level: AttributeLevel | None = told("Whether it holds for the platform, a class or one product")


class MeasuredAttribute(_Attribute):
    """An attribute with a number per sample."""

    kind: Literal["measured"] = needed("A number per sample")
    unit: Unit | None = told("UCUM code of every figure of this attribute", "UCUM 2.1")
    lsl: Figure | None = told("Lower specification limit", "ICH Q6A, Q6B", unit=OWN_UNIT)
    usl: Figure | None = told("Upper specification limit", "ICH Q6A, Q6B", unit=OWN_UNIT)
    n: Count | None = told("Samples measured", unit="1 (count)")
    mean: Figure | None = told("Arithmetic mean of the samples", unit=OWN_UNIT)
    sd: Nonnegative | None = told("Sample standard deviation, divisor n - 1", unit=OWN_UNIT)
    min: Figure | None = told("Smallest sample", unit=OWN_UNIT)
    max: Figure | None = told("Largest sample", unit=OWN_UNIT)
    possible: Interval | None = told("Values the attribute can take at all, such as 0 to 100 %")
    claimed_cpk: Figure | None = told("Capability index as claimed; recomputed", unit="1")
    tolerance_interval: ToleranceInterval | None = told("Interval to report instead of Cpk below 25 samples")
    variance_components: Several[VarianceComponent] = several("Dispersion by source", most=20)


class QualitativeAttribute(_Attribute):
    """An attribute that conforms or doesn't."""

    kind: Literal["qualitative"] = needed("Conforms or does not")
    n: Count | None = told("Samples tested", unit="1 (count)")
    conforming: Count | None = told("Samples that conformed", unit="1 (count)")


class CensoredAttribute(_Attribute):
    """An attribute reported as below a limit of detection or quantitation."""

    kind: Literal["censored"] = needed("Reported as below a limit")
    unit: Unit | None = told("UCUM code of the limit", "UCUM 2.1")
    n: Count | None = told("Samples tested", unit="1 (count)")
    limit: Figure | None = told("The limit of detection or quantitation", "ICH Q2(R2)", unit=OWN_UNIT)
    below: Count | None = told("Samples below that limit", unit="1 (count)")


Attribute = Annotated[
    MeasuredAttribute | QualitativeAttribute | CensoredAttribute, Field(discriminator="kind")
]
