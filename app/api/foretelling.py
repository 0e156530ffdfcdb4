"""What a preview says of who would hear: each message with its text and its readers, and each letter beside it.

An applicant is shown the people and addresses of its own side alone: of the program's, and of another applicant that
hears too, only that a message goes there.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.mail_preferences import Mode
from app.domain.policy import Audience, Permission
from app.domain.wording import version_of, worded
from app.services import correspondence
from app.services.correspondence import Hand, Reader, Telling
from app.services.post import Letter


async def foretold(hand: Hand, told: Sequence[Telling], alone: Sequence[Letter] = ()) -> dict[str, Any]:
    """`messages` and `letters`, as far as the caller's side would have them; `alone` are in no mailbox."""
    seen = [
        (each, await correspondence.readers(hand, each)) for each in told if _is_seen(hand, each.audience)
    ]
    return {
        "messages": [_message(each, _shown(hand, each, heard)) for each, heard in seen],
        "letters": [
            *(
                _letter(each.template, each.facts, each.to, Mode.NOW)
                for each in alone
                if _is_seen(hand, each.audience)
            ),
            *(
                _letter(each.template, each.words, to.email, to.mode)
                for each, heard in seen
                for to in each.by_mail
                if _is_own(hand, each) and to.person_id not in _hidden(hand, each, heard)
            ),
        ],
    }


def _is_seen(hand: Hand, audience: Audience) -> bool:
    return hand.actor.is_staff or audience is hand.actor.audience


def _is_own(hand: Hand, telling: Telling) -> bool:
    """Whether the people who hear are the caller's to know: who signs for another applicant is that one's business."""
    return hand.actor.is_staff or telling.about.applicant_id in hand.actor.applicants(
        Permission.READ_REQUESTS
    )


def _shown(hand: Hand, telling: Telling, heard: Sequence[Reader]) -> list[Reader]:
    """Who of the program reads along, or gets a letter, is not the applicant's to know."""
    return [
        each
        for each in heard
        if hand.actor.is_staff or (_is_own(hand, telling) and each.audience is Audience.APPLICANT)
    ]


def _hidden(hand: Hand, telling: Telling, heard: Sequence[Reader]) -> set[UUID]:
    return {each.id for each in heard} - {each.id for each in _shown(hand, telling, heard)}


def _message(telling: Telling, shown: Sequence[Reader]) -> dict[str, Any]:
    words = worded(telling.template, telling.words, version_of(telling.template))
    return {
        "channel": "mailbox",
        "template": telling.template,
        "audience": telling.audience.value,
        "applicant_id": telling.about.applicant_id if telling.audience is Audience.APPLICANT else None,
        "subject": words.subject,
        "text": words.text,
        "recipients": [
            {"person_id": str(each.id), "name": each.name, "audience": each.audience.value} for each in shown
        ],
    }


def _letter(template: str, facts: Mapping[str, str], to: str, mode: Mode) -> dict[str, Any]:
    words = worded(template, facts, version_of(template))
    return {
        "channel": "mail",
        "mode": mode.value,
        "to": to,
        "template": template,
        "subject": words.subject,
        "text": words.text,
        "facts": dict(facts),
    }
