"""The client as it is used: the main path, webhook endpoints, and the feed of events."""

from app.client.filing import Filing
from app.client.listening import Listening


class Client(Filing, Listening):
    """Calls under one API key, or under none (to register).

    Every call is repeated on a broken connection, 429, 502, 503 and 504, each POST under one Idempotency-Key, as long
    as the patience lasts; it ends in its answer or in a `ClientFault`. Waits, timeout and transport can be given.
    """
