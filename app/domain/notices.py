"""Who hears of what, in which words: one table, read by every transition and by its preview.

Each notice is a message in the mailbox of whoever hears and, where it says so, a letter beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.mailboxes import Turn
from app.domain.policy import Audience


class Hearer(StrEnum):
    """Somebody who may have to know."""

    ACTOR = "actor"  # whoever acted for the applicant
    SIGNERS = "signers"  # of the applicant
    MEMBERS = "members"  # of the applicant, all of them
    AGENTS = "agents"  # the people of those who may read the applicant's mail under a mandate
    LEAD = "lead"
    TEAM = "team"
    COORDINATORS = "coordinators"
    DESK = "desk"  # the coordinators, as long as nobody works on it
    SIGNATORIES = "signatories"
    HOLDER = "holder"  # of a designation: its signers
    PARTIES = "parties"  # the signers of both sides of a transfer or an authorization, or the address it has
    AUTHORIZED = "authorized"  # whoever may reference a designation's data today
    WRITERS = "writers"  # of the program, in this thread before
    KEEPERS = "keepers"  # as the desk, where nobody but the author works on it; signatories where no coordinator may

    @property
    def audience(self) -> Audience:
        return Audience.PROGRAM if self in INSIDE else Audience.APPLICANT


INSIDE: Final = frozenset(
    {
        Hearer.LEAD,
        Hearer.TEAM,
        Hearer.COORDINATORS,
        Hearer.DESK,
        Hearer.SIGNATORIES,
        Hearer.WRITERS,
        Hearer.KEEPERS,
    }
)
# What comes into an applicant's mailbox comes there for everyone who may open it.
IN_MAILBOX: Final = frozenset({Hearer.MEMBERS, Hearer.AGENTS})
# What a person writes is heard by whoever works on what it is about and by who wrote there before; what an applicant's
# person writes, never by nobody. Desks have it in any case.
AROUND: Final = frozenset({Hearer.LEAD, Hearer.TEAM, Hearer.WRITERS})
HEARS_WRITTEN: Mapping[tuple[Audience, Audience], frozenset[Hearer]] = {  # in whose thread, from which side
    (Audience.APPLICANT, Audience.APPLICANT): IN_MAILBOX | AROUND | {Hearer.KEEPERS},
    (Audience.APPLICANT, Audience.PROGRAM): IN_MAILBOX | AROUND,
    (Audience.PROGRAM, Audience.PROGRAM): AROUND | {Hearer.KEEPERS},
}


@dataclass(frozen=True, slots=True)
class Notice:
    """These people hear in the words of this template: number, link and what the act adds, never content."""

    hearer: Hearer
    template: str
    by_mail: bool = True


def _to(template: str, *hearers: Hearer) -> tuple[Notice, ...]:
    return tuple(Notice(hearer, template) for hearer in hearers)


def _at_desk(template: str) -> tuple[Notice, ...]:
    """In the desk's mailbox alone."""
    return (Notice(Hearer.COORDINATORS, template, by_mail=False),)


