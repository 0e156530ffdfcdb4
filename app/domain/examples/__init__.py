"""One full example of a content, of an evidence item and of an engagement, as they stand in the published schemas."""

from app.domain.examples.content import CONTENT
from app.domain.examples.engagement import ENGAGEMENT
from app.domain.examples.evidence import EVIDENCE_ITEM

__all__ = ["CONTENT", "ENGAGEMENT", "EVIDENCE_ITEM"]
