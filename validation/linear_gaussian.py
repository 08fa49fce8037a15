"""A model whose chance of a miss is known on paper: a weighted sum of standard normal inputs.

``y = sum_i sqrt(s_i) x_i`` with ``sum_i s_i = 1`` is standard normal; the target ``y <= t`` is
missed with the chance ``1 - Phi(t)``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mc_engine.models.ishigami import Ishigami
from mc_engine.vocabulary.axes import DRAW
from mc_engine.vocabulary.inputs import ModelInputs
from mc_engine.vocabulary.outputs import VariableSpec
from mc_engine.vocabulary.quantities import QuantitySpec

SHARES = (0.5, 0.3, 0.15, 0.05)
REFERENCE = "validation.linear_gaussian:MODEL"


class LinearGaussian(Ishigami):
    """The model (see ``mc_engine.model.Model``)."""

    name = "linear_gaussian"
    quantities: Sequence[QuantitySpec] = tuple(
        QuantitySpec(f"x{k}", "1", f"Input {k}", "L-1") for k in range(1, len(SHARES) + 1)
    )
    status_codes: ClassVar[Mapping[int, str]] = {0: "OK: evaluated"}

    def outputs(self, inputs: ModelInputs) -> Sequence[VariableSpec]:
        """Declare the one output, ``y``."""
        return (VariableSpec("y", (DRAW,), "1", "Weighted sum", "L-1", yearly=False),)

    def evaluate(
        self,
        static: NDArray[np.int64],
        draws: NDArray[np.float64],
        out: Mapping[str, NDArray[np.float64]],
        status: NDArray[np.int32],
    ) -> None:
        """Evaluate every row, in a fixed order of operations."""
        out["y"][:] = sum(
            np.sqrt(share) * draws[:, column] for share, column in zip(SHARES, static, strict=True)
        )
        status[:] = 0


MODEL = LinearGaussian()

_NAME = str.maketrans(".-", "__")
_INPUT = """\
x{k}:
  quantity: x{k}
  unit: "1"
  meaning: Input {k}
  kind: judgement
  centre: none
  distribution: {{name: normal, mean: 0, sd: 1}}
  sources: []
  reason: Standard normal, so that the answer is known on paper.
"""
_TARGET = """\
  miss_{name}:
    title: {{en: Limit of {p}, zh: 限值{p}}}
    rule: threshold
    output: y
    at_most: {limit!r}
    status: analyst
    covers: sector
    sources: []
    reason: Missed in this share of draws.
"""


def write_region(folder: Path, chances: Sequence[float]) -> Path:
    """Write a region with one target per chance of a miss.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    chances : sequence of float
        P(miss) of each target, 1.
    """
    (folder / "scenarios").mkdir(parents=True, exist_ok=True)
    texts: dict[str, Any] = {
        "region.yaml": "schema_version: 1\ntitle: {en: Linear Gaussian, zh: 线性高斯}\n"
        "model: ishigami\ndefault_scenario: plain\nstructure: {}\n",
        "inputs.yaml": "".join(_INPUT.format(k=k) for k in range(1, len(SHARES) + 1)),
        "sources.yaml": "{}\n",
        "targets.yaml": "targets:\n"
        + "".join(
            _TARGET.format(name=f"{p:g}".translate(_NAME), p=p, limit=float(special.ndtri(1.0 - p)))
            for p in chances
        ),
        "scenarios/plain.yaml": "title: {en: No lever, zh: 无措施}\nstatus: analyst\n"
        "sources: []\nreason: The sum has no levers.\nlevers: {}\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
