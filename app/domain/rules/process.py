"""SC-13, SC-21, SC-23: what the request says of the process: limits, continuous operation, commercial use."""

from collections.abc import Iterator

from app.domain.content.method import Continuous
from app.domain.content.scalability import Candidate
from app.domain.rules.case import Case
from app.domain.rules.comparable import stated
from app.domain.rules.finding import Hit
from app.domain.rules.places import said
from app.domain.rules.registry import rule
from app.domain.rules.wording import listing

LIMITS = "/content/method/known_limits"
CONTINUOUS = "/content/method/continuous"
APPLICABILITY = "/content/scalability/commercial_applicability"
_CONTINUOUS_MODES = frozenset({"continuous", "hybrid"})


@rule("SC-13")
def limits_are_listed(case: Case) -> Iterator[Hit]:
    """Known limits of scale are listed, each with a mitigation."""
    if not case.method.known_limits:
        yield Hit(LIMITS, "No known limit or bottleneck of scale is listed.")
    for index, limit in enumerate(case.method.known_limits):
        if not said(limit.description):
            yield Hit(f"{LIMITS}/{index}/description", "A limit of scale is not described.")
        if not said(limit.mitigation):
            yield Hit(f"{LIMITS}/{index}/mitigation", "A limit of scale has no mitigation.")


@rule("SC-21")
def continuous_operation_is_described(case: Case) -> Iterator[Hit]:
    """A method run continuously, wholly or in part, says what only such a process has to say."""
    if case.method.operation_mode not in _CONTINUOUS_MODES:
        return
    described = case.method.continuous or Continuous()
    for member, words in _undescribed(described):
        yield Hit(f"{CONTINUOUS}/{member}", f"For continuous operation, {words} is not stated.")
    if "biological_product" in case.purpose.product_kinds and not said(described.viral_safety):
        yield Hit(
            f"{CONTINUOUS}/viral_safety", "For a biological product, the viral safety position is not stated."
        )


def _undescribed(of: Continuous) -> Iterator[tuple[str, str]]:
    residence, batch = of.residence_time, of.batch_definition
    if residence is None or stated(residence.mean) is None or stated(residence.spread) is None:
        yield "residence_time", "the residence time distribution (mean and spread)"
    if not said(of.startup):
        yield "startup", "the handling of start-up"
    if not said(of.shutdown):
        yield "shutdown", "the handling of shut-down"
    if not said(of.diversion):
        yield "diversion", "the diversion of material"
    if batch is None or batch.by is None:
        yield "batch_definition", "the definition of a batch"


@rule("SC-23")
def method_is_tied_to_products(case: Case) -> Iterator[Hit]:
    """A statement, and candidates with demonstrated unit operations and why these carry over."""
    said_of = case.scalability.commercial_applicability
    if said_of is None or not said(said_of.statement):
        yield Hit(
            f"{APPLICABILITY}/statement", "How the method applies to commercial manufacture is not stated."
        )
    candidates = () if said_of is None else said_of.candidates
    if not candidates:
        yield Hit(f"{APPLICABILITY}/candidates", "No candidate commercial product or class is named.")
    for index, candidate in enumerate(candidates):
        lacking = list(_lacking(case, candidate))
        if lacking:
            yield Hit(f"{APPLICABILITY}/candidates/{index}", f"The candidate lacks {listing(lacking)}.")


def _lacking(case: Case, candidate: Candidate) -> Iterator[str]:
    if not said(candidate.product) and candidate.product_class is None:
        yield "a product or product class"
    if not candidate.unit_operations:
        yield "the unit operations that carry over"
    elif not any(key in case.by_operation for key in candidate.unit_operations):
        yield "a unit operation that some evidence covers"
    if not said(candidate.why):
        yield "why they carry over"
