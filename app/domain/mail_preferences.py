"""What each letter is about, and whether a person may choose to have it later or not at all. Pure.

A choice is about mail alone: what is told stands in the mailbox at once whatever was chosen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from app.domain.policy import Audience


class Mode(StrEnum):
    """When a letter of a class goes to a person."""

    NOW = "now"
    DIGEST = "digest"  # with the others of the day, in one letter
    NEVER = "never"


class EventClass(StrEnum):
    """What letters are about, as far as people choose among them."""

    MANDATORY = "mandatory"
    PROGRESS = "progress"  # of an applicant's requests
    ENGAGEMENTS = "engagements"
    MESSAGES = "messages"  # what somebody wrote
    REVIEW = "review"  # what happens to a request that a member of staff works on
    SIGN_OFFS = "sign_offs"  # what waits for a signatory


# A template that is not named here does not exist (a test holds them together). Why something is mandatory stands
# beside it: a legal effect or a date that runs, work given to one person, access and keys, or what would be lost.
CLASSES: Final[Mapping[EventClass, frozenset[str]]] = {
    EventClass.MANDATORY: frozenset(
        {
            # legal effects on a request, and dates that run
            "request_received",
            "mailed_filing_received",
            "mailed_filing_kept",
            "mailed_filing_arrived",
            "mailed_engagement_received",
            "mail_claim_renewed",
            "mail_held",
            "request_rejected",
            "request_reinstated",
            "request_withdrawn",
            "questions_asked",
            "questions_lapsed",
            "reply_reminder",
            "answers_received",
            "decision_made",
            "decision_set_aside",
            # what is about to be lost, or was
            "draft_expiry",
            "draft_expired",
            # work that is one person's, its end, and the statutory day
            "assigned",
            "consult_asked",
            "consult_cancelled",
            "opinion_given",
            "conflict_declared",
            "decision_set_aside_inside",
            "due_soon",
            "overdue",
            # legal effects on a designation, and on who relies on it
            "designation_change_acknowledged",
            "designation_end_proposed",
            "designation_notice_withdrawn",
            "designation_ended",
            "designation_authorization_given",
            "designation_authorization_over",
            "designation_authorization_revoked",
            "designation_transfer_closed",
            "designation_transfer_offered",
            "designation_transferred",
            # access, keys, signatures and endpoints
            "access_lost",
            "address_claimed",
            "address_known",
            "confirmation_code",
            "invitation",
            "key_created",
            "key_revoked",
            "mandate_given",
            "mandate_ended",
            "member_left",
            "signing_locked",
            "staff_changed",
            "endpoint_failing",
            "endpoint_disabled",
            "endpoint_gone",
            "endpoint_recovered",
            "endpoint_enabled",
            # what was chosen to come in one letter is not chosen anew
            "digest",
        }
    ),
    EventClass.PROGRESS: frozenset({"assessment_begun"}),
    EventClass.ENGAGEMENTS: frozenset({"engagement_received", "engagement_moved", "engagement_update"}),
    EventClass.MESSAGES: frozenset({"message_received"}),
    EventClass.REVIEW: frozenset(
        {
            "questions_lapsed_inside",
            "withdrawn_inside",
            "recommendation_returned",
            "decision_made_inside",
            "designation_change_notified",
            "designation_ended_by_holder",
        }
    ),
    EventClass.SIGN_OFFS: frozenset({"recommendation_made"}),
}
MANDATORY: Final = CLASSES[EventClass.MANDATORY]
_CLASS_OF: Final = {template: each for each, templates in CLASSES.items() for template in templates}
_INSIDE: Final = frozenset({EventClass.REVIEW, EventClass.SIGN_OFFS})
_THEIRS: Final = frozenset({EventClass.PROGRESS, EventClass.ENGAGEMENTS})


def class_of(template: str) -> EventClass:
    """Raises KeyError for a template there is not."""
    return _CLASS_OF[template]


def classes_for(audience: Audience) -> tuple[EventClass, ...]:
    """What a person of this side may hear of, in the order in which it is shown."""
    others = _THEIRS if audience is Audience.PROGRAM else _INSIDE
    return tuple(each for each in EventClass if each not in others)


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's choices; what was not chosen comes at once."""

    chosen: Mapping[EventClass, Mode] = field(default_factory=dict)

    @classmethod
    def read(cls, kept: str | None) -> Self:
        """From a column, where each choice is `class:mode`; of a class that is no more nothing is left."""
        pairs = (each.split(":") for each in (kept or "").split())
        known = set(EventClass)
        return cls({EventClass(name): Mode(mode) for name, mode in pairs if name in known})

    @property
    def kept(self) -> str:
        """As the column has them."""
        return " ".join(f"{each}:{self.chosen[each]}" for each in EventClass if each in self.chosen)

    def mode(self, of: EventClass) -> Mode:
        """What is mandatory comes at once, whatever stands in the column."""
        return Mode.NOW if of is EventClass.MANDATORY else self.chosen.get(of, Mode.NOW)

    def without(self, muted: Iterable[EventClass]) -> "Preferences":
        """The same, with no mail of these; a mandatory class stays."""
        stopped: dict[EventClass, Mode] = {
            each: Mode.NEVER for each in muted if each is not EventClass.MANDATORY
        }
        return Preferences({**self.chosen, **stopped})


def mode_of(template: str, kept: str | None, address_state: str | None = None) -> Mode:
    """When a letter goes to whoever chose so, to an address of this state (None: nothing is known against it).

    An address that bounced, or whose holder complained, gets what is mandatory alone: that is still tried.
    """
    of = class_of(template)
    if of is EventClass.MANDATORY:
        return Mode.NOW
    return Mode.NEVER if address_state is not None else Preferences.read(kept).mode(of)
