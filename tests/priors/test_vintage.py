"""The region China as of the end of 2020 rests on nothing later."""

import csv
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from mc_engine.model import OK
from mc_engine.run import executor
from mc_engine.study import Study, find_region, shipped_priors

LAST = 2020
REGION = "china/vintage_2020"
VINTAGE = shipped_priors() / REGION
TABLES = sorted((VINTAGE / "observed").glob("*.csv"))
NOT_PRIORS = {"region", "correlations", "targets", "sources"}
# Counts of years to 2020 that were published or read later; README.md says why each stands.
COUNTS_READ_LATER = {"S_MPS20", "S_EPS", "S_IEA25", "HI_S23"}


def read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cited(node: object) -> set[str]:
    """Sources named anywhere below a part of a file."""
    if isinstance(node, dict):
        own = set(node.get("sources") or []) if isinstance(node.get("sources"), list) else set()
        return own.union(*(cited(part) for part in node.values()))
    return set().union(*(cited(part) for part in node)) if isinstance(node, list) else set()


@pytest.fixture(scope="module")
def sources() -> dict[str, dict]:
    return read(VINTAGE / "sources.yaml")


@pytest.fixture(scope="module")
def priors() -> dict[str, dict]:
    files = [path for path in VINTAGE.glob("*.yaml") if path.stem not in NOT_PRIORS]
    return {name: prior for path in files for name, prior in read(path).items()}


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(REGION)


def test_the_rule_reaches_every_part_that_cites():
    """Guards the helper above: a source deep inside a file is found."""
    deep = {"a": [{"sources": ["X"]}], "b": {"sources": [], "c": {"sources": ["Y"]}}}
    assert cited(deep) == {"X", "Y"}


def test_no_prior_target_or_scenario_cites_a_source_after_2020(sources):
    files = [path for path in VINTAGE.rglob("*.yaml") if path.stem != "sources"]
    assert len(files) > 8
    named = {key for path in files for key in cited(read(path))}
    assert len(named) > 40
    assert {key: sources[key]["year"] for key in named if sources[key]["year"] > LAST} == {}


def test_only_the_listed_counts_are_read_in_later_sources(sources):
    assert {key for key, source in sources.items() if source["year"] > LAST} == COUNTS_READ_LATER
    result = (VINTAGE / "README.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in result for key in COUNTS_READ_LATER)


def test_a_source_is_cited_and_means_the_same_as_among_the_shared_ones(sources):
    files = [path for path in VINTAGE.rglob("*.yaml") if path.stem != "sources"]
    named = {key for path in files for key in cited(read(path))}
    named |= {row["source"] for path in TABLES for row in rows(path)}
    assert named == set(sources)
    shared = read(shipped_priors() / "sources.yaml")
    assert {key for key in named & set(shared) if sources[key] != shared[key]} == set()


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_no_observed_cell_is_later_than_2020(path):
    """Projected population is the one table that looks ahead."""
    years = [int(row["year"]) for row in rows(path)]
    if path.stem == "population":
        assert min(years) == LAST
        assert {row["label"] for row in rows(path)} == {"derived"}
        assert {row["source"] for row in rows(path)} == {"S_WPP19"}
    else:
        assert max(years) <= LAST


def test_the_last_observed_year_is_2020(study):
    years = study.problem.inputs.structure.years
    assert (years.last_observed, years.first_output) == (LAST, 2010)
    assert max(int(r["year"]) for r in rows(VINTAGE / "observed" / "grid_intensity.csv")) == 2019
    assert set(study.problem.inputs.structure.waves) == {"clean_out"}


def test_no_path_is_anchored_or_stated_constant_on_what_came_after(priors):
    for name, prior in priors.items():
        path = prior.get("path", {})
        assert all(int(year) <= LAST for year in path.get("anchors", {})), name
        known = [
            k
            for k, distribution in path.get("knots", {}).items()
            if distribution["name"] == "constant"
        ]
        assert all(year <= LAST for year in known if name != "efuel_share"), name


def test_classes_and_powertrains_are_those_of_the_region_around_it(study):
    around = Study("china").problem.inputs.structure
    here = study.problem.inputs.structure
    assert list(here.vehicle_classes) == list(around.vehicle_classes)
    assert list(here.powertrains) == list(around.powertrains)


def test_a_judgement_is_no_prior_without_a_reason(priors):
    assert all(len(prior["reason"].strip()) > 20 and prior["unit"] for prior in priors.values())
    assert all(prior["kind"] == "judgement" for prior in priors.values() if not prior["sources"])


def test_it_is_found_by_its_name_inside_the_region():
    assert find_region(REGION) == VINTAGE


def test_the_centre_of_2025_is_the_official_fifth(study):
    """All draws have a result, and 20 % of all sales is near the middle of what they say."""
    plan = study.plan(512, seed=0)
    buffer = executor.buffers(plan, 512)
    executor.fill(plan, 0, 512, buffer)
    assert (buffer.status == OK).all()
    year = 2025 - study.problem.inputs.structure.years.first_output
    sales = buffer.out["sales"][:, :, year]
    with_plug = buffer.out["plug_in_sales_share"][:, :, year] * sales
    share = with_plug.sum(axis=1) / sales.sum(axis=1)
    low, median, high = np.quantile(share, [0.05, 0.5, 0.95])
    assert 0.18 < median < 0.23
    assert (low < 0.15, high > 0.28) == (True, True)
