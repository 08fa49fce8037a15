"""A region that takes files of other folders: what holds, what is refused, what a run keeps."""

import shutil

import pytest

from mc_engine.errors import NotFoundError, PriorError
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.loader import load
from mc_engine.report import check
from tests.problem.region import FILES, MODEL, PLACES, write_region

LIFE = """\
{name}:
  quantity: life
  for: {{vehicle_class: [{vehicle}]}}
  unit: yr
  meaning: Life
  kind: judgement
  centre: none
  distribution: {law}
  sources: [{source}]
  reason: Judged.
"""
OWN_DISTANCE = FILES.use[: FILES.use.index("wagon_distance:")].replace("8800", "9000")
TARGETS, SCENARIO = PLACES["land/targets.yaml"], PLACES["land/scenarios/plans.yaml"]
LIVES = "life\n" + "\n".join("12345") + "\n"


def life(name, vehicle, distribution="{name: uniform, low: 10, high: 20}", source="S_ONE"):
    return LIFE.format(name=name, vehicle=vehicle, law=distribution, source=source)


def header(takes):
    return FILES.region.replace("settings:\n", f"takes: {takes}\nsettings:\n")


CRAFT_BELOW_LAND = {
    "land/region.yaml": header("{craft: all}"),
    "land/life.yaml": life("cart_life", "cart"),
}


def write_shire(base, changes=None, takes="{land: all, craft: all}"):
    """Write a parent region, a folder of technology, and a region that takes files of both."""
    files = {
        "craft/life.yaml": life("cart_life", "cart") + life("wagon_life", "wagon"),
        "shire/region.yaml": header(takes),
        "shire/own.yaml": OWN_DISTANCE,
        "shire/targets.yaml": TARGETS,
        "shire/scenarios/plans.yaml": SCENARIO,
    }
    write_region(base, {**files, **(changes or {})})
    return base / "shire"


def loaded(base, changes=None, takes="{land: all, craft: all}"):
    return load(write_shire(base, changes, takes), MODEL)


def message_of(base, changes=None, takes="{land: all, craft: all}"):
    folder = write_shire(base, changes, takes)
    with pytest.raises(PriorError) as caught:
        load(folder, MODEL)
    return str(caught.value)


def wheres(problem, kind="prior"):
    return {one.name: (one.where, one.overrides) for one in problem.origins if one.kind == kind}


def test_priors_of_all_folders_are_inputs(tmp_path):
    names = {factor.name for factor in loaded(tmp_path).factors}
    lives = {"cart_life", "wagon_life"}
    assert names == {"cart_distance", "wagon_distance", "wheel_energy", "cart_share"} | lives


def test_the_regions_own_prior_holds_over_the_taken_one(tmp_path):
    problem = loaded(tmp_path)
    own = next(factor for factor in problem.factors if factor.name == "cart_distance")
    assert (own.where, "p50=9000.0" in own.stated[0]) == ("shire/own.yaml:1", True)


def test_every_value_names_its_file_and_what_it_overrides(tmp_path):
    problem = loaded(tmp_path)
    result = wheres(problem)
    assert result["cart_distance"] == ("shire/own.yaml:1", ("land/use.yaml:1",))
    assert result["wagon_life"] == ("craft/life.yaml:11", ())
    assert result["drift"] == ("land/use.yaml:48", ())
    assert wheres(problem, "table") == {"stock": ("land/observed/stock.csv", ())}
    assert wheres(problem, "correlation") == {
        "cart_distance - wheel_energy": ("land/correlations.yaml:2", ())
    }
    assert wheres(problem, "source") == {"S_ONE": ("sources.yaml:1", ())}


def test_check_names_the_folders(tmp_path):
    text = check.text(loaded(tmp_path))
    assert "taken from craft/life.yaml: cart_life, wagon_life" in text
    assert "shire/own.yaml:1 overrides cart_distance of land/use.yaml:1" in text


def test_check_of_a_region_that_takes_nothing_is_silent(tmp_path):
    text = check.text(load(write_region(tmp_path), MODEL))
    assert "taken from" not in text
    assert "overrides" not in text


