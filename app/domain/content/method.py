"""The method of manufacturing: what is new, its unit operations, how it is run and controlled."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.shapes import (
    CivilDate,
    Figure,
    Flag,
    Key,
    Label,
    Name,
    OneMessage,
    Part,
    Passage,
    Prose,
    Quantity,
    Several,
    Unit,
    needed,
    several,
    told,
)
from app.domain.vocabulary import NoveltyBasis, OperationMode

UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
MethodId = Annotated[str, Field(strict=True, min_length=36, max_length=36, pattern=UUID_PATTERN)]
PARAMETER_UNIT = "the parameter's `unit`"


class MethodVersion(Part):
    """One dated version of the method."""

    version: Label | None = told("Name of the version, as evidence items cite it")
    dated: CivilDate | None = told("Day from which it was run", unit="civil date")
    change_impact: Passage | None = told("What the change means for evidence of earlier versions")


class Novelty(Part):
    """What makes the method new."""

    basis: NoveltyBasis = needed(
        "A novel technology, or an established one applied in a novel way", "506L(b)"
    )
    explanation: Prose | None = told("Why it is new", "506L(b)")


class FixedParameter(Part):
    """A parameter that stays the same for every product."""

    name: Name | None = told("The parameter")
    unit: Unit | None = told("UCUM code of the value", "UCUM 2.1")
    value: Annotated[Figure | Label, OneMessage("a number or a short text")] | None = told(
        "Its setting: a number, or words where it has no number", unit=PARAMETER_UNIT
    )


class AdjustableParameter(Part):
    """A parameter set per product, inside limits."""

    name: Name | None = told("The parameter")
    unit: Unit | None = told("UCUM code of the limits", "UCUM 2.1")
    low: Figure | None = told("Lowest setting allowed", "ICH Q8(R2)", unit=PARAMETER_UNIT)
    high: Figure | None = told("Highest setting allowed", "ICH Q8(R2)", unit=PARAMETER_UNIT)


class UnitOperation(Part):
    """One step of the method."""

    key: Key = needed("Name by which evidence cites this step")
    name: Name | None = told("The step")
    description: Prose | None = told("What happens in it")
    critical: Flag | None = told("Whether it can affect a critical quality attribute", "ICH Q8(R2)")
    fixed_parameters: Several[FixedParameter] = several("Parameters equal for all products", most=100)
    adjustable_parameters: Several[AdjustableParameter] = several("Parameters set per product", most=100)


class ResidenceTime(Part):
    """The residence time distribution of a continuous process."""

    mean: Quantity | None = told("Mean residence time", "ICH Q13")
    spread: Quantity | None = told("Standard deviation of the residence time", "ICH Q13")
    determined_by: Passage | None = told("How the distribution was found", "ICH Q13")


class BatchDefinition(Part):
    """What a batch of a continuous process is."""

    by: Literal["output_mass", "input_mass", "run_time"] | None = told("What delimits a batch", "ICH Q13")
    low: Quantity | None = told("Smallest batch", "ICH Q13")
    high: Quantity | None = told("Largest batch", "ICH Q13")


class Continuous(Part):
    """What only a continuous process has to say."""

    residence_time: ResidenceTime | None = told("Residence time distribution", "ICH Q13")
    startup: Passage | None = told("How start-up material is handled", "ICH Q13")
    shutdown: Passage | None = told("How shut-down material is handled", "ICH Q13")
    diversion: Passage | None = told("When and how material is diverted", "ICH Q13")
    batch_definition: BatchDefinition | None = told("What a batch is", "ICH Q13")
    viral_safety: Passage | None = told("Viral safety position, for biological products", "ICH Q5A(R2)")


class KnownLimit(Part):
    """A limit of scale and its remedy."""

    description: Passage | None = told("What limits the scale")
    mitigation: Passage | None = told("What is done about it")


class Method(Part):
    """A method of manufacturing, or a combination of methods."""

    method_id: MethodId | None = told("Registered method of the applicant this one is, when it is one")
    name: Name | None = told("What the method is called", "506L(b)")
    version: Label | None = told("The version described here")
    versions: Several[MethodVersion] = several("Every version evidence comes from", most=100)
    summary: Prose | None = told("What the method does, in prose", "506L(b)")
    novelty: Novelty | None = told("What makes it new", "506L(b)")
    operation_mode: OperationMode | None = told("How the process is run", "ICH Q13")
    unit_operations: Several[UnitOperation] = several("The steps of the method", most=200)
    continuous: Continuous | None = told("For continuous and hybrid operation", "ICH Q13")
    control_strategy: Prose | None = told("How quality is assured during manufacture", "ICH Q8(R2), Q10")
    known_limits: Several[KnownLimit] = several("Limits and bottlenecks of scale", most=100)
    challenges: Prose | None = told("Technical or regulatory obstacles the applicant expects")
