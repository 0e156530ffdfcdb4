"""What is known of an address that mail goes to, as its person and whoever answers for it are shown."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api.payloads import Out
from app.services.journal import instant


class AddressOut(Out):
    """Where it is not `ok`, only mandatory mail is tried; the mailbox has everything."""

    status: Literal["ok", "bouncing", "complained"]
    since: datetime | None = None
    code: str | None = Field(None, description="The status code of RFC 3463 that its server answered")


def shown_address(row: Any | None) -> dict[str, Any]:
    """Of a row with the columns of `address_states`; none, or one without them: nothing is known against it."""
    if row is None or row.state is None:
        return {"status": "ok", "since": None, "code": None}
    return {"status": row.state, "since": instant(row.since), "code": row.status}