def test_a_region_that_takes_has_the_numbers_of_one_that_writes_all_down(tmp_path):
    flat = {
        "land/use.yaml": FILES.use.replace("8800", "9000"),
        "land/z_life.yaml": life("cart_life", "cart") + life("wagon_life", "wagon"),
    }
    written = {f.name: f for f in load(write_region(tmp_path / "flat", flat), MODEL).factors}
    for factor in loaded(tmp_path / "taken").factors:
        same = written[factor.name]
        assert (factor.marginals, factor.stated, factor.shift) == (
            same.marginals,
            same.stated,
            same.shift,
        )


def test_own_table_correlation_source_and_label_hold_over_the_taken_ones(tmp_path):
    stock = FILES.stock.replace("1.6", "1.7")
    pairs = FILES.correlations.replace("-0.6", "-0.2")
    changes = {
        "land/labels.yaml": "labels: {cart_distance: 一, wagon_distance: 二, drift: 三}\n",
        "shire/labels.yaml": "labels: {cart_distance: 三}\n",
        "shire/observed/stock.csv": stock,
        "shire/correlations.yaml": pairs,
        "shire/sources.yaml": FILES.sources.replace("A survey", "Another survey"),
    }
    problem = loaded(tmp_path, changes)
    assert problem.inputs.table("stock").rows(vehicle_class="cart")[2024] == 1.7e6
    assert [pair.spearman for pair in problem.correlations] == [-0.2]
    assert problem.bibliography["S_ONE"].title == "Another survey"
    assert problem.labels == {"cart_distance": "三", "wagon_distance": "二"}
    assert wheres(problem, "table")["stock"][1] == ("land/observed/stock.csv",)


def test_only_the_files_that_are_named_are_taken(tmp_path):
    takes = "{land: [use.yaml, observed/stock.csv], craft: life.yaml}"
    problem = loaded(tmp_path, takes=takes)
    assert (problem.correlations, list(problem.inputs.tables)) == ((), ["stock"])
    assert "taken/land/correlations.yaml" not in problem.files


def test_a_folder_brings_what_it_takes_itself(tmp_path):
    changes = {
        "land/region.yaml": header("{craft: all}"),
        "land/life.yaml": life("cart_life", "cart"),
    }
    problem = loaded(tmp_path, changes, "{land: all}")
    result = wheres(problem)
    assert result["cart_life"] == ("land/life.yaml:1", ("craft/life.yaml:1",))
    assert result["wagon_life"] == ("craft/life.yaml:11", ())


def test_the_nearer_folder_holds_whatever_the_order(tmp_path):
    changes = {
        "land/region.yaml": header("{craft: all}"),
        "land/life.yaml": life("cart_life", "cart"),
    }
    for position, takes in enumerate(("{craft: all, land: all}", "{land: all, craft: all}")):
        problem = loaded(tmp_path / str(position), changes, takes)
        assert wheres(problem)["cart_life"][0] == "land/life.yaml:1"


def test_targets_levers_and_scenarios_are_not_taken(tmp_path):
    folder = write_shire(tmp_path)
    (folder / "targets.yaml").unlink()
    assert load(folder, MODEL).targets == ()


def test_a_correlation_of_what_is_constant_here_is_passed_over_and_noted(tmp_path):
    constant = OWN_DISTANCE.replace(
        "{name: lognormal, p5: 7500, p50: 9000, p95: 10500}", "{name: constant, value: 9000}"
    )
    problem = loaded(tmp_path, {"shire/own.yaml": constant})
    assert problem.notes[-1] == (
        "land/correlations.yaml:2: the correlation cart_distance - wheel_energy has no effect: "
        "cart_distance is no uncertain input of shire"
    )


# --- what a run keeps ---------------------------------------------------------------------------


def test_files_of_the_taken_folders_are_kept_under_their_names(tmp_path):
    assert sorted(loaded(tmp_path).files) == [
        "own.yaml", "region.yaml", "scenarios/plans.yaml", "sources.yaml",
        "taken/craft/life.yaml", "taken/land/correlations.yaml", "taken/land/observed/stock.csv",
        "taken/land/region.yaml", "taken/land/use.yaml", "targets.yaml",
    ]  # fmt: skip


