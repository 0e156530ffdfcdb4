"""What a call can end in beside its answer: refused with problem details, never answered, or not understood."""

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from app.domain import exact_json
from app.domain.errors import Flaw, StillRunning

PASSING = frozenset({429, 502, 503, 504})


class ClientFault(Exception):
    """Everything that this client raises of its own."""


class Unreachable(ClientFault):
    """No answer came, however often it was asked; its cause is the last fault of the connection."""


class NotUnderstood(ClientFault):
    """A successful answer that is not what this client knows."""


class Refused(ClientFault):
    """A refusal, as the service gave it (RFC 9457). Branch on `code`, whose page is at `type`; show `detail` to people.

    `after_lost_answer`: an earlier try of the same call may have been carried out, and its answer was lost.
    """

    after_lost_answer = False

    def __init__(
        self, call: str, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]
    ) -> None:
        self.call, self.status, self.problem = call, status, problem
        self.code = str(problem.get("code", ""))
        self.type = str(problem.get("type", "about:blank"))
        self.detail = str(problem.get("detail") or problem.get("title") or "no reason given")
        self.request_id = str(problem.get("request_id") or headers.get("X-Request-Id", ""))
        self.errors = tuple(_flaw(each) for each in problem.get("errors") or ())
        self.retry_after = seconds_in(headers.get("Retry-After", ""), datetime.now(UTC))
        self.current_etag = headers.get("ETag") if status == httpx2.codes.PRECONDITION_FAILED else None
        flaws = "".join(f"; {each.pointer}: {each.detail}" for each in self.errors)
        super().__init__(f"{call} answered {status} {self.code}: {self.detail}{flaws}")

    @property
    def is_passing(self) -> bool:
        """Whether the same call may well succeed later."""
        return self.status in PASSING or self.code == StillRunning.code


class NotLetIn(Refused):
    """401: the key is missing, mistyped, expired or revoked."""


class NotAllowed(Refused):
    """403: seen, but not for this caller to do; a wrong password at signing is one too."""


class NotThere(Refused):
    """404: nothing that this caller can see."""


class Conflicting(Refused):
    """409: not in the present state."""


class Stale(Refused):
    """412: changed since it was read; `current_etag` is the tag of what is there now."""


class NotAccepted(Refused):
    """422: `errors` names each member that is wrong, or each finding that blocks."""


class Busy(Refused):
    """429 or 503: not now. It was tried again as long as the client's patience allows."""


KINDS: Mapping[int, type[Refused]] = {
    401: NotLetIn,
    403: NotAllowed,
    404: NotThere,
    409: Conflicting,
    412: Stale,
    422: NotAccepted,
    429: Busy,
    503: Busy,
}


def refusal(call: str, answer: httpx2.Response) -> Refused:
    """The answer as an error of its kind; what is no problem details (a proxy's page) is told by its status."""
    try:
        tree = exact_json.decode(answer.content)
    except exact_json.NotJson:
        tree = None
    problem = tree if isinstance(tree, dict) else {"title": answer.reason_phrase}
    return KINDS.get(answer.status_code, Refused)(call, answer.status_code, problem, answer.headers)


def seconds_in(header: str, now: datetime) -> float | None:
    """How long a Retry-After asks to wait, in both its forms (RFC 9110 10.2.3); None where it says nothing."""
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        at = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _flaw(each: Any) -> Flaw:  # noqa: ANN401 -- any JSON
    told = each if isinstance(each, dict) else {}
    return Flaw(*(str(told.get(name, "")) for name in ("pointer", "rule", "detail")))
