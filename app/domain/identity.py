"""Ids and numbers: UUIDv7 for things, AMT-YYYY-NNNNN for designation requests."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by the instant it was made, so primary keys stay append-only."""
    return uuid7()
