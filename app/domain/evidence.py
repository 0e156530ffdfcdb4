"""An evidence item: one typed record of data or information behind scalability or a criterion."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.attributes import Attribute
from app.domain.shapes import (
    AttachmentName,
    CivilDate,
    Count,
    Figure,
    Flag,
    Fraction,
    Identifier,
    Key,
    Label,
    Name,
    Nonnegative,
    Number,
    OneMessage,
    Part,
    Passage,
    Quantity,
    Several,
    Unit,
    needed,
    several,
    told,
)
from app.domain.vocabulary import Environment, EvidenceKind, OperationMode, QualityClaim, ScaleBasis, Stage

METRIC_UNIT = "the comparison's `unit`"


class EvidenceProduct(Part):
    """What was made in the runs."""

    name: Name | None = told("Product or model drug")
    unii: Identifier | None = told("UNII of its active ingredient, or why there is none", "FDA GSRS")
    is_model_drug: Flag | None = told("Whether it stands in for the products of the context of use")


class Scale(Part):
    """How large the runs were."""

    stage: Stage | None = told("Stage of the equipment and controls the runs used")
    basis: ScaleBasis = needed("What the scale counts; only the same basis can be compared", "ICH Q13")
    quantity: Quantity | None = told("The scale of one run on that basis")
    rate: Quantity | None = told("Mass flow or throughput during the run", "ICH Q13")
    run_time: Quantity | None = told("How long one run lasted", "ICH Q13")
    parallel_units: Count | None = told("Identical units run side by side", unit="1 (count)")


class Runs(Part):
    """What became of every run that was started."""

    attempted: Count | None = told("Runs or units started", unit="1 (count)")
    succeeded: Count | None = told("Of these, met every acceptance criterion", unit="1 (count)")
    excluded: Count | None = told("Of these, left out of the data", unit="1 (count)")
    exclusion_reason: Passage | None = told("Why those were left out")
    consecutive: Count | None = told("Longest unbroken series of successes", unit="1 (count)")
    claimed_success_rate: Fraction | None = told("Success rate as claimed; recomputed", unit="1 (fraction)")
    counted: Literal["runs", "units"] | None = told("What the counts above count")


class Inputs(Part):
    """How much the inputs varied."""

    lots: Count | None = told("Different lots of input material", unit="1 (count)")
    donors: Count | None = told("Different donors", unit="1 (count)")
    donor_derived: Flag | None = told("Whether the input comes from donors or patients")


class Performance(Part):
    """How the process ran, quality aside."""

    yield_: Fraction | None = Field(
        default=None,
        alias="yield",
        description="Share of the theoretical output obtained. Unit: 1 (fraction). Source: program.",
    )
    throughput: Quantity | None = told("Output per time")
    cycle_time: Quantity | None = told("Time from start of one run to readiness for the next")
    failure_rate: Fraction | None = told("Share of runs that failed", unit="1 (fraction)")
    uptime: Fraction | None = told("Share of planned time in operation", unit="1 (fraction)")
    diverted_fraction: Fraction | None = told("Share of material diverted", "ICH Q13", unit="1 (fraction)")


class Comparison(Part):
    """Head to head with the conventional process: two independent arms, one attribute."""

    conventional_process: Passage | None = told("The named process it is compared with")
    attribute: Name | None = told("What is compared")
    unit: Unit | None = told("UCUM code of every figure of this comparison", "UCUM 2.1")
    better: Literal["higher", "lower"] | None = told("Which direction is better")
    n_method: Count | None = told("Samples of the new method", unit="1 (count)")
    mean_method: Figure | None = told("Mean of the new method", unit=METRIC_UNIT)
    sd_method: Nonnegative | None = told("Standard deviation of the new method", unit=METRIC_UNIT)
    n_conventional: Count | None = told("Samples of the conventional process", unit="1 (count)")
    mean_conventional: Figure | None = told("Mean of the conventional process", unit=METRIC_UNIT)
    sd_conventional: Nonnegative | None = told(
        "Standard deviation of the conventional process", unit=METRIC_UNIT
    )
    margin: Nonnegative | None = told("Equivalence margin, either side of zero", unit=METRIC_UNIT)
    margin_rationale: Passage | None = told("Why a difference within the margin does not matter")
    difference: Figure | None = told("Method less conventional, as stated; recomputed", unit=METRIC_UNIT)
    ci90: tuple[Figure, ...] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="90 % confidence interval of the difference, low then high, as stated; recomputed. "
        "Unit: the comparison's `unit`. Source: program.",
    )
    claim: QualityClaim | None = told("What the comparison is held to show", "506L(b)")


class Extrapolation(Part):
    """Use of a model beyond the range it was checked in."""

    reason: Passage | None = told("Why the model should hold beyond its validated range")
    plan: Passage | None = told("The experiments that will check it")


class ProcessModel(Part):
    """A process model or scale-down model and how far it was checked."""

    type: Label | None = told("Kind of model, such as mechanistic, statistical or scale-down")
    basis: ScaleBasis = needed("What the model's scales count")
    validated_low: Quantity | None = told("Smallest scale at which it was checked")
    validated_high: Quantity | None = told("Largest scale at which it was checked")
    checked_scales: Several[Quantity] = several("Scales at which prediction met experiment", most=50)
    error: Nonnegative | None = told("Relative prediction error found", unit="1 (fraction)")
    external_n: Count | None = told("Checks on data not used to build it", unit="1 (count)")
    extrapolation: Extrapolation | None = told("Stated when the target lies outside the validated range")


class FileReference(Part):
    """Where in the attachments the data stands."""

    attachment: AttachmentName | None = told("Id or file name of an attachment of this request")
    page: Annotated[int, Number(least=1, most=100_000, whole=True)] | None = told(
        "Page the data starts on", unit="1 (page number)"
    )


class Owner(Part):
    """Someone other than the applicant whose data this is."""

    name: Name | None = told("Who owns the data")


class EvidenceItem(Part):
    """One record of data or information; only `key` and `kind` are needed for a draft."""

    key: Key = needed("Name of this item inside the request, stable between versions")
    title: Name | None = told("What the item shows, in a line")
    kind: EvidenceKind = needed("What sort of record it is")
    unit_operations: Several[Key] = several("Keys of the unit operations it covers", most=200)
    sites: Several[Key] = several("Keys of the sites it comes from", most=200)
    product_class: Key | None = told("Key of the product class it belongs to")
    product: EvidenceProduct | None = told("What was made")
    method_version: Label | None = told("Version of the method that was run")
    operation_mode: OperationMode | None = told("How the process was run", "ICH Q13")
    gmp: Flag | None = told(
        "Whether it was made under current good manufacturing practice", "21 CFR 210, 211"
    )
    environment: Environment | None = told("How close to production the setting was", "DoD MRL Deskbook")
    scale: Scale | None = told("How large the runs were")
    runs: Runs | None = told("What became of the runs")
    inputs: Inputs | None = told("How much the inputs varied")
    attributes: Several[Attribute] = several("Quality attributes observed", most=200)
    performance: Performance | None = told("How the process ran")
    comparison: Comparison | None = told("Head to head with the conventional process")
    model: ProcessModel | None = told("The model, where the item is or uses one")
    files: Several[FileReference] = several("Attachments that hold the data", most=200)
    citation: Passage | None = told("Reference of published literature")
    bracket_rationale: Passage | None = told("Why the products tried are the worst cases of their class")
    owner: Annotated[Literal["self"] | Owner, OneMessage('"self", or {name} of the owner')] | None = told(
        "Whose data it is; `self` is the applicant, or the principal an agent acts for"
    )
    third_party_authorization: AttachmentName | None = told(
        "Attachment in which the owner lets the applicant use the data"
    )
    performed_from: CivilDate | None = told("First day of the work", unit="civil date")
    performed_to: CivilDate | None = told("Last day of the work", unit="civil date")
