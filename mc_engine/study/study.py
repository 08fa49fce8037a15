"""A study of one region under one scenario and one choice of settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mc_engine.errors import ModelError
from mc_engine.models.registry import BUILT_IN
from mc_engine.problem import loader
from mc_engine.problem.files import RegionFiles
from mc_engine.problem.regions import files_of, find_region
from mc_engine.run.experiment import Experiment


class Study(Experiment):
    """One region under one scenario, ready to be run.

    Parameters
    ----------
    region : str, Path or RegionFiles
        Name of a shipped region, a folder of priors, or the files of one.
    scenario : str, optional
        The region's default where left out.
    model : str, optional
        ``package.module:object`` of a user's own model; the region's where left out.
    settings : mapping of str to str, optional
        Accounting settings (equation B-3), over those of the scenario.
    steps : sequence of str
        Levers of levers.yaml of which one step is applied on top of the scenario. Shifts of one
        prior add up; of two phase-outs the earlier holds; what cannot be combined is refused.

    Attributes
    ----------
    problem : Problem
    model : Model
    static : object
        The model's static arrays.

    Raises
    ------
    NotFoundError, PriorError, ModelError
    """

    def __init__(
        self,
        region: str | Path | RegionFiles,
        scenario: str | None = None,
        *,
        model: str | None = None,
        settings: Mapping[str, str] | None = None,
        steps: Sequence[str] = (),
    ) -> None:
        files = region
        if not isinstance(files, RegionFiles):
            files = files_of(find_region(files))
        if model is None:
            named = loader.region_header(files)[1]
            if named not in BUILT_IN:
                raise ModelError(
                    f"{files.label('region.yaml')}: model: found {named!r}, expected one of "
                    f"{', '.join(BUILT_IN)}; name any other model on the command line"
                )
            model = named
        super().__init__(files, model, scenario=scenario, settings=settings, steps=steps)
