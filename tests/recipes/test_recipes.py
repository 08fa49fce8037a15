"""The recipes of CONTRIBUTING.md do what they say, and touch no more files than they should."""

import pytest

from tests.recipes.design import DESIGN
from tests.recipes.exporter import EXPORTER
from tests.recipes.method import METHOD
from tests.recipes.model import MODEL
from tests.recipes.parameter import PARAMETER
from tests.recipes.region import REGION, TARGET

# The most files that a recipe may touch, tests included, and a part of the output of its commands
# that shows the toy at work.
RECIPES = [
    (EXPORTER, 2, "margins (.csv): margins by draw and target, for a spreadsheet"),
    (TARGET, 1, "y_at_most_9"),
    (PARAMETER, 6, "china: OK."),
    (METHOD, 4, "Mean margin"),
    (DESIGN, 4, "64 draws of"),
    (REGION, 4, "toyland: OK. 3 uncertain inputs"),
    (MODEL, 7, "toyland: OK. 2 uncertain inputs"),
]


@pytest.mark.parametrize(
    ("recipe", "most", "shown"), RECIPES, ids=[recipe.title for recipe, _, _ in RECIPES]
)
def test_a_recipe_is_executed(recipe, most, shown, tmp_path):
    assert len(recipe.files) <= most, recipe.files
    section = recipe.section()
    assert [edit.path for edit in recipe.edits if edit.named not in section] == []
    assert shown in recipe.execute(tmp_path)


def test_a_region_is_data_alone():
    assert all(path.startswith("priors/toyland/") for path in REGION.files)
    assert "zh" not in "".join(edit.text for edit in REGION.edits)


def test_a_model_changes_no_file_that_is_there():
    assert not any(edit.after or edit.instead_of for edit in MODEL.edits)
    assert not any(path.startswith("mc_engine/") for path in MODEL.files)
