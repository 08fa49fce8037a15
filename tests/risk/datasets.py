"""Datasets of draws made for the tests of this folder."""

import numpy as np
import xarray as xr

SCOPES = ["ttw", "wtw", "net"]


def make_draws(margin, *, replicates=1, weight=None, failed=(), design=None, seed=1):
    """Build a dataset like ``draws.nc`` around margins float64[draw, target]."""
    margin = np.array(margin, dtype=float)
    margin[list(failed)] = np.nan
    size, targets = margin.shape
    rng = np.random.default_rng(seed)
    peak = rng.uniform(900.0, 1100.0, (size, 3))
    residual = peak * rng.uniform(0.0, 0.2, (size, 3))
    peak_year = rng.integers(2024, 2034, (size, 3))
    neutral_year = np.where(rng.random((size, 3)) < 0.5, 0, rng.integers(2045, 2061, (size, 3)))
    status = np.zeros(size, dtype=np.int32)
    for row in failed:
        peak[row] = residual[row] = np.nan
        peak_year[row] = neutral_year[row] = -1
        status[row] = 3
    miss = np.where(np.isnan(margin), -1, margin < 0.0).astype(np.int8)
    coords = {
        "index": ("draw", np.arange(size)),
        "replicate": ("draw", np.arange(size) % replicates),
        "weight": ("draw", np.ones(size) if weight is None else np.asarray(weight, dtype=float)),
        "scope": SCOPES,
        "target": [f"t{index}" for index in range(targets)],
        "margin_unit": ("target", ["Mt CO2e/yr"] * targets),
        "target_title": ("target", [f"Target {index}" for index in range(targets)]),
        "target_scope": ("target", ["ttw"] * targets),
        "target_status": ("target", ["analyst"] * targets),
        "target_covers": ("target", ["sector"] * targets),
    }
    return xr.Dataset(
        {
            "margin": (("draw", "target"), margin),
            "miss": (("draw", "target"), miss),
            "peak_year": (("draw", "scope"), peak_year),
            "neutral_year": (("draw", "scope"), neutral_year),
            "peak": (("draw", "scope"), peak),
            "residual": (("draw", "scope"), residual),
            "clipped_years": ("draw", (np.arange(size) % 10 == 0).astype(np.int64)),
            "status": ("draw", status),
        },
        coords=coords,
        attrs={} if design is None else {"design": design},
    )


def normal_margins(size=4000, targets=2, shift=1.0, seed=2):
    """Margins with correlation 0.6; P(miss) = Phi(-shift)."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(size, 1))
    return shift + np.sqrt(0.6) * common + np.sqrt(0.4) * rng.normal(size=(size, targets))
