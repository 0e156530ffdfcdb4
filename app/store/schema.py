"""Every table, in one metadata: importing this module imports them all."""

from app.store import (
    api_keys,
    applicants,
    attachments,
    deliveries,
    feed,
    filings,
    idempotency,
    invitations,
    journal,
    logs,
    mandates,
    methods,
    people,
    registrations,
    requests,
    test_clock,
    webhook_endpoints,
)
from app.store.columns import metadata

__all__ = [
    "api_keys",
    "applicants",
    "attachments",
    "deliveries",
    "feed",
    "filings",
    "idempotency",
    "invitations",
    "journal",
    "logs",
    "mandates",
    "metadata",
    "methods",
    "people",
    "registrations",
    "requests",
    "test_clock",
    "webhook_endpoints",
]
