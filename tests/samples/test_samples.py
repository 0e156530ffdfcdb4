"""The sample requests: what they cover, what the rules say of them, and whose names they may hold."""

import io
import json
import re
from datetime import date
from importlib import resources

import jsonschema
import pypdf
import pytest

from app.domain import exact_json, published
from app.domain.content import Content
from app.domain.rules import pack
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from app.domain.rules.report import Report
from app.domain.vocabulary import APPLICANT_TYPES
from app.samples import Sample, attachment_bytes, load

SAMPLES = load()
BY_SLUG = {sample.slug: sample for sample in SAMPLES}
SCHEMA = jsonschema.Draft202012Validator(json.loads(published.files()[published.CONTENT_FILE]))
FILES = [(sample, attachment) for sample in SAMPLES for attachment in sample.attachments]

ARCHETYPES = {
    "automated autologous cell line": "equipment_vendor",
    "continuous direct compression": "cdmo",
    "flow nitration": "api_manufacturer",
    "multicolumn capture": "drug_sponsor",
    "robotic aseptic filler": "equipment_vendor",
    "mRNA microfactory": "consortium",
    "on-demand sterile injectables": "government_agency",
    "3D-printed dose-titration tablets": "drug_sponsor",
}

FAILURES = {
    "novelty only": ("novelty-only", {"RC-04", "RC-05"}),
    "arithmetic that fails": ("robotic-hospital-pharmacy", {"SC-18"}),
    "after the sunset": ("after-sunset", {"RC-07"}),
    "one product for a platform": ("one-product-platform", {"SP-01", "SP-02", "SP-07"}),
    "twenty lots of one donor": ("twenty-lots-one-donor", {"SC-12"}),
    "one donor at four scales": ("stirred-t-cell-expansion", {"SC-12"}),
    "impossible standard deviation": ("impossible-figures", {"SC-26"}),
    "count against rate": ("count-against-rate", {"SC-02"}),
    "factor of ten": ("factor-of-ten", {"SC-03", "SC-18"}),
    "similar quality without a margin": ("borrowed-data", {"SC-09", "SC-22"}),
    "a method that changed between phases": ("count-against-rate", {"SC-15"}),
    "duration without a baseline": ("twelve-weeks", {"SC-19", "SC-20"}),
    "level 8 on laboratory runs": ("readiness-beyond-evidence", {"SC-14", "SC-16", "SC-17", "SC-24"}),
}

# Authors, firms, trade marks, places and trials of the sources: allowed in a citation, nowhere else.
REAL_NAMES = """
    Aleksandrova Leise Priesner Koehl CliniMACS Prodigy Miltenyi NCT03893019 tisagenlecleucel
    Kymriah Žagar Zagar Mihelič Mihelic Rosas Brush Thompson Cole Groh Johnson prexasertib Kinsale
    Lilly Reizman Hess merestinib Adamo Crowell Lu Love DynaDrive ZHAW Xu Rehmann Yongky Sandler
    Topelius Shokraneh Bahman Fiandra DeVoe Dimov Kastner Hussain Perrie Szita Riestra Sabatini
    Cellares Cellino Ori Novartis Pfizer Merck Roche Genentech Moderna BioNTech Lonza Catalent
    Samsung Vertex Janssen Prezista Orkambi Spritam Aprecia Budapest Hannover AIM-V OpTmizer
    ImmunoCult
""".split()  # noqa: SIM905 - sixty quoted words would be harder to read


def report_on(sample: Sample, content: Content | None = None) -> Report:
    case = Case(
        content or sample.parsed,
        Applicant(sample.applicant.name, sample.applicant.type),
        sample.judged_on,
        pack.load(),
        {attachment.filename: "unscanned" for attachment in sample.attachments},
        submitting=True,
    )
    return judge(case)


def without_citations(tree: object) -> str:
    if isinstance(tree, dict):
        return "\n".join(without_citations(value) for name, value in tree.items() if name != "citation")
    if isinstance(tree, list | tuple):
        return "\n".join(without_citations(value) for value in tree)
    return str(tree)


@pytest.mark.parametrize("slug", BY_SLUG)
def test_the_rules_say_exactly_what_a_sample_expects(slug):
    report = report_on(BY_SLUG[slug])
    fired = {finding.rule for finding in report.findings if finding.severity != "hint"}
    assert not report.faults
    assert (report.result, sorted(fired)) == (
        BY_SLUG[slug].expected.result,
        list(BY_SLUG[slug].expected.rules_fired),
    )


@pytest.mark.parametrize("slug", [slug for slug, sample in BY_SLUG.items() if sample.acknowledged_gaps])
def test_acknowledged_gaps_are_those_that_block_and_leave_none(slug):
    sample = BY_SLUG[slug]
    acknowledged = frozenset(gap.rule for gap in sample.acknowledged_gaps)
    assert {finding.rule for finding in report_on(sample).blocking} == acknowledged
    assert report_on(sample).acknowledging(acknowledged).ready


@pytest.mark.parametrize("failure", FAILURES)
def test_each_deliberate_failure_is_found(failure):
    slug, rules = FAILURES[failure]
    assert rules <= set(BY_SLUG[slug].expected.rules_fired)


def test_a_day_earlier_the_request_after_sunset_is_a_good_one():
    sample = BY_SLUG["after-sunset"]
    assert report_on(sample.model_copy(update={"judged_on": date(2032, 10, 1)})).result == "adequate"


