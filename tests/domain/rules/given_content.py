"""A request that no rule finds anything in, for every phase and scope, from which a row changes one thing.

`adequate(phase, scope)` is a tree as a parsed body holds it; `changed(tree, {"path/to": value})` is a copy
with a member set, or removed by `GONE`; `judged(tree)` is its report.
"""

import copy
from datetime import date
from decimal import Decimal

from app.domain.content import Content
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from app.domain.rules.pack import load

GONE = object()
TODAY = date(2026, 6, 1)
APPLICANT = Applicant("Northfield Bioworks", "cdmo", ("Alder Therapeutics",))
FILES = {"data.pdf": "clean", "letter.pdf": "clean"}
CLASSES = {
    "product_specific": [],
    "product_class": [("gels", "gel")],
    "platform": [("gels", "gel"), ("mabs", "antibody"), ("tabs", "small molecule")],
}
# volume of one run in L (the target is 1000 L), stage, environment, readiness level, kind of the runs
RUNGS = {
    "early": (50, "lab", "laboratory", 5, "experiment"),
    "pilot": (250, "pilot", "production_representative", 7, "engineering_run"),
    "pre_commercial": (600, "engineering", "pilot_line", 8, "gmp_batch"),
    "commercial": (1000, "commercial", "full_rate", 10, "ppq_batch"),
}
DIMENSIONS = ("identity", "strength", "purity", "safety", "performance")


def adequate(phase="early", scope="product_specific"):
    keys = [key for key, _ in CLASSES[scope]]
    return {
        "title": "Closed blending",
        "method": method(),
        "context_of_use": purpose(scope),
        "development": {"phase": phase, "mrl": RUNGS[phase][3], "summary": "Under way"},
        "criteria": criteria(),
        "scalability": {
            "targets": [target(key) for key in keys] or [target(None)],
            "strategies": ["scale_up"],
            "commercial_applicability": {
                "statement": "The blend is filled as it is today.",
                "candidates": [
                    {"product": "Northgel", "unit_operations": ["blend"], "why": "Same vessel family"}
                ],
            },
            "plan": {"milestones": [milestone("pilot"), milestone("commercial")]},
            "evidence": evidence(phase, keys),
        },
        "sites": [
            {"key": key, "name": key, "address": "1 Mill Road", "role": "manufacture"} for key in "abc"
        ],
        "contacts": [{"name": "Ana Ruiz", "role": "responsible_official", "email": "ana@northfield.example"}],
    }


def method():
    parameters = {
        "fixed_parameters": [{"name": "Impeller", "value": "pitched"}],
        "adjustable_parameters": [{"name": "Speed", "unit": "/min", "low": 10, "high": 60}],
    }
    steps = (("blend", True), ("fill", True), ("pack", False))
    return {
        "name": "Closed blending",
        "version": "2",
        "versions": [{"version": "2", "dated": date(2025, 1, 1).isoformat()}],
        "summary": "Powders are blended in a closed vessel and filled.",
        "novelty": {"basis": "novel_technology", "explanation": "The vessel is never opened."},
        "operation_mode": "batch",
        "unit_operations": [
            {"key": key, "name": key, "description": key, "critical": critical, **parameters}
            for key, critical in steps
        ],
        "control_strategy": "In-line spectroscopy ends the blend.",
        "known_limits": [{"description": "Heat", "mitigation": "Jacket"}],
        "challenges": "None that is not listed.",
    }


def purpose(scope):
    products = {"product_specific": ["Northgel"], "product_class": ["Northgel", "Eastgel"]}
    return {
        "statement": "Manufacture of Northgel."
        if scope == "product_specific"
        else "Manufacture of the classes named.",
        "scope": scope,
        "product_kinds": ["drug_product"],
        "product_classes": [
            {"key": key, "name": key, "modality": modality, "dosage_form": "gel"}
            for key, modality in CLASSES[scope]
        ],
        "products": [{"name": name} for name in products.get(scope, [])],
    }


def criteria():
    return {
        "quality": {"claim": "equivalent", "rationale": "Same attributes", "comparator": "Open blending"},
        "improvements": [faster(), supplied()],
    }


def faster():
    return {
        "ground": "development_time",
        "claim": "Half the time",
        "baseline": [{"activity": "Scale-up", "days": 200, "source": "Own projects 2019 to 2023"}],
        "proposed": [{"activity": "Scale-up", "days": 100}],
    }


