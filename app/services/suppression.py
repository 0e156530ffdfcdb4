"""Not telling what an act would tell: by the program alone, for a reason, and never what is mandatory."""

from collections.abc import Iterator, Mapping, Sequence

from app.domain.errors import Flaw, Invalid, NotPermitted
from app.domain.mail_preferences import MANDATORY
from app.domain.policy import Audience
from app.services.correspondence import Hand, Telling
from app.services.journal import Entry


def left(hand: Hand, told: Sequence[Telling], reasons: Mapping[str, str]) -> tuple[Telling, ...]:
    """What is told after all; `reasons` by template. Raises NotPermitted, Invalid."""
    if reasons and not hand.actor.is_staff:
        raise NotPermitted("What an act tells is the program's to leave out.")
    flaws = list(_flaws({each.template for each in told}, reasons))
    if flaws:
        raise Invalid(flaws=flaws)
    return tuple(each for each in told if each.template not in reasons)


def _flaws(told: set[str], reasons: Mapping[str, str]) -> Iterator[Flaw]:
    for place, template in enumerate(reasons):
        pointer = f"/suppress/{place}/notice"
        if template not in told:
            yield Flaw(
                pointer,
                "no-such-notice",
                "The transition would not tell this; its preview says what it does.",
            )
        elif template in MANDATORY:
            yield Flaw(
                pointer, "mandatory", "This has a legal effect or is somebody's work: it is always told."
            )


def entries(hand: Hand, reasons: Mapping[str, str]) -> tuple[Entry, ...]:
    """What the journal says of it, for the program alone."""
    return tuple(
        Entry(
            "notice_suppressed",
            hand.actor,
            hand.now,
            audience=Audience.PROGRAM,
            reason=reason,
            facts={"notice": template},
        )
        for template, reason in reasons.items()
    )
