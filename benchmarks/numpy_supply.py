"""Fuels, power and hydrogen of the NumPy reference (equations F of ``docs/model.md``)."""

import numpy as np

from benchmarks.numpy_paths import Array
from benchmarks.numpy_region import Block
from mc_engine.units import METHANE_MJ_PER_KG, MJ_PER_KWH

DEFAULT_GWP = "100"


def grid(block: Block) -> Array:
    """Emissions of power at the charger, g CO2e/kWh: float64[year, draw] (F-4)."""
    region = block.region
    at = region.calendar[region.output :]
    rows = region.rows("grid_intensity")
    until = max(rows)
    level = block.number("grid_level")
    slot = region.inputs.slot("grid_intensity")
    path = block.path("grid_intensity", at=at, anchors={t: rows[t] for t in sorted(rows)[-2:]})
    assert slot.path is not None
    knot = slot.path.years[0]
    fading = np.maximum(0.0, (knot - at) / (knot - until))[:, None]
    observed = np.array([[rows[int(t)] if t <= until else 0.0] for t in at])
    projected = path * (1.0 + (level - 1.0) * fading)
    generated = np.where(at[:, None] <= until, observed * level, projected)
    if slot.basis == "direct":
        generated += block.path("grid_upstream", at=at)
    return block.path("grid_accounting", at=at) * generated / (1.0 - block.number("line_loss"))


def _fuel(block: Block, carrier: str, power: Array) -> tuple[Array, Array, Array]:
    """Tailpipe CO2, tailpipe and upstream emissions of a fuel, g/MJ: float64[year, draw] (F)."""
    region = block.region
    at = region.calendar[region.output :]
    gwp = region.structure.gwp[region.inputs.settings.get("gwp", DEFAULT_GWP)]
    bio = block.path("bio_share", carrier, at=at)
    synthetic = block.path("efuel_share", carrier, at=at)
    fossil = 1.0 - bio - synthetic
    slip = block.number("methane_slip", carrier)
    burned = 1.0 - slip
    co2 = fossil * (burned * block.number("ttw_co2", carrier))
    other = burned * (
        block.number("ttw_ch4", carrier) * gwp.ch4 + block.number("ttw_n2o", carrier) * gwp.n2o
    )
    other += slip * 1000.0 / METHANE_MJ_PER_KG * gwp.ch4
    later = np.maximum(at - region.years.last_observed, 0.0)[:, None]
    decline = (1.0 - block.number("wtt_decline", carrier)) ** later
    supply = fossil * block.number("wtt_factor", carrier) * decline
    supply += bio * block.number("bio_factor", carrier)
    supply += synthetic * block.path("efuel_electricity", at=at) * power / MJ_PER_KWH
    return co2, co2 + other, supply


def _hydrogen(block: Block, power: Array) -> Array:
    """Emissions of hydrogen as dispensed, g CO2e/MJ: float64[year, draw] (F-5)."""
    region = block.region
    at = region.calendar[region.output :]
    made = region.structure.hydrogen
    assert made is not None
    reaching = {next(iter(made.tree or made.routes)): np.ones(power.shape)}
    for name, fork in made.tree.items():
        pool = reaching[name]
        taken = pool * block.path("hydrogen_branch", name, at=at)
        reaching[fork.child], reaching[fork.rest] = taken, pool - taken
    total = np.zeros(power.shape)
    electrolysis = np.zeros(power.shape)
    for route, kind in made.routes.items():
        if kind.role == "grid":
            electrolysis += reaching[route]
        else:
            total += reaching[route] * block.path("hydrogen_route", route, at=at)
    if electrolysis.any():
        electrolysis *= block.path("electrolysis_use", at=at)
    return total + (electrolysis + block.number("hydrogen_handling")) * power / MJ_PER_KWH


def carrier_factors(block: Block, power: Array) -> Array:
    """Emissions per energy used, g/MJ: float64[factor, carrier, year, draw] (F).

    Factors: fossil CO2 at the tailpipe; all at the tailpipe; before it. ``power`` is ``grid``.
    """
    region = block.region
    factors = np.zeros((3, len(region.carriers), *power.shape))
    for place, carrier in enumerate(region.carriers):
        role = region.structure.carriers[carrier].role
        if role == "power":
            factors[2, place] = power * (block.number("charging_mix") / MJ_PER_KWH)
        elif role == "hydrogen":
            factors[2, place] = _hydrogen(block, power)
        else:
            factors[:, place] = _fuel(block, carrier, power)
    return factors
