"""Rules of the statute, RC-01 to RC-07: what 506L(b), (c) and (f) ask of every request.

They cannot be acknowledged away, so each asks for no more than the law does: that a thing is addressed in
words, not that it is addressed well. Whether it is, is for the program's rules and for the reviewers.
"""

from collections.abc import Iterator

from app.domain.calendars import SUNSET_WARNING_FROM, filed_before_sunset
from app.domain.content.criteria import DevelopmentTime, DrugSupply, Improvement
from app.domain.evidence import EvidenceItem
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.places import EVIDENCE, said
from app.domain.rules.registry import rule


@rule("RC-01")
def method_is_described(case: Case) -> Iterator[Hit]:
    """A method of manufacturing is there: a name, a summary or a step of it."""
    method = case.method
    steps = any(said(step.name) or said(step.description) for step in method.unit_operations)
    if not (said(method.name) or said(method.summary) or steps):
        yield Hit("/content/method", "The request describes no method of manufacturing.")


@rule("RC-02")
def context_of_use_is_stated(case: Case) -> Iterator[Hit]:
    """The use for which designation is asked is stated in words."""
    if not said(case.purpose.statement):
        yield Hit("/content/context_of_use/statement", "The context of use is not stated.")


@rule("RC-03")
def novelty_is_addressed(case: Case) -> Iterator[Hit]:
    """A novel technology, or an established one used in a novel way, is explained, not only ticked."""
    novelty = case.method.novelty
    if novelty is None:
        yield Hit("/content/method/novelty", "Nothing is said about what is novel.")
    elif not said(novelty.explanation):
        yield Hit("/content/method/novelty/explanation", "The novelty is named but not explained.")


@rule("RC-04")
def quality_is_addressed(case: Case) -> Iterator[Hit]:
    """How drug quality stays equivalent or becomes superior is addressed in words."""
    quality = case.criteria.quality
    if quality is None:
        yield Hit("/content/criteria/quality", "Nothing is said about drug quality.")
    elif not said(quality.rationale):
        yield Hit("/content/criteria/quality/rationale", "The quality claim is made without a reason.")


@rule("RC-05")
def an_improvement_is_addressed(case: Case) -> Iterator[Hit]:
    """At least one ground of substantial improvement, of those named or another, says something."""
    improvements = case.criteria.improvements
    if not improvements:
        yield Hit("/content/criteria/improvements", "No ground of substantial improvement is given.")
    elif not any(_speaks(improvement) for improvement in improvements):
        yield Hit(
            "/content/criteria/improvements/0/claim", "Grounds are named, but none says what is improved."
        )


def _speaks(improvement: Improvement) -> bool:
    if said(improvement.claim):
        return True
    if isinstance(improvement, DevelopmentTime):
        return bool(improvement.baseline and improvement.proposed)
    return isinstance(improvement, DrugSupply) and said(improvement.drug)


@rule("RC-06")
def data_or_information_is_present(case: Case) -> Iterator[Hit]:
    """Data *or information*: an evidence item that says something, a stored file, or figures of a ground."""
    if case.attachments or any(_holds_something(item.of) for item in case.items):
        return
    if not any(_substantiates(improvement) for improvement in case.criteria.improvements):
        yield Hit(EVIDENCE, "The request holds neither data nor information in support.")


def _holds_something(item: EvidenceItem) -> bool:
    given = item.model_fields_set - {"key", "kind"}
    return any(getattr(item, member) not in (None, ()) for member in given)


def _substantiates(improvement: Improvement) -> bool:
    if isinstance(improvement, DevelopmentTime):
        return bool(improvement.baseline and improvement.proposed)
    if isinstance(improvement, DrugSupply):
        figures = (
            improvement.capacity,
            improvement.demand,
            improvement.shortage_entry,
            improvement.claimed_supply,
        )
        return any(figure is not None for figure in figures)
    return False


@rule("RC-07")
def filed_before_the_sunset(case: Case) -> Iterator[Hit]:
    """The civil date in New York is not after the last day on which a request can be considered."""
    if not filed_before_sunset(case.on):
        yield Hit("/content", "Requests submitted after 1 October 2032 cannot be considered.")
    elif case.on >= SUNSET_WARNING_FROM:
        yield Hit("/content", "The last day for a request to be considered is 1 October 2032.", hint=True)
