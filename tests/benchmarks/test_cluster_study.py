"""The study of a cluster runs at its smallest size; what it says of speed is not tested."""

from benchmarks.cluster_study import SETTLED, overhead
from tests.run.stored import ANALYTIC


def test_chunks_through_a_cluster_have_the_same_bits(tmp_path, capsys):
    assert overhead(str(ANALYTIC), 10, SETTLED + 5, tmp_path)
    assert "overhead per chunk" in capsys.readouterr().out
