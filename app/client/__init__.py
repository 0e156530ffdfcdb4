"""A client of the intake desk for Python, and a check of the webhooks it sends.

It needs httpx2, pydantic, msgspec, cryptography, rfc8785 and `app.domain`, and nothing of the server. It is async
alone: following the feed and uploading go on beside other work, and a script calls `asyncio.run` once.
"""

from app.client.calls import Patience
from app.client.client import Client
from app.client.faults import (
    Busy,
    ClientFault,
    Conflicting,
    NotAccepted,
    NotAllowed,
    NotLetIn,
    NotThere,
    NotUnderstood,
    Refused,
    Stale,
    Unreachable,
)
from app.client.shapes import DesignationRequest, Endpoint, Receipt, Signature

__all__ = [
    "Busy",
    "Client",
    "ClientFault",
    "Conflicting",
    "DesignationRequest",
    "Endpoint",
    "NotAccepted",
    "NotAllowed",
    "NotLetIn",
    "NotThere",
    "NotUnderstood",
    "Patience",
    "Receipt",
    "Refused",
    "Signature",
    "Stale",
    "Unreachable",
]
