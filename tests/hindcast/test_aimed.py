"""The ensemble aimed at the past: found in stages, drawn afresh, read again, replayed."""

import json

import pytest

from mc_engine.errors import RequestError
from mc_engine.hindcast import aimed, constrained
from mc_engine.problem.proposal import Proposal
from mc_engine.ranking import ranking
from mc_engine.ranking.contract import Evidence
from mc_engine.ranking.methods.constrained import METHOD
from mc_engine.run import replay
from mc_engine.run.options import RunRequest
from mc_engine.study import Study

DRAWS, MOST = 10_000, 60_000


@pytest.fixture(scope="module")
def weighed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aimed, "STAGE_DRAWS", DRAWS)
        out = tmp_path_factory.mktemp("aimed") / "run"
        yield constrained.weigh(
            Study("china"), RunRequest(draws=DRAWS, series=0, out=out), most=MOST
        )


def test_enough_is_left_where_plain_weights_leave_next_to_nothing(weighed):
    assert weighed.plain.effective < 50
    assert weighed.enough
    assert weighed.constraint.effective >= constrained.ENOUGH
    assert weighed.constraint.largest < constrained.HEAVIEST
    assert weighed.run.manifest["draws"] == DRAWS
    assert weighed.run.manifest["proposal"] is None
    assert weighed.sampled.folder == weighed.run.folder / constrained.AIMED
    assert not (weighed.run.folder / aimed.STAGES).exists()


def test_the_draws_that_count_are_of_a_repetition_that_no_stage_used(weighed):
    told = json.loads((weighed.run.folder / aimed.AIM).read_text(encoding="utf-8"))
    assert told["power"] == 1.0
    assert weighed.sampled.manifest["design"]["replicate"] == told["repetition"] >= 2
    assert Proposal.from_json(told["proposal"]) == weighed.aim


def test_the_aimed_run_is_found_from_the_run_it_belongs_to(weighed):
    told = weighed.run.constrained
    assert told["weighed"]["folder"] == constrained.AIMED
    again = weighed.run.weighed
    assert again.manifest["identity"] == weighed.sampled.manifest["identity"]
    assert (again.weight == weighed.constraint.weight).all()
    assert told["risk"] == json.loads(json.dumps(again.risk(weight=again.weight)))


def test_aimed_draws_are_ranked_by_their_weights_alone(weighed):
    with pytest.raises(RequestError, match="draws that were aimed at the past"):
        ranking.rank(Evidence(Study("china"), weighed.sampled))
    result = ranking.supplement(METHOD, Evidence(Study("china"), weighed.run))
    assert result.effective == pytest.approx(weighed.constraint.effective)


def test_the_same_call_reads_the_aim_and_draws_nothing(weighed, monkeypatch):
    monkeypatch.setattr(aimed, "_next", None)
    folder = weighed.run.folder
    written = (weighed.sampled.folder / "draws.nc").stat().st_mtime_ns
    again = constrained.weigh(
        Study("china"), RunRequest(draws=DRAWS, series=0, out=folder), most=MOST
    )
    assert again.constraint.effective == weighed.constraint.effective
    assert (again.sampled.folder / "draws.nc").stat().st_mtime_ns == written


def test_a_draw_of_it_is_replayed(weighed):
    found = replay.replay(weighed.sampled, 11)
    assert len(found.parameters) == weighed.run.manifest["uncertain_inputs"]
