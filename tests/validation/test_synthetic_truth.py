"""The study of a known truth, made short: it runs, and it would see what it is for."""

from mc_engine.study import Study
from validation import synthetic_truth


def test_a_truth_is_covered_and_a_planted_error_named(tmp_path, capsys):
    Study("china").run(400, store_observables=True, series=0, out=tmp_path)
    # So few draws tell no coverage: what counts is that every quantity has one.
    synthetic_truth.main(tmp_path, repeats=2, seed=0, plant="gasoline")
    message = capsys.readouterr().out
    assert "2 truths, 400 draws" in message
    assert "  residual ttw " in message
    assert message.rstrip().endswith("gasoline doubled: the diagnostic names gasoline")
