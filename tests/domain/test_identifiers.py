"""Identifiers: their forms, UNII's check character, the numbers of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain import identifiers
from app.domain.identifiers import Identifiers, RequestNumber, parse_request_number

# aspirin, caffeine, water, acetaminophen, ibuprofen, metformin, sodium chloride, alcohol, glucose, oxygen
KNOWN_UNIIS = [
    "R16CO5Y76E",
    "3G6A5W338E",
    "059QF0KO0R",
    "362O9ITL9D",
    "WK2XYI10QM",
    "9100L32L2N",
    "451W47IQ8X",
    "3K9958V90M",
    "5SL0G7R0OK",
    "S88TT14065",
]


@pytest.mark.parametrize("unii", KNOWN_UNIIS)
def test_the_uniis_of_well_known_substances_pass(unii):
    assert identifiers.is_unii(unii)


@given(st.sampled_from(KNOWN_UNIIS), st.integers(0, 9), st.sampled_from(identifiers.BASE36))
def test_one_wrong_character_never_passes_for_a_unii(unii, place, symbol):
    changed = unii[:place] + symbol + unii[place + 1 :]
    assert identifiers.is_unii(changed) is (changed == unii)


def test_a_unii_with_two_characters_swapped_still_passes():
    assert identifiers.is_unii("1R6CO5Y76E")


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (identifiers.is_unii, ["R16CO5Y76E"], ["r16co5y76e", "R16CO5Y76", "R16CO5Y76E\n", "", "R16CO5Y76ÉE"]),
        (
            identifiers.is_fei,
            ["1234567", "3001234567"],
            ["123456", "12345678", "12345678901", "1234567\n", "٣٠٠١٢٣٤"],
        ),
        (identifiers.is_duns, ["123456789"], ["12345678", "1234567890", "12-345-6789", ""]),
        (identifiers.is_ein, ["123456789", "12-3456789"], ["123-456789", "12345678"]),
        (identifiers.is_ind, ["123456", "IND1234", "7"], ["1234567", "IND", "IND 1"]),
        (identifiers.is_dmf, ["037766", "DMF037766"], ["37766", "0377661", "DMF37766"]),
        (identifiers.is_master_file, ["BB-MF12345", "BB-MF 1"], ["BBMF12345", "BB-MF", "BB-MF1234567"]),
        (
            identifiers.is_ndc,
            ["1234-5678-90", "12345-678-90", "12345-6789-0"],
            ["1234567890", "12345-6789-01", "123-4567-890"],
        ),
        (identifiers.is_oms, ["ORG-100001234", "LOC-100001234"], ["ORG-10000123", "PRS-100001234"]),
        (
            identifiers.is_application_number,
            ["NDA012345", "ANDA012345", "BLA761344"],
            ["NDA12345", "BLA7613440", "761344", "nda012345", "XNDA012345"],
        ),
    ],
)
def test_a_form_takes_its_own_and_nothing_else(check, good, bad):
    assert [text for text in good if not check(text)] == []
    assert [text for text in bad if check(text)] == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("IND", "IND123456", "NDA123456"),
        ("NDA", "NDA123456", "ANDA123456"),
        ("ANDA", "ANDA123456", "NDA123456"),
        ("BLA", "BLA761344", "BLA76134"),
        ("supplement", "NDA123456", "S-012"),
        ("DMF", "037766", "37766"),
        ("DMF", "BB-MF 12345", "MF"),
    ],
)
def test_a_submissions_number_has_the_form_of_its_kind(kind, good, bad):
    assert identifiers.SUBMISSION_FORMS[kind](good)
    assert not identifiers.SUBMISSION_FORMS[kind](bad)


@given(st.integers(1000, 9999), st.integers(1, 10**9))
def test_a_request_number_reads_back(year, ordinal):
    assert parse_request_number(str(RequestNumber(year, ordinal))) == RequestNumber(year, ordinal)


def test_a_request_number_has_at_least_five_digits():
    assert [str(RequestNumber(2026, n)) for n in (1, 99_999, 100_000)] == [
        "AMT-2026-00001",
        "AMT-2026-99999",
        "AMT-2026-100000",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AMT-2026-1",
        "AMT-2026-000001",
        "AMT-2026-00000",
        "amt-2026-00001",
        "AMT-26-00001",
        "AMT-2026-00001\n",
        "AMT-٢٠٢٦-00001",
    ],
)
def test_no_other_spelling_is_a_request_number(text):
    assert parse_request_number(text) is None


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"duns": "123456789"},
        {"duns": {"none_because": "A laboratory of the state."}},
        {"fei": "1234567", "ein": "12-3456789", "unii": "R16CO5Y76E", "dmf": "037766"},
        {"application_number": "BLA761344", "oms": "ORG-100001234"},
    ],
)
def test_an_applicant_gives_an_identifier_or_says_why_there_is_none(tree):
    assert Identifiers.model_validate(tree).model_dump(exclude_none=True) == tree


@pytest.mark.parametrize(
    "tree",
    [
        {"duns": "12345678"},
        {"duns": 123456789},
        {"duns": {}},
        {"duns": {"none_because": ""}},
        {"unii": "R16CO5Y76F"},
        {"application_number": "NDA1"},
        {"passport": "1"},
    ],
)
def test_an_identifier_of_the_wrong_form_is_refused_at_its_own_place(tree):
    with pytest.raises(ValidationError) as refused:
        Identifiers.model_validate(tree)
    assert [error["loc"] for error in refused.value.errors()] == [tuple(tree)]
