"""A full example of a content, as plain JSON; the applicant and all figures are invented."""

from typing import Any, Final

from app.domain.examples.scalability import SCALABILITY

CONTENT: Final[dict[str, Any]] = {
    "title": "Continuous direct compression with closed-loop blend control",
    "method": {
        "method_id": "0192f3c4-7b1e-7c3a-9d52-3f0a6b1c8e44",
        "name": "Loop-controlled continuous direct compression",
        "version": "1.2",
        "versions": [
            {
                "version": "1.1",
                "dated": "2025-06-01",
                "change_impact": "Feeder screws changed; data carry over.",
            },
            {"version": "1.2", "dated": "2026-01-12"},
        ],
        "summary": "Powders run without a stop from feeder to press; feedback holds the blend strength.",
        "novelty": {
            "basis": "novel_use",
            "explanation": "Feedback from spectra to feeders is established for food, not for tablets.",
        },
        "operation_mode": "continuous",
        "unit_operations": [
            {
                "key": "feed-blend",
                "name": "Feeding and blending",
                "description": "Loss-in-weight feeders supply a ribbon blender.",
                "critical": True,
                "fixed_parameters": [
                    {"name": "Blender speed", "unit": "/min", "value": 220},
                    {"name": "Screw material", "value": "316L"},
                ],
                "adjustable_parameters": [{"name": "Mass flow", "unit": "kg/h", "low": 5, "high": 25}],
            },
            {"key": "compress", "name": "Compression", "description": "Rotary press.", "critical": True},
        ],
        "continuous": {
            "residence_time": {
                "mean": {"value": 140, "unit": "s"},
                "spread": {"value": 35, "unit": "s"},
                "determined_by": "Tracer pulses at three mass flows",
            },
            "startup": "Material is diverted until the blend has been in range for three residence times.",
            "shutdown": "Feeding stops first; the rest is diverted.",
            "diversion": "By gate, on spectra out of range, traced through the residence time model.",
            "batch_definition": {
                "by": "run_time",
                "low": {"value": 4, "unit": "h"},
                "high": {"value": 72, "unit": "h"},
            },
            "viral_safety": "Not a biological product.",
        },
        "control_strategy": "In-line spectra, feeder mass balance, tablet weight and release testing.",
        "known_limits": [
            {
                "description": "Feeder refill disturbs flow above 20 kg/h.",
                "mitigation": "Larger hoppers.",
            }
        ],
        "challenges": "How a model update after approval is to be reported.",
    },
    "context_of_use": {
        "statement": "Manufacture of immediate-release tablets of small molecules by direct compression.",
        "scope": "product_class",
        "product_kinds": ["drug_product"],
        "product_classes": [
            {
                "key": "ir-tablets",
                "name": "Immediate-release tablets",
                "modality": "small molecule",
                "dosage_form": "tablet",
            }
        ],
        "products": [
            {
                "name": "Northfield caffeine tablets",
                "unii": "3G6A5W338E",
                "application_number": {"none_because": "Not yet filed."},
            }
        ],
        "exclusions": "Modified release and coated granules.",
    },
    "development": {
        "phase": "pilot",
        "trl": 6,
        "mrl": 6,
        "summary": "Pilot line in operation since January 2026.",
        "planned_submissions": [
            {"kind": "ANDA", "expected_on": "2027-09-30", "product": "Northfield caffeine tablets"}
        ],
    },
    "criteria": {
        "quality": {
            "claim": "equivalent",
            "rationale": "Assay and dissolution agree with the batch process within justified margins.",
            "comparator": "Batch direct compression, 120 kg",
        },
        "improvements": [
            {
                "ground": "development_time",
                "claim": "Scale-up studies fall away, since development and production use one line.",
                "baseline": [
                    {"activity": "Scale-up batches", "days": 210, "source": "Own projects 2021 to 2024"}
                ],
                "proposed": [{"activity": "Longer runs", "days": 45.5, "source": "Pilot plan"}],
            },
            {
                "ground": "shortage_drug_supply",
                "claim": "One line adds 250 million tablets a year.",
                "effect": "increase",
                "drug": "Caffeine citrate tablets",
                "unii": "3G6A5W338E",
                "criticality": {"kind": "critically_important", "rationale": "Apnoea of prematurity."},
                "condition_506c": "Apnoea of prematurity",
                "shortage_entry": {"listed_on": "2026-01-15", "snapshot_on": "2026-04-01"},
                "not_listed_because": "The tablet strength has no entry of its own.",
                "demand": {
                    "quantity": {"value": 400000000, "unit": "{tablet}/a"},
                    "per": "year",
                    "source": "Market survey 2025",
                },
                "capacity": {
                    "lines": 1,
                    "hours_per_year": 5000,
                    "uptime": 0.85,
                    "rate": {"value": 62000, "unit": "{tablet}/h"},
                    "yield": 0.97,
                    "first_pass_success": 0.98,
                },
                "claimed_supply": {"value": 250000000, "unit": "{tablet}/a"},
            },
            {"ground": "other", "claim": "A tenth of the solvent and a third of the floor space."},
        ],
    },
    "scalability": SCALABILITY,
    "prior_engagements": [
        {
            "program": "ETP",
            "reference": "ETP-25-031",
            "held_on": "2025-10-08",
            "outcome": "Advice on tracers.",
        }
    ],
    "previous_requests": ["AMT-2025-00017"],
    "related_submissions": [
        {
            "kind": "DMF",
            "number": "037766",
            "relation": "Excipient",
            "attachment": "excipient-authorization.pdf",
        }
    ],
    "sites": [
        {
            "key": "lakeside",
            "name": "Lakeside pilot plant",
            "address": "12 Shore Road, Lakeside, NY 10001, US",
            "fei": {"none_because": "Not registered: makes no product for sale."},
            "duns": "123456789",
            "role": "Pilot runs",
        }
    ],
    "contacts": [
        {
            "name": "Ana Ruiz",
            "role": "responsible_official",
            "email": "ana@northfield.example",
            "phone": "+1 555 0100",
        }
    ],
    "confidentiality": {
        "claims": [
            {
                "pointer": "/content/method/unit_operations/0",
                "kind": "trade_secret",
                "reason": "Not published.",
            }
        ],
        "publish_if_designated": True,
    },
    "international": {
        "regulators": ["EMA"],
        "parallel_advice": True,
        "share_with": ["EMA"],
    },
}
