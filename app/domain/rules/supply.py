"""SC-18, SC-19, SC-20: what a claimed improvement of supply or of development time adds up to."""

from collections.abc import Iterator

from app.domain.content.criteria import Activity, DrugSupply
from app.domain.quantities import Quantity
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.improvements import Saving, lacking
from app.domain.rules.places import said
from app.domain.rules.registry import rule
from app.domain.rules.wording import amount, figure, listing


@rule("SC-18")
def supply_follows_from_capacity(case: Case) -> Iterator[Hit]:
    """The claimed supply is what the capacity gives, within the tolerance, and the demand has a source."""
    tolerance = case.threshold("SC-18", "tolerance")
    for one in case.supplies:
        missing = lacking(one.of.capacity)
        if missing:
            yield Hit(f"{one.pointer}/capacity", f"The capacity lacks {listing(missing)}.")
        if one.claimed is None:
            yield Hit(
                f"{one.pointer}/claimed_supply", "The supply claimed per year is not stated with its unit."
            )
        elif not missing and one.computed is None:
            detail = "The units of rate and claimed supply do not lead to each other."
            yield Hit(f"{one.pointer}/claimed_supply", detail, stated=one.claimed)
        elif one.computed is not None and not one.agrees(tolerance):
            detail = (
                f"The capacity gives {amount(one.computed)} per year; {amount(one.claimed)} is claimed, "
                f"which differs by more than {figure(100 * tolerance)} %."
            )
            yield Hit(f"{one.pointer}/claimed_supply", detail, stated=one.claimed, computed=one.computed)
        if one.of.demand is None or not said(one.of.demand.source):
            yield Hit(f"{one.pointer}/demand/source", "The source of the demand is not stated.")


@rule("SC-19")
def shortage_is_shown_or_explained(case: Case) -> Iterator[Hit]:
    """A shortage ground has its list entry with both days, or says why there is none."""
    for one in case.supplies:
        if one.of.ground == "shortage_drug_supply" and not said(one.of.not_listed_because):
            yield from _entry(one.pointer, one.of)


def _entry(at: str, of: DrugSupply) -> Iterator[Hit]:
    entry = of.shortage_entry
    if entry is None:
        yield Hit(f"{at}/shortage_entry", "Neither a shortage list entry nor a reason for none is stated.")
        return
    days = {"listed_on": entry.listed_on, "snapshot_on": entry.snapshot_on}
    for name, day in days.items():
        if day is None:
            yield Hit(f"{at}/shortage_entry/{name}", f"The shortage list entry does not state {name}.")


@rule("SC-20")
def time_is_shown_by_activity(case: Case) -> Iterator[Hit]:
    """Both schedules list activities with their days, the baseline with sources, and days are saved."""
    for one in case.savings:
        yield from _schedule(f"{one.pointer}/baseline", one.of.baseline, "baseline", sourced=True)
        yield from _schedule(f"{one.pointer}/proposed", one.of.proposed, "proposed", sourced=False)
        yield from _difference(one)


def _schedule(at: str, activities: tuple[Activity, ...], name: str, *, sourced: bool) -> Iterator[Hit]:
    if not activities:
        yield Hit(at, f"The {name} schedule lists no activity.")
    for index, one in enumerate(activities):
        if not said(one.activity):
            yield Hit(
                f"{at}/{index}/activity", f"An entry of the {name} schedule does not name its activity."
            )
        if one.days is None:
            yield Hit(f"{at}/{index}/days", f"An activity of the {name} schedule does not state its days.")
        if sourced and not said(one.source):
            yield Hit(
                f"{at}/{index}/source", f"An activity of the {name} schedule does not state its source."
            )


def _difference(one: Saving) -> Iterator[Hit]:
    found = one.computed
    if found is None or found.saved_days > 0:
        return
    detail = (
        f"The proposed schedule takes {figure(found.proposed_days)} days and the baseline "
        f"{figure(found.baseline_days)}: no day is saved."
    )
    stated, computed = Quantity(found.proposed_days, "d"), Quantity(found.saved_days, "d")
    yield Hit(f"{one.pointer}/proposed", detail, stated=stated, computed=computed)
