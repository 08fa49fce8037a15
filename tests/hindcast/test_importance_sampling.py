"""Adaptive importance sampling: fitted in stages, drawn afresh, read again, replayed."""

import json

import pytest

from mc_engine.calibrate import MIN_EFFECTIVE
from mc_engine.errors import RequestError
from mc_engine.hindcast import importance_sampling, posterior
from mc_engine.problem.proposal import Proposal
from mc_engine.ranking import ranking
from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods.constrained import METHOD
from mc_engine.run import replay
from mc_engine.run.options import RunRequest
from mc_engine.study import Study

DRAWS, MAX_DRAWS = 10_000, 60_000


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance_sampling, "STAGE_DRAWS", DRAWS)
        out = tmp_path_factory.mktemp("aimed") / "run"
        request = RunRequest(DRAWS, series=0, out=out)
        yield posterior.constrain(Study("china"), request, max_draws=MAX_DRAWS)


def test_enough_is_left_where_plain_weights_leave_next_to_nothing(result):
    assert result.prior_constraint.effective < 50
    assert result.sufficient
    assert result.constraint.effective >= MIN_EFFECTIVE
    assert result.constraint.largest < posterior.MAX_WEIGHT_SHARE
    assert result.run.manifest["draws"] == DRAWS
    assert result.run.manifest["proposal"] is None
    assert result.sampled.folder == result.run.folder / posterior.SAMPLED
    assert not (result.run.folder / importance_sampling.STAGES).exists()


def test_the_draws_that_count_are_of_a_repetition_that_no_stage_used(result):
    told = json.loads(
        (result.run.folder / importance_sampling.PROPOSAL).read_text(encoding="utf-8")
    )
    assert (told["schema_version"], told["power"]) == (1, 1.0)
    assert result.sampled.manifest["design"]["replicate"] == told["repetition"] >= 2
    assert Proposal.from_json(told["proposal"]) == result.proposal


def test_the_weighted_run_is_found_from_the_run_it_belongs_to(result):
    told = result.run.constrained
    assert told["weighed"]["folder"] == posterior.SAMPLED
    again = result.run.weighed
    assert again.manifest["identity"] == result.sampled.manifest["identity"]
    assert (again.weight == result.constraint.weight).all()
    assert told["risk"] == json.loads(json.dumps(again.risk(weight=again.weight)))


def test_importance_sampled_draws_are_ranked_by_their_weights_alone(result):
    with pytest.raises(RequestError, match="draws that were aimed at the past"):
        ranking.rank(Evidence(Study("china"), result.sampled))
    ranked = ranking.supplement(METHOD, Evidence(Study("china"), result.run))
    assert ranked.effective == pytest.approx(result.constraint.effective)


def test_the_same_call_reads_the_proposal_and_draws_nothing(result, monkeypatch):
    monkeypatch.setattr(importance_sampling, "_next_stage", None)
    folder = result.run.folder
    written = (result.sampled.folder / "draws.nc").stat().st_mtime_ns
    request = RunRequest(DRAWS, series=0, out=folder)
    again = posterior.constrain(Study("china"), request, max_draws=MAX_DRAWS)
    assert again.constraint.effective == result.constraint.effective
    assert (again.sampled.folder / "draws.nc").stat().st_mtime_ns == written


def test_a_draw_of_it_is_replayed(result):
    found = replay.replay(result.sampled, 11)
    assert len(found.parameters) == result.run.manifest["uncertain_inputs"]
