"""Letters to be written: one of each outcome, hostile ones, and any."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from app.domain.letters import DecisionLetter, Signed

REASONS = {
    "incomplete": "lacks data or information",
    "not_novel": "includes a novel technology",
    "no_substantial_improvement": "substantially improve the manufacturing process",
    "quality_not_shown": "stays equivalent or becomes superior",
    "context_unsupported": "do not support the method in the context of use",
}
DESIGNATED = DecisionLetter(
    template="amt-decision-2026.1",
    number="AMT-2026-00012",
    outcome="designated",
    applicant="Northfield Bioworks, Ltd.",
    applicant_country="US",
    method="Continuous direct compression with near-infrared control of blend uniformity",
    method_version="3.2",
    context_of_use="Immediate-release tablets of small molecules.\nDrug load 5 to 40 % (w/w), at 5 to 40 kg/h.",
    lead_center="CDER",
    received_on=date(2026, 4, 8),
    decided_on=date(2026, 9, 30),
    statutory_due_on=date(2026, 10, 5),
    reasons=(),
    rationale=None,
    signed=Signed(
        "Dr. Maria Schäfer", "approval", datetime(2026, 9, 30, 18, 22, 41, tzinfo=UTC), "2d71" * 16
    ),
    link="https://amtdp.example/v1/designation-requests/AMT-2026-00012",
)
DENIED = replace(
    DESIGNATED,
    outcome="not_designated",
    lead_center="both",
    reasons=tuple(REASONS),
    rationale="Three batches were made from one lot.\n\nScale-up was not shown.",
)
HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title><b>&amp; \"quoted\" 'single'",
    "\x00bell\x07 escape\x1b[31m tab\there \x85 \ufffe \U0001fffe",
    "lone \ud800 surrogate \udfff",
    "\u202egnp.exe \u2066turned\u2069 round\u202c",
    "טבע תעשיות (1901) בעמ",
    "شركة الأدوية ٢٠٢٦ للصناعات",
    "中文製藥 株式会社 🧪 अनुसंधान",
    "Λάμδα Φάρμα — Завод «Жизнь»",
    "e\u0301 z\u0335\u0353 ﬁ\u200d\u200b\ufeffx \u00adsoft",
    "{number} {0} %s $link }{ \\n",
    "W" * 1000,
    " ",
    "\u0301",
    "‍",
)
EVERY_FACT = ("number", "applicant", "method", "method_version", "context_of_use", "rationale")

texts = st.text(max_size=80) | st.sampled_from(HOSTILE)
days = st.dates(date(2024, 1, 1), date(2040, 1, 1))
signatures = st.builds(
    Signed,
    printed_name=texts,
    meaning=texts,
    at=st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    snapshot_sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)
letters = st.builds(
    DecisionLetter,
    template=st.just("amt-decision-2026.1"),
    number=texts,
    outcome=st.sampled_from(["designated", "not_designated"]),
    applicant=texts,
    applicant_country=st.none() | texts,
    method=texts,
    method_version=st.none() | texts,
    context_of_use=texts,
    lead_center=st.sampled_from(["CDER", "CBER", "both"]),
    received_on=days,
    decided_on=days,
    statutory_due_on=days,
    reasons=st.lists(st.sampled_from(sorted(REASONS)), unique=True).map(tuple),
    rationale=st.none() | texts,
    signed=signatures,
    link=texts,
)


def hostile(text: str) -> DecisionLetter:
    """A letter that says the same thing wherever anything is said."""
    facts = dict.fromkeys(
        ("number", "applicant", "applicant_country", "method", "method_version", "link"), text
    )
    signed = replace(DENIED.signed, printed_name=text, meaning=text)
    return replace(DENIED, **facts, context_of_use=text, rationale=text, signed=signed)


def plain(text: str) -> str:
    """A text without its blanks and line ends, which a page sets as it needs them."""
    return "".join(text.split())
