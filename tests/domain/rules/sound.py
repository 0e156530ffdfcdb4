"""Contents in which no rule of law, scope or consistency finds anything, and small changes to them."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from app.domain import door
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from app.domain.rules.finding import Finding
from app.domain.rules.pack import RulePack, compile_pack, load

TODAY = date(2026, 6, 1)
GONE = object()


def attribute(level: str, *varied: str) -> dict[str, Any]:
    return {
        "kind": "measured",
        "name": "Assay",
        "dimension": "strength",
        "level": level,
        "unit": "%",
        "lsl": Decimal("95.0"),
        "usl": Decimal("105.0"),
        "n": 30,
        "mean": Decimal("99.8"),
        "sd": Decimal("0.9"),
        "min": Decimal("97.9"),
        "max": Decimal("101.7"),
        "possible": {"low": 0, "high": 200},
        "variance_components": [{"source": source, "levels": 3, "sd": Decimal("0.2")} for source in varied],
    }


def item(key: str, product: str, product_class: str | None = None) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "engineering_run",
        "unit_operations": ["mix", "fill"],
        "sites": ["lakeside"],
        "product_class": product_class,
        "product": {"name": product},
        "method_version": "2",
        "scale": {"stage": "lab", "basis": "volume", "quantity": {"value": 10, "unit": "L"}},
        "runs": {"attempted": 5, "succeeded": 5, "excluded": 0},
        "inputs": {"lots": 4},
        "attributes": [
            attribute("platform", "lot", "product", "site"),
            attribute("class"),
            attribute("product"),
        ],
        "comparison": {"conventional_process": "Stirred tank, batch"},
        "files": [{"attachment": "report.pdf"}],
        "bracket_rationale": "The most and the least viscous product.",
        "performed_from": "2026-02-01",
        "performed_to": "2026-03-01",
    }


def content(scope: str) -> dict[str, Any]:
    """A sound content of that scope."""
    classes = {"product_specific": [], "product_class": ["gels"], "platform": ["gels", "sera", "beads"]}[
        scope
    ]
    products = {
        "product_specific": [("Northgel", None)],
        "product_class": [("Northgel", "gels"), ("Southgel", "gels")],
        "platform": [("Northgel", "gels"), ("Eastserum", "sera"), ("Westbead", "beads")],
    }[scope]
    return {
        "title": "Vortex mixing",
        "method": {
            "name": "Vortex mixer",
            "version": "2",
            "versions": [{"version": "1", "dated": "2025-01-01"}, {"version": "2", "dated": "2026-01-01"}],
            "summary": "Mixes without a stirrer.",
            "novelty": {"basis": "novel_use", "explanation": "Known from paints, not from drugs."},
            "unit_operations": [
                {
                    "key": "mix",
                    "name": "Mixing",
                    "critical": True,
                    "fixed_parameters": [{"name": "Nozzle", "value": "conical"}],
                    "adjustable_parameters": [{"name": "Flow", "unit": "L/min", "low": 1, "high": 9}],
                },
                {"key": "fill", "name": "Filling"},
            ],
        },
        "context_of_use": {
            "statement": "Mixing of suspensions.",
            "scope": scope,
            "product_kinds": ["drug_product"],
            "product_classes": [{"key": key, "name": key, "modality": key} for key in classes],
            "products": [{"name": name} for name, _ in products] if scope != "platform" else [],
        },
        "development": {
            "phase": "early",
            "planned_submissions": [{"kind": "NDA", "expected_on": "2028-01-01"}],
        },
        "criteria": {
            "quality": {"claim": "equivalent", "rationale": "Same assay within two percent."},
            "improvements": [
                {"ground": "other", "claim": "Half the solvent."},
                {
                    "ground": "critical_drug_supply",
                    "claim": "Twice the output.",
                    "effect": "increase",
                    "drug": "Northgel",
                    "unii": "R16CO5Y76E",
                    "criticality": {"kind": "life_supporting", "rationale": "No other treatment."},
                },
            ],
        },
        "scalability": {
            "targets": [{"basis": "volume", "quantity": {"value": 500, "unit": "L"}}],
            "plan": {
                "milestones": [{"stage": "pilot", "due_on": "2027-01-01", "criterion": "Three runs of 100 L"}]
            },
            "evidence": [item(f"ev-{place}", *names) for place, names in enumerate(products)],
        },
        "previous_requests": ["AMT-2025-00017"],
        "related_submissions": [{"kind": "DMF", "number": "037766"}],
        "sites": [{"key": "lakeside", "name": "Lakeside", "fei": "3001234567", "duns": "123456789"}],
        "contacts": [{"name": "Ana Ruiz", "role": "responsible_official", "email": "ana@northfield.example"}],
    }


def changed(tree: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The tree with the value at each slash-separated path replaced, added or, for GONE, removed."""
    tree = deepcopy(tree)
    for path, value in changes.items():
        *way, last = path.split("/")
        place: Any = tree
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) : int(last) + 1] = [] if value is GONE else [value]
        elif value is GONE:
            del place[last]
        else:
            place[last] = value
    return tree


@cache
def only(rule: str) -> RulePack:
    """The rule pack with every other rule switched off."""
    whole = load()
    off = {"severity": "none"}
    rows = [row if row.number == rule else row.model_copy(update=off) for row in whole.rules.values()]
    return compile_pack(whole.head, rows)


def case(tree: dict[str, Any], pack: RulePack, **known: Any) -> Case:
    """The case of a tree; its one file is stored unless `attachments` says otherwise."""
    known = {"on": TODAY, "attachments": {"report.pdf": "clean"}} | known
    return Case(
        content=door.content(tree), applicant=Applicant("Northfield Bioworks", "cdmo"), pack=pack, **known
    )


def found(rule: str, tree: dict[str, Any], **known: Any) -> tuple[Finding, ...]:
    """What one rule says about a tree."""
    report = judge(case(tree, only(rule), **known))
    assert not report.faults
    return report.findings


def seen(rule: str, tree: dict[str, Any], **known: Any) -> set[tuple[str, str]]:
    """Pointer below /content and severity of each finding of a rule."""
    return {(f.pointer.removeprefix("/content/"), f.severity) for f in found(rule, tree, **known)}