H = Hearer
_ENDED: Final = (*_to("designation_ended", H.HOLDER), *_to("designation_authorization_over", H.AUTHORIZED))
AT_WORK: Final = (H.LEAD, H.TEAM, H.DESK)
# By the action that the journal records.
NOTICES: Mapping[str, tuple[Notice, ...]] = {
    "submitted": (
        *_to("request_received", H.ACTOR),
        Notice(H.COORDINATORS, "request_received", by_mail=False),
    ),
    "mailed_registered": _to("request_received", H.SIGNERS),
    "withdrawn": (*_to("request_withdrawn", H.ACTOR), *_to("withdrawn_inside", *AT_WORK)),
    "technically_rejected": _to("request_rejected", H.SIGNERS),
    "reinstated": _to("request_reinstated", H.SIGNERS),
    "accepted": _to("assessment_begun", H.SIGNERS),  # whom it assigns is told of the assignment
    "information_requested": _to("questions_asked", H.SIGNERS),
    # one message for both sides: the receipts of the program are the proof that its answers were read
    "responded": _to("answers_received", H.ACTOR, *AT_WORK),
    "lapsed": (*_to("questions_lapsed", H.SIGNERS), *_to("questions_lapsed_inside", *AT_WORK)),
    "recommended": _to("recommendation_made", H.SIGNATORIES),
    "returned_to_assessment": _to("recommendation_returned", H.LEAD, H.DESK),
    "designated": (*_to("decision_made", H.SIGNERS), *_to("decision_made_inside", *AT_WORK)),
    "denied": (*_to("decision_made", H.SIGNERS), *_to("decision_made_inside", *AT_WORK)),
    "set_aside": (*_to("decision_set_aside", H.SIGNERS), *_to("decision_set_aside_inside", H.LEAD, H.DESK)),
    "designation_change_notified": _at_desk("designation_change_notified"),
    "designation_change_acknowledged": _to("designation_change_acknowledged", H.HOLDER),
    "designation_end_proposed": _to("designation_end_proposed", H.HOLDER),
    "designation_notice_withdrawn": _to("designation_notice_withdrawn", H.HOLDER),
    "designation_ended_by_holder": (*_ENDED, *_at_desk("designation_ended_by_holder")),
    "designation_ended_by_program": _ENDED,
    "designation_graduated": _ENDED,
    "designation_transfer_offered": _to("designation_transfer_offered", H.PARTIES),
    "designation_transfer_withdrawn": _to("designation_transfer_closed", H.PARTIES),
    "designation_transfer_declined": _to("designation_transfer_closed", H.PARTIES),
    # whoever is authorized learns whose data it is from now on
    "designation_transferred": _to("designation_transferred", H.PARTIES, H.AUTHORIZED),
    "designation_authorization_given": _to("designation_authorization_given", H.PARTIES),
    "designation_authorization_revoked": _to("designation_authorization_revoked", H.PARTIES),
    "engagement_requested": (*_to("engagement_received", H.MEMBERS), *_at_desk("engagement_received")),
    "engagement_moved_by_program": _to("engagement_moved", H.MEMBERS),
    "engagement_moved_by_requester": _at_desk("engagement_moved"),
    "engagement_update_sent": _to("engagement_update", H.MEMBERS),
    # of an endpoint of the program whoever made it hears, or who administers
    "endpoint_failing": _to("endpoint_failing", H.SIGNERS),
    "endpoint_disabled": _to("endpoint_disabled", H.SIGNERS),
    "endpoint_gone": _to("endpoint_gone", H.SIGNERS),
    "endpoint_recovered": _to("endpoint_recovered", H.SIGNERS),
    "endpoint_enabled": (Notice(H.MEMBERS, "endpoint_enabled", by_mail=False),),
}
# Whose move the thread waits for after a message of this template; nobody's after any other.
TURNS: Mapping[str, Turn] = {
    "request_received": Turn.PROGRAM,
    "mailed_filing_kept": Turn.PROGRAM,
    "mailed_filing_arrived": Turn.PROGRAM,
    "request_reinstated": Turn.PROGRAM,
    "assessment_begun": Turn.PROGRAM,
    "questions_asked": Turn.APPLICANT,
    "reply_reminder": Turn.APPLICANT,
    "questions_lapsed": Turn.APPLICANT,
    "answers_received": Turn.PROGRAM,
    "recommendation_made": Turn.PROGRAM,
    "recommendation_returned": Turn.PROGRAM,
    "decision_set_aside": Turn.PROGRAM,
    "decision_set_aside_inside": Turn.PROGRAM,
    "assigned": Turn.PROGRAM,
    "consult_asked": Turn.PROGRAM,
    "designation_change_notified": Turn.PROGRAM,
    "engagement_received": Turn.PROGRAM,
    "due_soon": Turn.PROGRAM,
    "overdue": Turn.PROGRAM,
}
