"""Worked cases: what two typical requests need, and what published figures trip over.

The figures are from open papers, named row by row; the requests around them are invented.
"""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, attribute, changed, judged, seen

FIRST = "scalability/evidence/0"
TARGET = "scalability/targets/0"
T = "/content/scalability/targets/0"
E = "/content/scalability/evidence"


def found(tree):
    return {one.rule for one in judged(tree).findings if one.severity != "hint"}


# -- two typical requests


def test_a_technology_developer_with_model_drugs_needs_no_capability_batches_or_files():
    tree = adequate("early", "platform")
    for index in range(3):
        at = f"scalability/evidence/{index}"
        bare = {f"{at}/files": [], f"{at}/gmp": False, f"{at}/product/is_model_drug": True}
        tree = changed(tree, bare)
    report = judged(tree)
    assert (report.effective.phase, report.effective.scope, report.result) == (
        "early",
        "platform",
        "adequate",
    )


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("SC-01", {"scalability/targets": []}),
        ("SC-23", {"scalability/commercial_applicability": GONE}),
        ("SC-13", {"method/known_limits": []}),
        ("SC-14", {"scalability/plan": GONE}),
        ("SC-05", {"scalability/evidence/2/runs/succeeded": 2}),
        ("SP-01", {"scalability/evidence/2": GONE}),
    ],
)
def test_a_technology_developer_needs_each_of_these(rule, taken):
    assert rule in found(changed(adequate("early", "platform"), taken))


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("SC-05", {f"{FIRST}/kind": "gmp_batch"}),
        (
            "SC-08",
            {
                "scalability/evidence/1/attributes/0/claimed_cpk": Decimal("1.63"),
                "scalability/evidence/1/attributes/0/n": 24,
            },
        ),
        ("SC-09", {f"{FIRST}/comparison/margin": GONE}),
        ("SC-18", {"criteria/improvements/1/capacity": GONE}),
    ],
)
def test_a_sponsor_s_supplement_needs_each_of_these(rule, taken):
    tree = changed(adequate("commercial"), taken)
    assert (rule, "blocks") in {(one.rule, one.severity) for one in judged(tree).findings}


# -- published figures


def scaled(basis, value, unit, **more):
    return {"stage": "lab", "basis": basis, "quantity": {"value": value, "unit": unit}, **more}


def aimed(basis, value, unit, **more):
    return {"basis": basis, "quantity": {"value": value, "unit": unit}, "source": "Plan", **more}


@pytest.mark.parametrize(
    ("target", "scale"),
    [
        # tablets of a study against tablets a day (Pharmaceutics 2024;16:678)
        (aimed("units_per_time", 20_000, "{tablet}/d"), scaled("units", 2448, "{tablet}")),
        # cells of one patient's run against patients a year (Front Immunol 2024;15:1328368)
        (aimed("patients_per_year", 2000, "{patient}/a"), scaled("cells", Decimal("1.7"), "10*9")),
        # both are numbers in UCUM, and still not the same thing
        (aimed("doses", 1000, "1"), scaled("cells", 1000, "1")),
    ],
)
def test_what_is_counted_otherwise_is_not_compared(target, scale):
    tree = changed(adequate(), {TARGET: target, f"{FIRST}/scale": scale})
    assert seen("SC-02", tree) == {(T, "blocks")}
    assert judged(tree).result == "not_assessable"


@pytest.mark.parametrize(
    ("target", "scale", "factor"),
    [
        # 800 mL bioreactor to 50 L and to 2000 L (J Biol Eng 2019;13:34)
        (aimed("volume", 50, "L"), scaled("volume", 800, "mL"), "62.5"),
        (aimed("volume", 2, "m3"), scaled("volume", 800, "mL"), "2500"),
        # 24 kg at about 3 kg a day to 40 kg a day (Science 2017;356:1144)
        (aimed("mass_flow", 40, "kg/d"), scaled("mass_flow", 3, "kg/d"), "13.3333"),
        # one end of a line's range in grams (in-situ wet granulation, 0.5 to 10 kg/h)
        (aimed("mass_flow", 25, "kg/h"), scaled("mass_flow", 500, "g/h"), "50"),
        # 20 g/h of liposomes to 500 g/h (Nat Commun 2022;13:6997)
        (aimed("mass_flow", 500, "g/h"), scaled("mass_flow", 20, "g/h"), "25"),
        # a batch size that is ten times another one of the same data set (Sci Data 2022;9:99)
        (aimed("units", 4_800_000, "{tablet}"), scaled("units", 480_000, "{tablet}"), "10"),
    ],
)
def test_the_factor_of_published_scales(target, scale, factor):
    tree = changed(adequate(), {TARGET: target, f"{FIRST}/scale": scale})
    (entry,) = judged(tree).computed["scale"]
    assert round(entry["factor"], 4) == Decimal(factor)
    assert bool(seen("SC-03", tree)) is (Decimal(factor) > 100)


def test_cells_expanded_with_one_donor_and_two_runs():
    """J Biol Eng 2019;13:34: one donor, no limits, no identity, purity or safety; the sds fit two runs."""
    tree = changed(
        adequate(),
        {
            f"{FIRST}/inputs": {"donors": 1, "donor_derived": True},
            f"{FIRST}/runs": {"attempted": 2, "succeeded": 2},
            f"{FIRST}/attributes": [
                {
                    **attribute("performance"),
                    "lsl": None,
                    "usl": None,
                    "sd": Decimal("0.0"),
                    "min": None,
                    "max": None,
                }
            ],
            "development/mrl": 6,
        },
    )
    assert {"SC-05", "SC-07", "SC-12", "SC-17"} <= found(tree)


def test_many_sites_do_not_make_up_for_a_method_that_changed():
    """Pharmaceutics 2024;16:678: 17 sites, the formulation and the hardware changed between phases."""
    sites = [{"key": f"s{n}", "name": f"Pharmacy {n}"} for n in range(17)]
    tree = changed(
        adequate("pilot"),
        {
            "scalability/strategies": ["distributed"],
            "scalability/distribution_plan": {
                "common_control": "One recipe server",
                "release": "Weight and NIR",
            },
            "sites": sites,
            f"{FIRST}/sites": [site["key"] for site in sites],
            f"{FIRST}/method_version": "1",
        },
    )
    assert not seen("SC-10d", tree)
    assert seen("SC-15", tree) == {(f"{E}/0/method_version", "blocks")}


def test_similar_quality_without_a_margin_is_no_equivalence():
    similar = {"conventional_process": "Batch process at 1000 L", "claim": "equivalent"}
    assert seen("SC-09", changed(adequate("pilot"), {f"{FIRST}/comparison": similar})) == {
        (f"{E}/0/comparison", "blocks")
    }


def test_twenty_lots_of_one_strength_do_not_make_a_platform():
    tree = changed(adequate("pilot"), {f"{FIRST}/inputs": {"lots": 20}, "context_of_use/scope": "platform"})
    assert not seen("SC-12", tree)
    assert {"SP-01", "SP-07"} <= found(tree)


def test_media_fills_of_two_machines_prove_what_their_own_counts_prove():
    """Eur J Hosp Pharm 2024;31(S1):A35.1: 500 units without a positive prove 0.99403."""
    runs = {"attempted": 500, "succeeded": 500, "counted": "units", "claimed_success_rate": Decimal("0.995")}
    (entry,) = judged(changed(adequate(), {f"{FIRST}/runs": runs})).computed["success"]
    assert round(entry["lower_bound"], 5) == Decimal("0.99403")
    assert seen("SC-06", changed(adequate(), {f"{FIRST}/runs": runs}))
