"""The content of a designation request: shape only; completeness is for the rules to judge."""

from app.domain.content.criteria import Criteria
from app.domain.content.method import Method
from app.domain.content.parties import (
    Confidentiality,
    Contact,
    International,
    PriorEngagement,
    RelatedSubmission,
    Site,
)
from app.domain.content.purpose import ContextOfUse, Development
from app.domain.content.scalability import Scalability
from app.domain.shapes import Name, Part, RequestNumber, Several, several, told

__all__ = ["Content"]


class Content(Part):
    """What an applicant says about one method in one context of use; any part may be missing in a draft."""

    title: Name | None = told("Title of the request")
    method: Method | None = told("The method of manufacturing", "506L(b)")
    context_of_use: ContextOfUse | None = told("What the method is to be used for", "506L(c)(1)")
    development: Development | None = told("How far the method has come")
    criteria: Criteria | None = told("Why the method qualifies", "506L(b)")
    scalability: Scalability | None = told("How large it is to run, and what shows that it can", "506L(c)(1)")
    prior_engagements: Several[PriorEngagement] = several("Contacts before this request", most=100)
    previous_requests: Several[RequestNumber] = several("Numbers of earlier designation requests", most=100)
    related_submissions: Several[RelatedSubmission] = several("Applications and master files", most=200)
    sites: Several[Site] = several("Places where the method is run", most=200)
    contacts: Several[Contact] = several("People the program can turn to", most=50)
    confidentiality: Confidentiality | None = told("What may be shown to whom", "21 CFR 20.61")
    international: International | None = told("Parallel work with other regulators")
