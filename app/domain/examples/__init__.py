"""One full example of a content and one of an evidence item, as they stand in the published schemas."""

from app.domain.examples.content import CONTENT
from app.domain.examples.evidence import EVIDENCE_ITEM

__all__ = ["CONTENT", "EVIDENCE_ITEM"]