def test_what_was_read_is_enough_to_read_it_again(tmp_path):
    folder = write_shire(tmp_path)
    problem = load(folder, MODEL)
    shutil.rmtree(tmp_path)
    again = load(RegionFiles("shire", problem.files), MODEL)
    assert (again.digest, again.files) == (problem.digest, problem.files)
    assert {one.name: one.where for one in again.factors} == {
        one.name: one.where for one in problem.factors
    }


def test_kept_inputs_are_a_folder_that_can_be_read(tmp_path):
    problem = loaded(tmp_path / "a")
    folder = tmp_path / "b" / "shire"
    for path, content in problem.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    assert load(folder, MODEL).digest == problem.digest


def test_files_without_the_taken_ones_are_refused(tmp_path):
    files = {path: data for path, data in loaded(tmp_path).files.items() if "craft" not in path}
    with pytest.raises(PriorError, match=r"^shire/region\.yaml:5: no such folder to take files of"):
        load(RegionFiles("shire", files), MODEL)


def test_a_file_of_a_taken_prior_is_kept_too(tmp_path):
    distribution = "{name: empirical, file: lives.csv, column: life}"
    changes = {"craft/life.yaml": life("cart_life", "cart", distribution), "craft/lives.csv": LIVES}
    problem = loaded(tmp_path, changes)
    assert problem.files["taken/craft/lives.csv"] == LIVES.encode()


def test_a_file_of_a_taken_prior_can_be_overridden(tmp_path):
    distribution = "{name: empirical, file: lives.csv, column: life}"
    changes = {
        "craft/life.yaml": life("cart_life", "cart", distribution),
        "craft/lives.csv": LIVES,
        "shire/lives.csv": LIVES.replace("5", "6"),
    }
    factor = next(one for one in loaded(tmp_path, changes).factors if one.name == "cart_life")
    assert factor.marginals[0].shape[4] == 6.0


# --- what is refused ----------------------------------------------------------------------------


def test_a_prior_twice_in_one_folder(tmp_path):
    changes = {"craft/more.yaml": life("cart_life", "cart")}
    assert message_of(tmp_path, changes).splitlines()[0] == (
        "craft/more.yaml:1: the prior 'cart_life' is declared twice; found it at craft/life.yaml:1 "
        "too, expected each name once over all files; rename or remove one of them"
    )


def test_a_prior_in_two_folders_that_do_not_take_each_other(tmp_path):
    message = message_of(tmp_path, {"land/life.yaml": life("cart_life", "cart")})
    assert "the prior 'cart_life' is declared twice; found it at land/life.yaml:1 too" in message


def test_the_region_settles_what_two_folders_both_say(tmp_path):
    prior = life("cart_life", "cart")
    problem = loaded(tmp_path, {"land/life.yaml": prior, "shire/life.yaml": prior})
    assert wheres(problem)["cart_life"] == (
        "shire/life.yaml:1",
        ("land/life.yaml:1", "craft/life.yaml:1"),
    )


def test_a_table_in_two_folders_that_do_not_take_each_other(tmp_path):
    assert message_of(tmp_path, {"craft/observed/stock.csv": FILES.stock}) == (
        "craft/observed/stock.csv:1: the table 'stock' stands in two folders; found it in "
        "land/observed/stock.csv too, expected one of them; put it into the region's own folder, "
        "over both"
    )


def test_a_source_in_two_folders_that_say_different_things(tmp_path):
    first, second = (FILES.sources.replace("A survey", f"Survey {name}") for name in "ab")
    changes = {"land/sources.yaml": first, "craft/sources.yaml": second}
    own = {"shire/sources.yaml": FILES.sources.replace("S_ONE", "S_TWO")}
    assert message_of(tmp_path, {**changes, **own}).startswith(
        "craft/sources.yaml:1: the source 'S_ONE' stands in two folders; found it in "
        "land/sources.yaml too, expected one of them"
    )


def test_a_correlation_in_two_folders_that_do_not_take_each_other(tmp_path):
    assert message_of(tmp_path, {"craft/correlations.yaml": FILES.correlations}) == (
        "craft/correlations.yaml:2: a pair is correlated twice; found cart_distance and "
        "wheel_energy, expected this pair once, as at land/correlations.yaml:2; remove one of the "
        "two"
    )


