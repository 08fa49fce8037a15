"""Chinese names of inputs: every one of China has its own, and a name for nothing is refused."""

import re
import shutil

import pytest

from mc_engine.errors import PriorError
from mc_engine.study import Study
from tests.run.stored import ANALYTIC


def test_every_input_of_china_has_a_chinese_name_of_its_own():
    problem = Study("china").problem
    assert set(problem.labels) >= {factor.name for factor in problem.factors}
    assert len(set(problem.labels.values())) == len(problem.labels)
    assert all(re.search("[\u4e00-\u9fff]", label) for label in problem.labels.values())


def test_labels_move_no_draw_and_a_label_for_nothing_is_refused(tmp_path):
    folder = tmp_path / "analytic"
    shutil.copytree(ANALYTIC, folder)
    before = Study(folder).problem.digest
    (folder / "labels.yaml").write_text("labels:\n  x1: 第一自变量\n", encoding="utf-8")
    problem = Study(folder).problem
    assert (problem.labels, problem.digest) == ({"x1": "第一自变量"}, before)
    (folder / "labels.yaml").write_text("labels:\n  x1: 一\n  x9: 九\n", encoding="utf-8")
    with pytest.raises(PriorError, match=r"labels.yaml:3: a label for no uncertain prior.*'x9'"):
        Study(folder)
