"""A client of the intake API as an applicant would write one: JSON with exact figures, keys, patience."""

import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from app.domain import exact_json

_LONGEST_WAIT: Final = 60
_TRIES: Final = 5
_BUSY: Final = frozenset({409, 429, 503})


class Refused(Exception):
    """An answer that is no success: the problem's title, detail and each flaw, with the call that met it."""

    def __init__(self, call: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        flaws = "; ".join(
            f"{flaw.get('pointer')}: {flaw.get('detail')}" for flaw in problem.get("errors") or ()
        )
        said = problem.get("detail") or problem.get("title") or "no reason given"
        super().__init__(f"{call} answered {status}: {said}{f' ({flaws})' if flaws else ''}")


class Intake:
    """Calls under one API key, or under none. A POST carries an Idempotency-Key, so that a retry is safe."""

    def __init__(self, client: httpx2.Client, api_key: str | None = None) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def get(self, path: str) -> Any:  # noqa: ANN401 - a JSON tree
        return self._call("GET", path)

    def page(self, path: str, media: str) -> bytes:
        """The bytes of what is no JSON, in the form asked for."""
        return self._answered("GET", path, headers={"Accept": media}).content

    def post(self, path: str, tree: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a JSON tree
        headers = {"Content-Type": "application/json"}
        return self._call("POST", path, headers=headers, content=exact_json.encode(tree))

    def upload(self, path: str, file: tuple[str, bytes, str], fields: Mapping[str, str]) -> Any:  # noqa: ANN401 - a JSON tree
        return self._call("POST", path, files={"file": file}, data=dict(fields))

    def _call(self, method: str, path: str, **sent: Any) -> Any:  # noqa: ANN401 -- any JSON
        return exact_json.decode(self._answered(method, path, **sent).content)

    def _answered(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,  # noqa: ANN401 -- as httpx2 takes it
    ) -> httpx2.Response:
        sent = {**self._headers, **(headers or {})}
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid.uuid4())
        for _ in range(_TRIES):
            answer = self._client.request(method, path, headers=sent, **body)
            if answer.is_success:
                return answer
            wait = answer.headers.get("Retry-After", "")
            if answer.status_code not in _BUSY or not wait.isdigit() or int(wait) > _LONGEST_WAIT:
                break
            time.sleep(int(wait))
        raise Refused(f"{method} {path}", answer.status_code, _problem(answer))


def _problem(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        tree = exact_json.decode(answer.content)
    except exact_json.NotJson:
        return {"detail": answer.reason_phrase}
    return tree if isinstance(tree, dict) else {}