def test_a_slot_that_two_folders_feed(tmp_path):
    message = message_of(tmp_path, {"shire/life.yaml": life("old_life", "cart")})
    assert message.startswith("shire/life.yaml:3: old_life: life of cart is fed twice; found ")


def test_folders_in_a_circle(tmp_path):
    changes = {"land/region.yaml": header("{shire: all}")}
    assert message_of(tmp_path, changes) == (
        "land/region.yaml:5: folders take files of each other in a circle; found shire -> land -> "
        "shire, expected a folder that takes nothing of those that take from it; remove one of the "
        "steps"
    )


@pytest.mark.parametrize("name", ["../land", "/land", "land/../craft", "..", "land/", "la nd"])
def test_a_name_that_leads_elsewhere(name, tmp_path):
    message = message_of(tmp_path, takes=f'{{"{name}": all}}')
    assert message.startswith(f"shire/region.yaml:5: takes.{name} is not the name of a folder of ")
    assert f"; found '{name}', expected the name of a folder of priors; correct it" in message


def test_a_folder_that_is_a_link_out_of_the_priors(tmp_path):
    folder = write_shire(tmp_path / "priors")
    shutil.move(tmp_path / "priors" / "craft", tmp_path / "craft")
    (tmp_path / "priors" / "craft").symlink_to(tmp_path / "craft")
    with pytest.raises(PriorError, match="a link that leads out of the folder of priors; found"):
        load(folder, MODEL)


def test_a_file_that_is_a_link_out_of_a_taken_folder(tmp_path):
    folder = write_shire(tmp_path / "priors")
    (tmp_path / "life.yaml").write_text(life("cart_life", "cart"), encoding="utf-8")
    (tmp_path / "priors" / "craft" / "life.yaml").unlink()
    (tmp_path / "priors" / "craft" / "life.yaml").symlink_to(tmp_path / "life.yaml")
    with pytest.raises(PriorError, match=r"^craft/life\.yaml:1: a link that leads out of the fol"):
        load(folder, MODEL)


def test_a_file_of_a_taken_prior_outside_its_folder(tmp_path):
    distribution = "{name: empirical, file: ../land/lives.csv, column: life}"
    changes = {"craft/life.yaml": life("cart_life", "cart", distribution), "land/lives.csv": LIVES}
    assert "found '../land/lives.csv', outside the region's folder" in message_of(tmp_path, changes)


@pytest.mark.parametrize("path", ["targets.yaml", "scenarios/plans.yaml", "usee.yaml", "../a.yaml"])
def test_a_file_that_cannot_be_taken(path, tmp_path):
    message = message_of(tmp_path, takes=f"{{land: [{path}]}}")
    assert message.startswith(
        f"shire/region.yaml:5: no file of land that can be taken; found '{path}', expected all, or "
        "some of correlations.yaml, use.yaml, observed/stock.csv; "
    )


def test_an_unknown_folder(tmp_path):
    assert message_of(tmp_path, takes="{nowhere: all}") == (
        "shire/region.yaml:5: no such folder to take files of; found 'nowhere', expected the name "
        "of a folder beside the region's, or of one that comes with mc_engine; correct the name, "
        "or add the folder"
    )


def test_a_broken_file_of_a_taken_folder_is_named(tmp_path):
    message = message_of(tmp_path, {"craft/life.yaml": "cart_life: 5\n"})
    assert message.startswith("craft/life.yaml:1: cart_life is not a mapping")


def test_a_folder_of_a_region_inside_another_is_named_from_outside(tmp_path):
    folder = write_shire(tmp_path)
    shutil.copytree(folder, tmp_path / "land" / "shire")
    shutil.copy(tmp_path / "sources.yaml", tmp_path / "land")
    inner = load(tmp_path / "land" / "shire", MODEL)
    assert inner.digest == load(folder, MODEL).digest


def test_a_folder_alone_is_no_region(tmp_path):
    write_shire(tmp_path)
    with pytest.raises(NotFoundError, match=r"found no region\.yaml in it, expected one"):
        load(tmp_path / "craft", MODEL)
