"""What the method is for, and how far it has come: context of use and development."""

from typing import Annotated

from app.domain.shapes import (
    CivilDate,
    Identifier,
    Key,
    Label,
    Name,
    Number,
    Part,
    Passage,
    Prose,
    Several,
    needed,
    several,
    told,
)
from app.domain.vocabulary import Phase, ProductKind, Scope, SubmissionKind


class ProductClass(Part):
    """A class of products inside the context of use."""

    key: Key = needed("Name by which targets and evidence cite this class")
    name: Name | None = told("The class")
    modality: Label | None = told("Such as monoclonal antibody, CAR-T cells or small molecule")
    dosage_form: Label | None = told("Such as tablet or injection", "FDA dosage form list")


class Product(Part):
    """A named product inside the context of use."""

    name: Name | None = told("The product")
    unii: Identifier | None = told("UNII of its active ingredient, or why there is none", "FDA GSRS")
    application_number: Identifier | None = told(
        "Its NDA, ANDA or BLA number, or why there is none", "21 CFR 314, 601"
    )


class ContextOfUse(Part):
    """The use for which designation is asked."""

    statement: Prose | None = told("The use, in the applicant's words", "506L(c)(1)")
    scope: Scope | None = told("How wide the use is: one product, a class, or a platform")
    product_kinds: Several[ProductKind] = several("What is made by the method", "506L(b)", most=3)
    product_classes: Several[ProductClass] = several("Classes of products covered", most=100)
    products: Several[Product] = several("Products covered by name", most=200)
    exclusions: Prose | None = told("What is left out of the use")


class PlannedSubmission(Part):
    """An application expected to use the method."""

    kind: SubmissionKind = needed("What will be submitted")
    expected_on: CivilDate | None = told("When, as far as known", unit="civil date")
    product: Name | None = told("For which product")


class Development(Part):
    """How far the method has come."""

    phase: Phase | None = told("Declared phase; the rules also look at readiness levels and evidence")
    trl: Annotated[int, Number(least=1, most=9, whole=True)] | None = told(
        "Technology readiness level", "ISO 16290", unit="level 1 to 9"
    )
    mrl: Annotated[int, Number(least=1, most=10, whole=True)] | None = told(
        "Manufacturing readiness level", "DoD MRL Deskbook", unit="level 1 to 10"
    )
    summary: Passage | None = told("Where development stands")
    planned_submissions: Several[PlannedSubmission] = several("Applications expected", most=100)
