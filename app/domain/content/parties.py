"""Who and what stands around the request: engagements, submissions, sites, contacts, confidentiality."""

from typing import Annotated

from pydantic import Field

from app.domain.shapes import (
    LINE_PATTERN,
    AttachmentName,
    CivilDate,
    Flag,
    Identifier,
    Key,
    Label,
    Name,
    Part,
    Passage,
    Several,
    needed,
    several,
    told,
)
from app.domain.vocabulary import ConfidentialKind, ContactRole, EngagementProgram, RelatedKind

Email = Annotated[
    str, Field(strict=True, min_length=3, max_length=254, pattern=r"^[!-?A-~]{1,64}@[!-?A-~]{1,189}$")
]
Phone = Annotated[str, Field(strict=True, min_length=3, max_length=40, pattern=r"^[0-9+][0-9 ()./x-]{2,39}$")]
Address = Annotated[str, Field(strict=True, min_length=1, max_length=1_000, pattern=LINE_PATTERN)]
ContentPointer = Annotated[
    str,
    Field(
        strict=True,
        min_length=8,
        max_length=400,
        pattern=r"^/content(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,12}$",
    ),
]


class PriorEngagement(Part):
    """A contact with the agency before this request."""

    program: EngagementProgram | None = told("Which program it was with")
    reference: Label | None = told("Its reference number")
    held_on: CivilDate | None = told("When it was held", unit="civil date")
    outcome: Passage | None = told("What came of it")


class RelatedSubmission(Part):
    """An application or master file this request touches."""

    kind: RelatedKind = needed("What it is")
    number: Identifier | None = told("Its number, or why there is none", "21 CFR 312, 314, 601")
    relation: Passage | None = told("How it relates to this request")
    attachment: AttachmentName | None = told("Attachment with the letter of authorization", "21 CFR 314.420")


class Site(Part):
    """A place where the method is or will be run."""

    key: Key = needed("Name by which evidence cites this site")
    name: Name | None = told("The site")
    address: Address | None = told("Its postal address")
    fei: Identifier | None = told("FDA establishment identifier, or why there is none", "21 CFR 207")
    duns: Identifier | None = told("DUNS number of this location, or why there is none", "21 CFR 207")
    role: Label | None = told("What is done there")


class Contact(Part):
    """A person the program can turn to."""

    name: Name | None = told("The person")
    role: ContactRole | None = told("In what role")
    email: Email | None = told("Mail address", "RFC 5321")
    phone: Phone | None = told("Telephone number with country code", "ITU-T E.123")


class ConfidentialityClaim(Part):
    """A part of the content the applicant holds confidential."""

    pointer: ContentPointer | None = told("JSON Pointer to the part, from /content", "RFC 6901")
    kind: ConfidentialKind = needed("What kind of confidence", "21 CFR 20.61, 20.63")
    reason: Passage | None = told("Why", "21 CFR 20.61")


class Confidentiality(Part):
    """What may be shown to whom."""

    claims: Several[ConfidentialityClaim] = several("Parts held confidential", "21 CFR 20.61", most=200)
    publish_if_designated: Flag | None = told("Whether a designation may be published by the program")


class International(Part):
    """Parallel work with other regulators."""

    regulators: Several[Label] = several("Regulators also approached", most=50)
    parallel_advice: Flag | None = told("Whether parallel scientific advice is asked for")
    share_with: Several[Label] = several("Regulators the program may share this request with", most=50)
