"""How large the method is to run commercially, and what shows that it can."""

from app.domain.evidence import EvidenceItem
from app.domain.shapes import (
    CivilDate,
    Count,
    Key,
    Name,
    Part,
    Passage,
    Prose,
    Quantity,
    Several,
    needed,
    several,
    told,
)
from app.domain.vocabulary import Dimension, ScaleBasis, Stage, Strategy


class Rates(Part):
    """The window of rates the process is to run in."""

    low: Quantity | None = told("Lowest rate", "ICH Q13")
    target: Quantity | None = told("Target rate", "ICH Q13")
    high: Quantity | None = told("Highest rate", "ICH Q13")


class Target(Part):
    """An intended commercial scale."""

    product_class: Key | None = told("Key of the product class it holds for; absent: for all")
    basis: ScaleBasis = needed("What the scale counts")
    quantity: Quantity | None = told("The intended commercial scale on that basis")
    source: Passage | None = told("Where the figure comes from")
    run_time: Quantity | None = told("Intended length of one run", "ICH Q13")
    parallel_units: Count | None = told("Units intended side by side", unit="1 (count)")
    sites: Count | None = told("Sites intended", unit="1 (count)")
    rates: Rates | None = told("Window of rates intended", "ICH Q13")


class DistributionPlan(Part):
    """How several sites stay one process."""

    common_control: Passage | None = told("How control is common to all sites")
    release: Passage | None = told("How product is released at each site")


class Candidate(Part):
    """A commercial product or class the method could make."""

    product: Name | None = told("The product, when it is one")
    product_class: Key | None = told("Key of the product class, when it is a class")
    unit_operations: Several[Key] = several("Keys of the demonstrated steps that carry over", most=200)
    why: Passage | None = told("Why they carry over")


class CommercialApplicability(Part):
    """What the method means for commercial products, early or not."""

    statement: Prose | None = told("How the method applies to commercial manufacture")
    candidates: Several[Candidate] = several("Products or classes in view", most=100)


class Milestone(Part):
    """A dated step of the scale-up plan."""

    product_class: Key | None = told("Key of the product class it holds for; absent: for all")
    stage: Stage | None = told("Stage it reaches")
    due_on: CivilDate | None = told("When", unit="civil date")
    criterion: Passage | None = told("What decides that it is reached")


class ScalePlan(Part):
    """The way from the demonstrated to the commercial scale."""

    milestones: Several[Milestone] = several("Dated steps", most=200)


class DimensionNotApplicable(Part):
    """A side of quality that does not apply."""

    dimension: Dimension | None = told("The side of quality")
    product_class: Key | None = told("Key of the product class it holds for; absent: for all")
    reason: Passage | None = told("Why it does not apply")


class Scalability(Part):
    """Targets, the way to them, and the evidence."""

    targets: Several[Target] = several("Intended commercial scales", most=100)
    strategies: Several[Strategy] = several("Ways of making more", "ICH Q13", most=5)
    distribution_plan: DistributionPlan | None = told("For the distributed strategy")
    commercial_applicability: CommercialApplicability | None = told("What it means for commercial products")
    plan: ScalePlan | None = told("The way to the commercial scale")
    no_gmp_because: Passage | None = told("Why there is no batch under good manufacturing practice yet")
    dimensions_not_applicable: Several[DimensionNotApplicable] = several(
        "Sides of quality that do not apply", most=100
    )
    evidence: Several[EvidenceItem] = several("Evidence items", "506L(c)(1)", most=500)
