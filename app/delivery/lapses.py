"""Questions lapse by themselves when their reply date has passed: the system acts, by the same table as anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.keyring import Keyring
from app.domain.lifecycle import State
from app.domain.policy import SYSTEM
from app.services.questions import LAPSE
from app.services.transitions import Call, Desk, advance
from app.services.verbs import VERBS
from app.store import requests


@dataclass(frozen=True, slots=True)
class Lapses:
    """The act of the timer that each round of questions sets."""

    keyring: Keyring
    public_url: str

    async def act(self, db: AsyncConnection, facts: Mapping[str, Any], now: datetime) -> None:
        """Lets the round lapse, if it is still the one that waits for an answer."""
        found = await requests.find(db, SYSTEM, facts["request"], lock=True)
        if found is None or found.state is not State.INFORMATION_REQUESTED:
            return
        if found.question_round == facts["round"]:
            desk = Desk(db, SYSTEM, now, self.keyring, self.public_url)
            await advance(desk, facts["request"], Call(LAPSE), VERBS)
