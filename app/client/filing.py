"""The main path: come in, draft, attach, judge, sign, take the receipt."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from app.client.asking import Asking
from app.client.calls import Call, Form
from app.client.faults import Stale
from app.client.shapes import (
    Attachment,
    DesignationRequest,
    Receipt,
    Registration,
    Report,
    Signature,
    StepUp,
    Tree,
)
from app.domain import exact_json, merge

REQUESTS = "/v1/designation-requests"
Reference = DesignationRequest | str  # a request, or its number or id
Source = Path | bytes
Kind = Literal[
    "technical_report", "protocol", "batch_summary", "model_validation",
    "authorization_letter", "cover_letter", "letter", "other",
]  # fmt: skip


class Filing(Asking):
    """`key` gives a POST an Idempotency-Key of one's own, so that even a process begun anew can repeat it."""

    async def register(self, applicant: Tree, person: Tree, *, key: str | None = None) -> Registration:
        """A new applicant and its first signer; go on with a client under the `api_key`."""
        body = {"applicant": applicant, "person": person}
        return await self._shown(Registration, Call("POST", "/v1/registrations", tree=body, key=key))

    async def confirm(self, registration: Registration | str, code: str) -> None:
        """Proves the address by the code in its mail; needed before the first submission."""
        id = registration if isinstance(registration, str) else registration.id
        at = f"/v1/registrations/{_part(id)}/confirmations"
        await self._calls.make(Call("POST", at, tree={"code": code}))

    async def open_draft(
        self, content: Tree, *, applicant_id: str | None = None, key: str | None = None
    ) -> DesignationRequest:
        """A draft with as much as there is; it has its number for good."""
        body = {"content": content} | ({"applicant_id": applicant_id} if applicant_id else {})
        return await self._shown(DesignationRequest, Call("POST", REQUESTS, tree=body, key=key))

    async def request(self, reference: Reference) -> DesignationRequest:
        """A request as it is now: its status, content and tag."""
        return await self._shown(DesignationRequest, Call("GET", _at(reference)))

    def requests(self, **filters: str) -> AsyncIterator[DesignationRequest]:
        """All requests that the caller can see, by the filters of the list."""
        return self._listed(DesignationRequest, REQUESTS, filters)

    async def amend(self, draft: DesignationRequest, patch: Tree) -> DesignationRequest:
        """Changes the content by merge patch (null removes a member). Raises Stale where it changed meanwhile."""
        call = Call("PATCH", _at(draft), tree={"content": patch}, if_match=_tag(draft))
        return await self._changed(call, lambda content: merge.merge_patch(content, _sent(patch)) == content)

    async def put_evidence(self, draft: DesignationRequest, item: Tree) -> DesignationRequest:
        """One evidence item of a draft, in place of the one with its key or after the others."""
        call = Call("PUT", f"{_at(draft)}/evidence/{_part(item['key'])}", tree=item, if_match=_tag(draft))
        return await self._changed(call, lambda content: _sent(item) in _evidence(content))

    async def _changed(self, call: Call, is_made: Callable[[dict[str, Any]], bool]) -> DesignationRequest:
        """Makes a change. Where its answer got lost, and it is stale when repeated, looks whether it was made."""
        try:
            return await self._shown(DesignationRequest, call)
        except Stale as stale:
            now = await self.request(call.path.split("/")[3]) if stale.after_lost_answer else None
            if now is None or not is_made(dict(now.content or {})):
                raise
            return now

    async def attach(
        self,
        reference: Reference,
        source: Source,
        kind: Kind,
        *,
        filename: str | None = None,
        description: str | None = None,
        key: str | None = None,
    ) -> Attachment:
        """A file, streamed, with its SHA-256: the service refuses it where it arrives as another."""
        name = filename or (source.name if isinstance(source, Path) else None)
        if name is None:
            raise ValueError("bytes need a filename")
        with await asyncio.to_thread(_opened, source) as file:
            digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
            fields = {"kind": kind, "sha256": digest.hexdigest()}
            if description is not None:
                fields["description"] = description
            call = Call("POST", f"{_at(reference)}/attachments", form=Form(name, file, fields), key=key)
            return await self._shown(Attachment, call)

    async def readiness(self, reference: Reference) -> Report:
        """What the rules find, all at once."""
        return await self._shown(Report, Call("GET", f"{_at(reference)}/readiness"))

    async def step_up(self, password: str) -> StepUp:
        """A token that stands for the password in signatures, for five minutes."""
        return await self._shown(StepUp, Call("POST", "/v1/me/step-ups", tree={"password": password}))

    async def submit(
        self,
        draft: Reference,
        signature: Signature,
        *,
        acknowledged_gaps: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> DesignationRequest:
        """Files the request: what was read is what is signed (If-Match). `acknowledged_gaps` is rule to reason."""
        gaps = [{"rule": rule, "reason": reason} for rule, reason in (acknowledged_gaps or {}).items()]
        body: dict[str, Any] = {"name": "submit", "signature": signature.model_dump(exclude_none=True)}
        if gaps:
            body["acknowledged_gaps"] = gaps
        tag = None if isinstance(draft, str) else draft.etag
        call = Call("POST", f"{_at(draft)}/transitions", tree=body, if_match=tag, key=key)
        return await self._shown(DesignationRequest, call)

    async def receipt(self, reference: Reference) -> Receipt:
        """The signed deposit receipt; `fault(await public_keys())` checks it."""
        return await self._shown(Receipt, Call("GET", f"{_at(reference)}/receipt"))

    async def public_keys(self) -> list[dict[str, str]]:
        """The keys (JWK) that receipts and `v1a` signatures of webhooks verify with."""
        return list((await self._calls.make(Call("GET", "/v1/keys"))).tree["keys"])


def _at(reference: Reference) -> str:
    return f"{REQUESTS}/{_part(reference if isinstance(reference, str) else reference.number)}"


def _part(text: str) -> str:
    """As one part of a path, whatever it holds."""
    return quote(text, safe="")


def _tag(draft: DesignationRequest) -> str:
    if draft.etag is None:
        raise ValueError("a request from a list has no tag: read it with request() before you change it")
    return draft.etag


def _sent(tree: Tree) -> Any:  # noqa: ANN401 -- any JSON
    """The tree as the service reads it, figures as decimals."""
    return exact_json.decode(exact_json.encode(tree))


def _evidence(content: Mapping[str, Any]) -> list[Any]:
    return list((content.get("scalability") or {}).get("evidence") or ())


def _opened(source: Source) -> io.BytesIO | io.BufferedReader:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
