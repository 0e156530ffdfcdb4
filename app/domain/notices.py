"""Who hears of what by letter, in which words: one table, read by every transition and by its preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.policy import Audience


class Hearer(StrEnum):
    """Somebody who may have to know; a letter goes to each of them once."""

    ACTOR = "actor"  # whoever acted for the applicant
    SIGNERS = "signers"  # of the applicant, with a confirmed address
    LEAD = "lead"
    TEAM = "team"
    COORDINATORS = "coordinators"
    SIGNATORIES = "signatories"

    @property
    def audience(self) -> Audience:
        inside = {Hearer.LEAD, Hearer.TEAM, Hearer.COORDINATORS, Hearer.SIGNATORIES}
        return Audience.PROGRAM if self in inside else Audience.APPLICANT


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter to each of these people; the template has number, link and what the act adds, never content."""

    hearer: Hearer
    template: str


def _to(template: str, *hearers: Hearer) -> tuple[Notice, ...]:
    return tuple(Notice(hearer, template) for hearer in hearers)


H = Hearer
# By the action that the journal records.
NOTICES: Mapping[str, tuple[Notice, ...]] = {
    "submitted": _to("request_received", H.ACTOR),
    "mailed_registered": _to("request_received", H.SIGNERS),
    "withdrawn": (*_to("request_withdrawn", H.ACTOR), *_to("withdrawn_inside", H.LEAD, H.TEAM)),
    "technically_rejected": _to("request_rejected", H.SIGNERS),
    "reinstated": _to("request_reinstated", H.SIGNERS),
    "accepted": _to("assessment_begun", H.SIGNERS),  # whom it assigns is told of the assignment
    "information_requested": _to("questions_asked", H.SIGNERS),
    "responded": (*_to("answers_received", H.ACTOR), *_to("answers_arrived", H.LEAD, H.TEAM)),
    "lapsed": (*_to("questions_lapsed", H.SIGNERS), *_to("questions_lapsed_inside", H.LEAD, H.TEAM)),
    "recommended": _to("recommendation_made", H.SIGNATORIES),
    "returned_to_assessment": _to("recommendation_returned", H.LEAD),
    "designated": (*_to("decision_made", H.SIGNERS), *_to("decision_made_inside", H.LEAD, H.TEAM)),
    "denied": (*_to("decision_made", H.SIGNERS), *_to("decision_made_inside", H.LEAD, H.TEAM)),
    "set_aside": (*_to("decision_set_aside", H.SIGNERS), *_to("decision_set_aside_inside", H.LEAD)),
}
