"""A toy parameter of the road fleet: a loss in storage."""

from tests.recipes.harness import Edit, Recipe

PARAMETER = Recipe(
    "Add a parameter",
    (
        Edit(
            "docs/model.md",
            "(1 - line_loss) / (1 - storage_loss)`",
            instead_of="(1 - line_loss)`",
            named="docs/model.md",
        ),
        Edit(
            "mc_engine/models/road_fleet/quantities.py",
            '    _q("storage_loss", "1", "F-4", "Share lost in storage", high=0.3, low=0.0,\n'
            "       default=0.0),\n",
            after='''       high=0.5, default=0.0),
    _q("charging_mix"'''.partition("    _q")[0],
            named="quantities.py",
        ),
        Edit(
            "mc_engine/models/road_fleet/static.py",
            "    level: Column\n    line_loss: Column\n    storage_loss: Column\n",
            instead_of="    level: Column\n    line_loss: Column\n",
            named="static.py",
        ),
        Edit(
            "mc_engine/models/road_fleet/static.py",
            "    level, line_loss, storage_loss, charging_mix : column\n",
            instead_of="    level, line_loss, charging_mix : column\n",
            named="static.py",
        ),
        Edit(
            "mc_engine/models/road_fleet/prepare_supply.py",
            '        storage_loss=reader.column("storage_loss"),\n',
            after='        line_loss=reader.column("line_loss"),\n',
            named="prepare",
        ),
        Edit(
            "mc_engine/models/road_fleet/supply.py",
            "    left = (1.0 - load(row, grid.line_loss)) * (1.0 - load(row, grid.storage_loss))\n"
            "    loss = 1.0 - left\n",
            instead_of="    loss = load(row, grid.line_loss)\n",
            named="kernel",
        ),
        Edit(
            "tests/reference/supply.py",
            '    left = (1.0 - draw.number("line_loss")) * (1.0 - draw.number("storage_loss"))\n'
            "    loss = 1.0 - left\n",
            instead_of='    loss = draw.number("line_loss")\n',
            named="tests/reference/",
        ),
    ),
    (
        (
            "pytest",
            *(f"tests/models/road_fleet/test_kernel.py::test_random_regions_equal_the_oracle[{k}]"
              for k in range(2)),
            "tests/docs/test_model_page.py",
        ),
        ("mc-engine", "check", "china"),
    ),
)  # fmt: skip
