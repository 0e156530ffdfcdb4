"""The workflow of an engagement, as a table. It has no draft: who asks for one has asked."""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.policy import Permission
from app.domain.workflow import Transition, Workflow, row, table


class EngagementState(StrEnum):
    """Public to the requester as it is: an engagement has no hidden states."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SCHEDULED = "scheduled"
    HELD = "held"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


S = EngagementState
FINAL = frozenset({S.DECLINED, S.CLOSED, S.WITHDRAWN})
# Where the requester waits for the program: here it may take its request back, and is told regularly where it stands.
WAITING = frozenset({S.REQUESTED, S.ACCEPTED, S.SCHEDULED})
BY_PROGRAM = (Permission.SCREEN_REQUESTS, Permission.ASSESS)  # coordinators and reviewers alike
SCREEN, ASSESS = BY_PROGRAM

TRANSITIONS: Mapping[str, Transition[EngagementState]] = table(
    row(
        "accept",
        {S.REQUESTED},
        S.ACCEPTED,
        SCREEN,
        also=ASSESS,
        summary="The program takes the engagement up. A note stays with the program.",
    ),
    row(
        "decline",
        {S.REQUESTED},
        S.DECLINED,
        SCREEN,
        ("note", "reason"),
        also=ASSESS,
        summary="The program does not take it up; reason and note are told to the requester.",
    ),
    row(
        "schedule",
        {S.ACCEPTED},
        S.SCHEDULED,
        SCREEN,
        ("held_on", "mode"),
        ("attendees", "starts_at"),
        also=ASSESS,
        summary="A meeting, a site visit or a written answer gets its date.",
        guard="The date is not past, and the hour lies on it.",
    ),
    row(
        "reschedule",
        {S.SCHEDULED},
        S.SCHEDULED,
        SCREEN,
        ("held_on", "mode"),
        ("attendees", "starts_at"),
        also=ASSESS,
        summary="What was scheduled gets another date, hour or mode.",
        guard="As for schedule, and something of it changes.",
    ),
    row(
        "hold",
        {S.SCHEDULED},
        S.HELD,
        SCREEN,
        ("held_on",),
        ("summary",),
        also=ASSESS,
        summary="It took place; a summary is shared with the requester.",
        guard="Between the day of receipt and today.",
    ),
    row(
        "close",
        {S.ACCEPTED, S.SCHEDULED, S.HELD},
        S.CLOSED,
        SCREEN,
        ("outcome", "summary"),
        also=ASSESS,
        summary="It ends with an outcome and a shared summary. A note stays with the program.",
    ),
    row(
        "withdraw",
        WAITING,
        S.WITHDRAWN,
        Permission.EDIT_DRAFTS,
        summary="The requester takes it back.",
    ),
)
VERSION = 1
WORKFLOW: Workflow[EngagementState] = Workflow(
    "engagement",
    VERSION,
    "Workflow of an engagement",
    S.REQUESTED,
    FINAL,
    {each: each for each in EngagementState},
    TRANSITIONS,
)
