"""Bands of a yearly output: quantiles over the draws, year by year."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from mc_engine.errors import StatisticError
from mc_engine.risk.sample import Sample
from mc_engine.vocabulary.axes import DRAW

BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)


def year_bands(
    values: xr.DataArray, sample: Sample, quantiles: Sequence[float] = BANDS
) -> xr.Dataset:
    """Compute quantiles over the draws for every year and further label.

    Parameters
    ----------
    values : xr.DataArray with the axis ``draw``
        For example ``emissions`` of ``series.nc``. Rows of failed draws hold NaN and are left out.
    sample : Sample
        Of the same draws.
    quantiles : sequence of float
        Each in (0, 1).

    Returns
    -------
    xr.Dataset
        ``band``, ``low`` and ``high`` with the axis ``quantile`` before those of ``values``, in
        its unit; ``low`` to ``high`` holds the true quantile at the attribute ``level``. NaN
        where no draw is finite, or where the draws cannot bound a quantile. ``used``: the number
        of draws behind each.
    """
    if values.sizes.get(DRAW) != sample.size:
        raise StatisticError(
            f"{values.name}: found {values.sizes.get(DRAW)} draws, expected {sample.size}, those "
            "of the sample; select the same draws from both"
        )
    others = [str(axis) for axis in values.dims if axis != DRAW]
    data = values.transpose(DRAW, *others).values
    columns = data.reshape(sample.size, -1)
    shares = tuple(float(q) for q in quantiles)
    result = np.full((3, len(shares), columns.shape[1]), np.nan)
    used = np.zeros(columns.shape[1], dtype=np.int64)
    for column in range(columns.shape[1]):
        part, series = sample.known(columns[:, column].astype(np.float64))
        used[column] = part.size
        if part.empty:
            continue
        for index, outcome in enumerate(part.quantiles(series, shares)):
            result[:, index, column] = outcome.estimate, outcome.low, outcome.high
    result[~np.isfinite(result)] = np.nan
    shape = (len(shares), *data.shape[1:])
    axes = ("quantile", *others)
    attrs = {key: values.attrs[key] for key in ("units", "long_name") if key in values.attrs}
    return xr.Dataset(
        {
            **{
                name: (axes, numbers.reshape(shape), attrs)
                for name, numbers in zip(("band", "low", "high"), result, strict=True)
            },
            "used": (others, used.reshape(data.shape[1:])),
        },
        coords={
            "quantile": list(shares),
            **{name: c for name, c in values.coords.items() if DRAW not in c.dims},
        },
        attrs={"level": sample.level},
    )