def test_an_odd_spread_that_is_possible_is_not_called_impossible():
    """98 +- 4.0 on a scale that ends at 100: six values of 100 and one of 86 give it."""
    sample = BY_SLUG["impossible-figures"]
    (odd,) = [
        place
        for place, attribute in enumerate(_evidence(sample)[0].attributes)
        if (attribute.name, str(getattr(attribute, "sd", ""))) == ("Purity of mRNA", "4.0")
    ]
    impossible = {finding.pointer for finding in report_on(sample).findings if finding.rule == "SC-26"}
    assert len(impossible) >= 5
    assert not any(
        pointer.split("/")[6:7] == [str(odd)] for pointer in impossible if "/attributes/" in pointer
    )


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_content_is_valid_by_the_published_schema(slug):
    assert list(SCHEMA.iter_errors(json.loads(exact_json.encode(BY_SLUG[slug].content)))) == []


def test_every_applicant_type_files():
    assert {sample.applicant.type for sample in SAMPLES} == set(APPLICANT_TYPES)


@pytest.mark.parametrize("words", ARCHETYPES)
def test_every_archetype_is_there_and_can_be_submitted(words):
    (sample,) = [each for each in SAMPLES if words in each.archetype and "deliberate" not in each.archetype]
    assert sample.applicant.type == ARCHETYPES[words]
    assert report_on(sample).acknowledging(frozenset(gap.rule for gap in sample.acknowledged_gaps)).ready


def test_every_result_occurs_and_several_samples_are_good():
    results = [sample.expected.result for sample in SAMPLES]
    assert set(results) == {"adequate", "adequate_with_warnings", "gap", "not_assessable"}
    assert results.count("adequate") >= 4
    assert results.count("adequate_with_warnings") >= 4


def test_every_phase_and_scope_is_judged():
    effective = [report_on(sample).effective for sample in SAMPLES]
    assert {each.phase for each in effective} == {"early", "pilot", "pre_commercial", "commercial"}
    assert {each.scope for each in effective} == {"product_specific", "product_class", "platform"}


def test_a_contract_manufacturer_cites_several_customers_with_a_letter_of_each():
    sample = BY_SLUG["cdmo-continuous-tablets"]
    letters = {file.filename for file in sample.attachments if file.kind == "authorization_letter"}
    cited = {
        item.owner.name: item.third_party_authorization
        for item in sample.parsed.scalability.evidence
        if item.kind != "literature" and item.owner != "self"
    }
    assert len(cited) == 3
    assert set(cited.values()) == letters


@pytest.mark.parametrize("name", REAL_NAMES)
def test_a_real_name_stands_in_citations_only(name):
    word = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    holders = [
        sample.slug for sample in SAMPLES if word.search(without_citations(sample.model_dump(mode="json")))
    ]
    assert holders == []


def test_literature_is_cited_and_is_never_the_applicants_own():
    items = [item for sample in SAMPLES for item in _evidence(sample)]
    literature = [item for item in items if item.kind == "literature"]
    assert len(literature) >= 10
    assert all(item.citation and item.owner is None and not item.files for item in literature)
    assert not any(item.citation for item in items if item.kind != "literature")


@pytest.mark.parametrize("slug", BY_SLUG)
def test_figures_keep_the_digits_of_the_file(slug):
    raw = resources.files("app.samples").joinpath("requests", f"{slug}.json").read_bytes()
    tree = json.loads(raw, parse_float=str, parse_int=str)["content"]
    kept = json.loads(exact_json.encode(BY_SLUG[slug].content), parse_float=str, parse_int=str)
    assert kept == tree


@pytest.mark.parametrize(("sample", "attachment"), FILES, ids=lambda value: getattr(value, "filename", ""))
def test_an_attachment_opens_and_comes_out_the_same_twice(sample, attachment):
    content = attachment_bytes(sample, attachment)
    assert content == attachment_bytes(sample, attachment)
    if attachment.generate == "table":
        assert len(content.decode().splitlines()) > 3
        return
    pages = pypdf.PdfReader(io.BytesIO(content), strict=True).pages
    assert attachment.description in pages[0].extract_text()


def test_an_item_stands_on_the_page_it_cites():
    for sample, attachment in FILES:
        if attachment.generate != "report":
            continue
        pages = pypdf.PdfReader(io.BytesIO(attachment_bytes(sample, attachment))).pages
        for item in _evidence(sample):
            for file in item.files:
                if file.attachment == attachment.filename:
                    assert f"{item.key}:" in pages[file.page - 1].extract_text()


def test_every_file_named_in_content_is_attached_and_every_attachment_is_used():
    for sample in SAMPLES:
        named = {file.attachment for item in _evidence(sample) for file in item.files}
        named |= {item.third_party_authorization for item in _evidence(sample)} - {None}
        attached = {attachment.filename for attachment in sample.attachments}
        spare = {file.filename for file in sample.attachments if file.generate in {"letter", "mandate"}}
        assert named == attached - spare, sample.slug


def test_nobody_files_twice_and_everyone_signs_with_an_address_of_their_own():
    assert len({sample.person.email for sample in SAMPLES}) == len(SAMPLES)
    assert len({sample.applicant.name for sample in SAMPLES}) == len(SAMPLES)


def _evidence(sample):
    return sample.parsed.scalability.evidence if sample.parsed.scalability else ()
