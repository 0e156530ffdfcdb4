"""The workflow of a designation, as a table. Nothing else changes its state."""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.policy import Permission
from app.domain.workflow import Transition, Workflow, row, table


class State(StrEnum):
    """A designation hides no state: its holder is told what the program sees."""

    ACTIVE = "active"
    UPDATE_PENDING = "update_pending"
    ENDED_BY_HOLDER = "ended_by_holder"
    ENDED_BY_PROGRAM = "ended_by_program"
    GRADUATED = "graduated"


S = State
# While one of these holds, data may be referenced and relied on (506L(d)(2)).
LIVE = frozenset({S.ACTIVE, S.UPDATE_PENDING})
FINAL = frozenset(State) - LIVE
STATUS_OF: Mapping[State, State] = {state: state for state in State}
NOTICE_DAYS = 30  # civil days between the notice to the holder and an end by the program

TRANSITIONS: Mapping[str, Transition[State]] = table(
    row(
        "notify_change",
        {S.ACTIVE},
        S.UPDATE_PENDING,
        Permission.MANAGE_APPLICANT,
        ("alters_context_of_use", "change", "effective_on"),
        ("method_version",),
        summary="The holder tells the program what changes of the method, and from when.",
        guard="A change that alters the context of use is refused: it needs a new request.",
    ),
    row(
        "acknowledge_change",
        {S.UPDATE_PENDING},
        S.ACTIVE,
        Permission.KEEP_DESIGNATIONS,
        summary="The program has taken note of the change; the designation goes on as before.",
    ),
    row(
        "end_by_holder",
        LIVE,
        S.ENDED_BY_HOLDER,
        Permission.HOLD_DESIGNATIONS,
        ("signature",),
        summary="The holder gives the designation up; nothing new may rely on it.",
    ),
    row(
        "propose_end",
        {S.ACTIVE},
        S.ACTIVE,
        Permission.DECIDE,
        ("reason", "signature"),
        summary="The signatory gives the holder notice that the program means to end the designation.",
        guard="No notice is pending.",
    ),
    row(
        "withdraw_notice",
        {S.ACTIVE},
        S.ACTIVE,
        Permission.DECIDE,
        ("note",),
        summary="The signatory takes the notice back: the designation goes on.",
        guard="A notice is pending.",
    ),
    row(
        "end_by_program",
        LIVE,
        S.ENDED_BY_PROGRAM,
        Permission.DECIDE,
        ("reason", "signature"),
        summary="The signatory ends the designation; nothing new may rely on it.",
        guard=f"Counsel has signed it off, and the holder has had notice for {NOTICE_DAYS} days.",
    ),
    row(
        "graduate",
        LIVE,
        S.GRADUATED,
        Permission.DECIDE,
        ("signature",),
        summary="The method has become ordinary: it goes on without a designation.",
        guard="Counsel has signed it off.",
    ),
)
WORKFLOW: Workflow[State] = Workflow(
    "designation", 1, "Workflow of a designation", S.ACTIVE, FINAL, STATUS_OF, TRANSITIONS
)


def is_live(state: State) -> bool:
    return state in LIVE