def supplied(ground="shortage_drug_supply"):
    return {
        "ground": ground,
        "claim": "More of it",
        "effect": "increase",
        "drug": "Northgel",
        "criticality": {"kind": "life_supporting", "rationale": "No substitute"},
        "shortage_entry": {"listed_on": "2026-01-05", "snapshot_on": "2026-05-01"},
        "demand": {"quantity": {"value": 30_000, "unit": "kg/a"}, "per": "year", "source": "Market survey"},
        "capacity": {
            "lines": 2,
            "hours_per_year": 4000,
            "uptime": Decimal("0.8"),
            "rate": {"value": 5, "unit": "kg/h"},
            "yield": Decimal("0.95"),
            "first_pass_success": Decimal("0.98"),
        },
        "claimed_supply": {"value": 29_792, "unit": "kg/a"},
    }


def target(key):
    stated = {"basis": "volume", "quantity": {"value": 1, "unit": "m3"}, "source": "Marketing plan"}
    return stated if key is None else {"product_class": key, **stated}


def milestone(stage):
    return {"stage": stage, "due_on": "2028-01-01", "criterion": "Three runs within limits"}


def evidence(phase, keys):
    """Two products for one class, one for each of several; PPQ and routine batches if commercial."""
    places = {0: [(None, "Northgel")], 1: [(key, name) for key in keys for name in ("Northgel", "Eastgel")]}
    places = places.get(len(keys), [(key, f"{key} model") for key in keys])
    items = [item(phase, index, key, name) for index, (key, name) in enumerate(places)]
    if phase == "commercial":
        items += [{**routine(one), "key": f"{one['key']}-routine"} for one in items]
    return items


def routine(one):
    runs = {"attempted": 12, "succeeded": 12, "excluded": 0, "consecutive": 12, "counted": "runs"}
    return {**copy.deepcopy(one), "kind": "commercial_batch", "runs": runs}


def item(phase, index, key, name):
    volume, stage, environment, _, kind = RUNGS[phase]
    made = {
        "key": f"ev-{index}",
        "title": "Blending runs",
        "kind": kind,
        "unit_operations": ["blend", "fill", "pack"],
        "sites": ["a", "b", "c"],
        "product": {"name": name, "is_model_drug": False},
        "method_version": "2",
        "operation_mode": "batch",
        "gmp": phase in {"pre_commercial", "commercial"},
        "environment": environment,
        "scale": {"stage": stage, "basis": "volume", "quantity": {"value": volume, "unit": "L"}},
        "runs": {"attempted": 3, "succeeded": 3, "excluded": 0, "consecutive": 3, "counted": "runs"},
        "inputs": {"lots": 6, "donors": 0, "donor_derived": False},
        "attributes": [attribute(dimension) for dimension in DIMENSIONS],
        "comparison": comparison(),
        "files": [{"attachment": "data.pdf", "page": 1}],
        "bracket_rationale": "The thickest and the thinnest of the class",
        "owner": "self",
        "performed_from": "2025-02-01",
        "performed_to": "2025-06-01",
    }
    return made if key is None else {**made, "product_class": key}


def attribute(dimension):
    return {
        "name": f"Content ({dimension})",
        "dimension": dimension,
        "level": {"identity": "product", "strength": "class"}.get(dimension, "platform"),
        "kind": "measured",
        "unit": "%",
        "lsl": 90,
        "usl": 110,
        "n": 30,
        "mean": Decimal("100.2"),
        "sd": Decimal("2.01"),
        "min": Decimal("95.1"),
        "max": Decimal("104.9"),
        "variance_components": [
            {"source": source, "levels": 3, "sd": Decimal("0.5")}
            for source in ("lot", "unit", "product", "site", "operator")
        ],
    }


def comparison():
    return {
        "conventional_process": "Open blending at site a",
        "attribute": "Content (strength)",
        "unit": "%",
        "better": "higher",
        "n_method": 30,
        "mean_method": Decimal("100.2"),
        "sd_method": Decimal("2.0"),
        "n_conventional": 30,
        "mean_conventional": Decimal("100.0"),
        "sd_conventional": Decimal("2.1"),
        "margin": 2,
        "margin_rationale": "A tenth of the specification",
        "difference": Decimal("0.2"),
        "claim": "equivalent",
    }


def changed(tree, changes):
    """A copy with each path set to its value, made on the way, or removed where the value is GONE."""
    made = copy.deepcopy(tree)
    for path, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        place = made
        for step in way:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        if value is GONE:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[last] = copy.deepcopy(value)
    return made


def case(tree, on=TODAY, applicant=APPLICANT, attachments=None):
    stored = FILES if attachments is None else attachments
    return Case(Content.model_validate(tree), applicant, on, load(), stored)


def judged(tree, **facts):
    return judge(case(tree, **facts))


def seen(rule, tree, **facts):
    """Pointer and severity of each finding of one rule."""
    report = judged(tree, **facts)
    assert not report.faults
    return {(one.pointer, one.severity) for one in report.findings if one.rule == rule}


def finding(rule, tree, **facts):
    """The one finding of a rule."""
    found = [one for one in judged(tree, **facts).findings if one.rule == rule]
    assert len(found) == 1, found
    return found[0]
