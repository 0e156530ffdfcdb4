"""The closed lists a content is written in, each in its order where it has one."""

from typing import Final, Literal, get_args

ApplicantType = Literal[
    "drug_sponsor",
    "cdmo",
    "api_manufacturer",
    "technology_developer",
    "equipment_vendor",
    "analytical_vendor",
    "academic_institution",
    "government_agency",
    "consortium",
    "individual",
    "other",
]
APPLICANT_TYPES: Final[tuple[ApplicantType, ...]] = get_args(ApplicantType)

# Ordered: a later phase asks for more.
Phase = Literal["early", "pilot", "pre_commercial", "commercial"]
PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

# Ordered: a wider scope asks for more.
Scope = Literal["product_specific", "product_class", "platform"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

# Ordered by closeness to routine production.
Stage = Literal["lab", "pilot", "engineering", "clinical", "commercial"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

ScaleBasis = Literal[
    "volume",
    "mass",
    "mass_flow",
    "cells",
    "doses",
    "units",
    "units_per_time",
    "run_time",
    "patients_per_year",
]
SCALE_BASES: Final[tuple[ScaleBasis, ...]] = get_args(ScaleBasis)

Strategy = Literal["scale_up", "scale_out", "run_time", "rate", "distributed"]
OperationMode = Literal["batch", "fed_batch", "perfusion", "continuous", "hybrid", "on_demand"]
ProductKind = Literal["drug_substance", "drug_product", "biological_product"]
NoveltyBasis = Literal["novel_technology", "novel_use"]
SubmissionKind = Literal["IND", "NDA", "ANDA", "BLA", "supplement", "DMF"]
RelatedKind = Literal["IND", "NDA", "ANDA", "BLA", "supplement", "DMF", "other"]
QualityClaim = Literal["equivalent", "superior"]
CriticalityKind = Literal["life_supporting", "life_sustaining", "critically_important"]
EngagementProgram = Literal["ETP", "CATT", "joint", "other"]
EngagementFormat = Literal["ETP", "CATT", "joint"]
ContactRole = Literal["responsible_official", "regulatory", "technical", "us_agent"]
ConfidentialKind = Literal["trade_secret", "confidential_commercial", "personal"]

EvidenceKind = Literal[
    "experiment",
    "engineering_run",
    "gmp_batch",
    "ppq_batch",
    "commercial_batch",
    "scale_down_model",
    "process_model",
    "acceptance_test",
    "literature",
    "third_party",
]
EVIDENCE_KINDS: Final[tuple[EvidenceKind, ...]] = get_args(EvidenceKind)

# Ordered as manufacturing readiness levels order them.
Environment = Literal[
    "laboratory",
    "production_relevant",
    "production_representative",
    "pilot_line",
    "low_rate",
    "full_rate",
]
ENVIRONMENTS: Final[tuple[Environment, ...]] = get_args(Environment)

Dimension = Literal["identity", "strength", "purity", "safety", "performance"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

AttributeLevel = Literal["platform", "class", "product"]
VarianceSource = Literal["lot", "unit", "donor", "product", "site", "operator"]
