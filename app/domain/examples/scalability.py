"""The scalability part of the example content."""

from typing import Any, Final

from app.domain.examples.evidence import EVIDENCE_ITEM

SCALABILITY: Final[dict[str, Any]] = {
    "targets": [
        {
            "product_class": "ir-tablets",
            "basis": "mass_flow",
            "quantity": {"value": 25, "unit": "kg/h"},
            "source": "Demand and planned hours",
            "run_time": {"value": 72, "unit": "h"},
            "parallel_units": 1,
            "sites": 2,
            "rates": {
                "low": {"value": 5, "unit": "kg/h"},
                "target": {"value": 25, "unit": "kg/h"},
                "high": {"value": 30, "unit": "kg/h"},
            },
        }
    ],
    "strategies": ["run_time", "rate"],
    "distribution_plan": {
        "common_control": "One recipe and one model release for both sites.",
        "release": "At each site, under one quality unit.",
    },
    "commercial_applicability": {
        "statement": "The pilot line has the geometry of the commercial one; output rises with run time.",
        "candidates": [
            {
                "product": "Northfield caffeine tablets",
                "product_class": "ir-tablets",
                "unit_operations": ["feed-blend", "compress"],
                "why": "Same feeders, blender and press.",
            }
        ],
    },
    "plan": {
        "milestones": [
            {
                "product_class": "ir-tablets",
                "stage": "commercial",
                "due_on": "2027-05-31",
                "criterion": "Three runs of 72 h at 25 kg/h in specification",
            }
        ]
    },
    "no_gmp_because": "The pilot line is not yet qualified.",
    "dimensions_not_applicable": [
        {"dimension": "safety", "product_class": "ir-tablets", "reason": "Non-sterile oral product."}
    ],
    "evidence": [EVIDENCE_ITEM],
}
