"""The catalogue of events: what can happen that outsiders are told of, which side is told, and in which words.

To add a type: a body in `bodies`, a row here, an `Announcement` in the plan or service that causes it; `amtdp schemas`
publishes it.
"""

from collections.abc import Mapping

from app.domain.event_types import bodies
from app.domain.event_types.bodies import AboutEndpoint
from app.domain.event_types.making import EventType, NotInCatalogue, row
from app.domain.policy import Audience

__all__ = ["EVENT_TYPES", "OWNERS_ALONE", "EventType", "NotInCatalogue"]

PROGRAM = frozenset({Audience.PROGRAM})
# About an endpoint only its owner hears: an agent cannot read its principal's endpoints either.
OWNERS_ALONE = "webhook_endpoint."
RECEIPT = {"received_on": "2026-12-01", "statutory_due_on": "2027-05-30"}
EVENT_TYPES: Mapping[str, EventType] = {
    each.name: each
    for each in (
        row(
            "designation_request.submitted",
            "A request was signed and received; the 180 days began.",
            bodies.Submission,
            {"status": "received", **RECEIPT},
        ),
        row(
            "designation_request.withdrawn",
            "The requester took the request back.",
            bodies.Withdrawal,
            {"status": "withdrawn"},
        ),
        row(
            "designation_request.rejected",
            "A request was rejected for a technical cause, never for content.",
            bodies.Rejection,
            {"status": "rejected", "cause": "unreadable_file"},
        ),
        row(
            "designation_request.reinstated",
            "A technical rejection was taken back; the receipt date stays.",
            bodies.Reinstatement,
            {"status": "received"},
        ),
        row(
            "designation_request.information_requested",
            "There are questions for the applicant; the statutory clock runs on.",
            bodies.Questions,
            {"status": "question_open", "round": 1, "reply_by": "2027-01-15"},
        ),
        row(
            "designation_request.reply_date_approaching",
            "A reply date is seven days or one day away.",
            bodies.ReplyReminder,
            {"status": "question_open", "round": 1, "reply_by": "2027-01-15", "days_left": 7},
        ),
        row(
            "designation_request.questions_lapsed",
            "A reply date has passed without an answer; the review goes on.",
            bodies.Lapse,
            {"status": "under_assessment", "round": 1},
        ),
        row(
            "designation_request.response_received",
            "The applicant has answered a round of questions.",
            bodies.Answers,
            {"status": "under_assessment", "round": 1, "late": False, "version": 2},
        ),
        row(
            "designation_request.decided",
            "The request was decided; the signed letter can be read.",
            bodies.Decided,
            {"status": "designated", "outcome": "designated", "decided_on": "2027-05-20"},
        ),
        row(
            "designation_request.set_aside",
            "A denial was set aside and is assessed anew; the statutory clock stays ended.",
            bodies.SetAside,
            {"status": "under_assessment", "program_target_on": "2027-09-01"},
        ),
        row(
            "designation_request.due_date_approaching",
            "The statutory due date is near, or has passed without a decision.",
            bodies.DueDate,
            {"status": "under_assessment", "statutory_due_on": "2027-05-30", "days_left": 7},
            PROGRAM,
        ),
        row(
            "designation_request.status_changed",
            "The status that applicants see has changed.",
            bodies.Change,
            {"status": "rejected", "cause": "unreadable_file"},
        ),
        row(
            "designation_request.state_changed",
            "The state that the program sees has changed.",
            bodies.StateChange,
            {"status": "received", "state": "submitted", **RECEIPT},
            PROGRAM,
        ),
        row(
            "designation_request.assigned",
            "Somebody was given a part in the review of a request.",
            bodies.Assignment,
            {
                "status": "received",
                "person_id": "0193a1ec-1b2c-7d3e-8f40-51627384a5b7",
                "part": "lead",
            },
            PROGRAM,
        ),
        row(
            "designation.granted",
            "A designation was granted for a method in one context of use.",
            bodies.Granting,
            {"status": "active", "designation_request": "AMT-2026-00017", "granted_on": "2026-12-01"},
        ),
        row(
            "designation.status_changed",
            "The state of a designation has changed.",
            bodies.DesignationChange,
            {"status": "update_pending"},
        ),
        row(
            "designation.end_proposed",
            "The program has given notice that it means to end the designation.",
            bodies.DesignationChange,
            {"status": "active"},
        ),
        row(
            "designation.notice_withdrawn",
            "The program has taken its notice back: the designation goes on.",
            bodies.DesignationChange,
            {"status": "active"},
        ),
        row(
            "designation.transferred",
            "A designation has passed to another holder; told to both.",
            bodies.DesignationChange,
            {"status": "active"},
        ),
        row(
            "designation.authorization_given",
            "The holder lets another person reference the data in the same context of use.",
            bodies.AboutAuthorization,
            {"status": "active", "authorization_id": "0193a1ee-52b0-7a41-8c3f-7b6a5d4c3e2f"},
        ),
        row(
            "designation.authorization_revoked",
            "An authorization ended at once.",
            bodies.AboutAuthorization,
            {"status": "active", "authorization_id": "0193a1ee-52b0-7a41-8c3f-7b6a5d4c3e2f"},
        ),
        row(
            "designation.cited",
            "An application that cites the designation was recorded, or its approval was.",
            bodies.Citing,
            {"status": "active", "citation_id": "0193a1ef-0c9d-7b52-9e60-8c7b6d5e4f30"},
        ),
        row(
            "engagement.status_changed",
            "An engagement was requested, its state has changed, or its meeting has another date.",
            bodies.EngagementChange,
            {"status": "scheduled", "meeting_on": "2026-12-15"},
        ),
        row(
            "engagement.update_sent",
            "A requester was told where its engagement stands.",
            bodies.EngagementUpdate,
            {"status": "accepted", "n": 2},
        ),
        row(
            "message.received",
            "Somebody of the other side wrote to you; the text is in the mailbox.",
            bodies.MessageReceived,
            {"message_id": "0193a1f1-2a3b-7c4d-8e5f-60718293a4b5"},
        ),
        row(
            "webhook_endpoint.failing",
            "An endpoint has failed for half the time after which it is disabled.",
            AboutEndpoint,
            {"status": "failing"},
        ),
        row(
            "webhook_endpoint.recovered",
            "An endpoint that its owner was warned of takes deliveries again.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.disabled",
            "An endpoint gets no more deliveries until it is enabled again.",
            AboutEndpoint,
            {"status": "disabled"},
        ),
        row(
            "webhook_endpoint.enabled",
            "An endpoint gets deliveries again.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.secret_rotated",
            "An endpoint has a new secret; the earlier one signs for a while.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.test",
            "A test delivery that its owner asked for.",
            AboutEndpoint,
            {"status": "active", "sequence": 0},
        ),
    )
}
