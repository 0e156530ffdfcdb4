"""Sample requests of every applicant type, built on published figures, adequate and flawed on purpose.

They feed `amtdp demo` and the tests. Whoever files them, every person and every site is made up; what others
have published stands in items of kind `literature` and is named in their `citation` only.
"""

from app.samples.attachments import attachment_bytes
from app.samples.sample import USUAL_DAY, Agent, Attachment, Expected, Filer, Gap, Person, Sample, load

__all__ = [
    "USUAL_DAY",
    "Agent",
    "Attachment",
    "Expected",
    "Filer",
    "Gap",
    "Person",
    "Sample",
    "attachment_bytes",
    "load",
]
