"""Which powertrains are registered: the table, then the adoption tree (equations A)."""

from tests.reference.draw import Curve, Draw
from tests.reference.turnover import reported


def registered_shares(draw: Draw, vehicle_class: str, year: int) -> dict[str, float]:
    """Shares of powertrains in the registrations of a year; all 0 where there are none."""
    table = reported(draw, vehicle_class)
    numbers = {name: table.get((name, year), 0.0) for name in draw.structure.powertrains}
    total = sum(numbers.values())
    return {name: number / total if total > 0.0 else 0.0 for name, number in numbers.items()}


def powertrains_below(draw: Draw, target: str) -> list[str]:
    """List the powertrains that a branch of the tree leads to."""
    if target not in draw.structure.tree:
        return [target]
    node = draw.structure.tree[target]
    return [*powertrains_below(draw, node.child), *powertrains_below(draw, node.rest)]


def observed_branch(draw: Draw, node: str, vehicle_class: str) -> dict[int, float]:
    """Share of the child of a fork in the registrations of the last two observed years.

    A year in which nothing reaches the fork is left out (A-1).
    """
    fork = draw.structure.tree[node]
    anchors = {}
    for year in (draw.years.last_observed - 1, draw.years.last_observed):
        shares = registered_shares(draw, vehicle_class, year)
        reaching = sum(shares[name] for name in powertrains_below(draw, node))
        if reaching > 0.0:
            taken = sum(shares[name] for name in powertrains_below(draw, fork.child))
            anchors[year] = taken / reaching
    return anchors


def branch(draw: Draw, node: str, vehicle_class: str) -> Curve:
    """Share that the child of a fork takes, phase-out included (A-1 to A-4)."""
    path = draw.path(
        "branch_share", node, vehicle_class, anchors=observed_branch(draw, node, vehicle_class)
    )
    phase_out = draw.levers.phase_out.get(vehicle_class)
    if phase_out is None or not draw.structure.tree[node].phase_out:
        return path
    compliance = draw.number("compliance", vehicle_class)
    start = phase_out.year - phase_out.ramp

    def raised(year: int) -> float:
        if year < start:
            return path(year)
        if year >= phase_out.year:
            return max(path(year), compliance)
        done = (year - start) / (phase_out.year - start)
        return max(path(year), path(start) + done * (compliance - path(start)))

    return raised


def projected_shares(draw: Draw, branches: dict[str, Curve], year: int) -> dict[str, float]:
    """Walk down the tree: shares of powertrains in registrations after the last observed year."""
    reaching = {next(iter(draw.structure.tree)): 1.0}
    for name, fork in draw.structure.tree.items():
        taken = branches[name](year)
        reaching[fork.child] = reaching[name] * taken
        reaching[fork.rest] = reaching[name] * (1.0 - taken)
    return {name: reaching[name] for name in draw.structure.powertrains}


def shares_of(draw: Draw, vehicle_class: str) -> dict[tuple[str, int], float]:
    """Shares of powertrains in registrations of every year: (powertrain, year) to share."""
    branches = {name: branch(draw, name, vehicle_class) for name in draw.structure.tree}
    shares = {}
    for year in range(draw.years.first_vintage, draw.years.horizon + 1):
        now = (
            registered_shares(draw, vehicle_class, year)
            if year <= draw.years.last_observed
            else projected_shares(draw, branches, year)
        )
        for powertrain, share in now.items():
            shares[powertrain, year] = share
    return shares
