"""Rules of what a reader needs, RC-21, RC-22, RC-25 and RC-26: contacts, names, declarations, grounds."""

from collections.abc import Iterator

from app.domain.content.criteria import DrugSupply
from app.domain.rules.case import Case
from app.domain.rules.effective import PHASE_RANK, SCOPE_RANK
from app.domain.rules.finding import Hit
from app.domain.rules.places import said
from app.domain.rules.registry import rule


@rule("RC-21")
def someone_can_be_reached(case: Case) -> Iterator[Hit]:
    """A responsible official is named, and someone has a mail address."""
    contacts = case.content.contacts
    if not any(contact.role == "responsible_official" and said(contact.name) for contact in contacts):
        yield Hit("/content/contacts", "No responsible official is named.")
    if not any(contact.email for contact in contacts):
        yield Hit("/content/contacts", "No contact has a mail address.")


@rule("RC-22")
def the_request_names_what_it_is_about(case: Case) -> Iterator[Hit]:
    """Title, name and version of the method, declared scope, product kinds and phase are there."""
    method, purpose = case.method, case.purpose
    wanted = {
        "/content/title": ("a title", said(case.content.title)),
        "/content/method/name": ("a name of the method", said(method.name)),
        "/content/method/version": ("a version of the method", said(method.version)),
        "/content/context_of_use/scope": ("a declared scope", purpose.scope is not None),
        "/content/context_of_use/product_kinds": ("product kinds", bool(purpose.product_kinds)),
        "/content/development/phase": ("a declared phase", case.development.phase is not None),
    }
    for pointer, (what, given) in wanted.items():
        if not given:
            yield Hit(pointer, f"The request has no {what.removeprefix('a ')}.")


@rule("RC-25")
def declarations_match_the_facts(case: Case) -> Iterator[Hit]:
    """A declared scope or phase below what other facts of the content imply changes nothing: they rule."""
    found = case.effective
    if found.declared_scope and SCOPE_RANK[found.declared_scope] < SCOPE_RANK[found.scope]:
        detail = f"The request is judged as {found.scope}, for its {found.scope_from}."
        yield Hit("/content/context_of_use/scope", detail)
    if found.declared_phase and PHASE_RANK[found.declared_phase] < PHASE_RANK[found.phase]:
        detail = f"The request is judged as {found.phase}, for its {found.phase_from}."
        yield Hit("/content/development/phase", detail)


@rule("RC-26")
def supply_grounds_name_drug_effect_and_need(case: Case) -> Iterator[Hit]:
    """A ground of supply names the drug and whether supply rises or holds, and why a critical drug is one."""
    for place, improvement in enumerate(case.criteria.improvements):
        if not isinstance(improvement, DrugSupply):
            continue
        at = f"/content/criteria/improvements/{place}"
        if not said(improvement.drug):
            yield Hit(f"{at}/drug", "The ground of supply names no drug.")
        if improvement.effect is None:
            yield Hit(f"{at}/effect", "The ground of supply does not say whether supply rises or holds.")
        if improvement.ground == "critical_drug_supply" and not _is_reasoned(improvement):
            yield Hit(f"{at}/criticality", "Nothing says why the drug is critical.")


def _is_reasoned(supply: DrugSupply) -> bool:
    return supply.criticality is not None and said(supply.criticality.rationale)
