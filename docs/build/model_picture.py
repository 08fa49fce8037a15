"""Draw how data flow through the road-fleet model: ``docs/figures/road-fleet.svg``.

    python -m docs.build.model_picture --write   # draw it again
    python -m docs.build.model_picture --check   # exit 1 where the file is stale

Boxes are the processes of the equations, one file of ``mc_engine/models/road_fleet`` each; arrows
carry what the next process needs.
"""

import argparse
import sys
from html import escape
from pathlib import Path

PICTURE = Path(__file__).resolve().parents[1] / "figures" / "road-fleet.svg"
WIDTH, HEIGHT = 1040, 560
BOX_WIDTH, BOX_HEIGHT = 186, 66
COLUMNS = (20, 286, 560, 832)
ROWS = (40, 150, 260, 370, 480)

# name: (column, row, title, what it gives, equations)
BOXES = {
    "priors": (0, 0, "Draw of the priors", "one row per draw", "Paths"),
    "tables": (0, 2, "Observed tables", "registrations, stock, grid", "T-4, F-4"),
    "levers": (0, 4, "Levers of a scenario", "phase-outs, programmes", "A-2, D-6, T-2"),
    "demand": (1, 0, "Demand", "vehicles wanted", "D-1 to D-5"),
    "turnover": (1, 2, "Turnover", "stock, sales, scrapped", "T-0 to T-6"),
    "adoption": (1, 4, "Adoption", "powertrain shares", "A-1 to A-4"),
    "use": (2, 0, "Use", "km by age and powertrain", "U-1 to U-3"),
    "energy": (2, 2, "Energy", "PJ by carrier", "E-1 to E-3"),
    "cycle": (2, 4, "Vehicle cycle", "making, batteries, end", "V-1 to V-3"),
    "supply": (2, 3, "Fuels, power, hydrogen", "g per MJ by carrier", "F-1 to F-5"),
    "balance": (3, 2, "Balance", "emissions by stage", "B-1, B-2"),
    "targets": (3, 4, "Targets", "margin, met or missed", "K-0 to K-6"),
}
# from, to, what flows
ARROWS = (
    ("priors", "demand", ""),
    ("tables", "turnover", ""),
    ("levers", "adoption", ""),
    ("demand", "turnover", "wanted"),
    ("turnover", "demand", ""),
    ("adoption", "turnover", "shares"),
    ("turnover", "energy", "vintages"),
    ("use", "energy", "km"),
    ("turnover", "cycle", "sold, scrapped"),
    ("energy", "balance", "PJ"),
    ("supply", "balance", "g/MJ"),
    ("supply", "cycle", "grid"),
    ("cycle", "balance", "Mt"),
    ("balance", "targets", "Mt CO2e"),
)


def main(arguments: list[str] | None = None) -> int:
    """Write the picture, or tell whether it is stale."""
    request = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    request.add_argument("--write", action="store_true")
    request.add_argument("--check", action="store_true")
    options = request.parse_args(arguments)
    drawn = picture()
    if options.write:
        PICTURE.write_text(drawn, encoding="utf-8")
    if options.check and PICTURE.read_text(encoding="utf-8") != drawn:
        print(f"{PICTURE.name} is stale: python -m docs.build.model_picture --write")
        return 1
    return 0


def picture() -> str:
    """Give the picture as SVG."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13">',
        "<title>How data flow through the road-fleet model</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(_arrow(*arrow) for arrow in ARROWS),
        *(_box(*box) for box in BOXES.values()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _place(column: int, row: int) -> tuple[int, int]:
    return COLUMNS[column], ROWS[row] - 10


def _box(column: int, row: int, title: str, gives: str, equations: str) -> str:
    x, y = _place(column, row)
    fill = "#eef4fb" if column in (1, 2) else "#f6f6f6"
    texts = ((20, "bold", "#123", title), (38, "normal", "#333", gives),
             (56, "normal", "#777", equations))  # fmt: skip
    inner = "".join(
        f'<text x="{x + BOX_WIDTH / 2:.0f}" y="{y + down}" text-anchor="middle" '
        f'font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
        for down, weight, colour, text in texts
    )
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="{fill}" '
        f'stroke="#789"/>{inner}'
    )


def _arrow(start: str, end: str, what: str) -> str:
    """Draw a straight arrow between the nearest sides of two boxes."""
    (a, b), (c, d) = BOXES[start][:2], BOXES[end][:2]
    (x1, y1), (x2, y2) = _place(a, b), _place(c, d)
    if a == c:
        # Side by side where two boxes feed each other.
        aside = 24 if b < d else -24
        x1 = x2 = x1 + BOX_WIDTH // 2 + aside
        y1, y2 = (y1 + BOX_HEIGHT, y2) if b < d else (y1, y2 + BOX_HEIGHT)
    else:
        y1, y2 = y1 + BOX_HEIGHT // 2, y2 + BOX_HEIGHT // 2
        x1, x2 = (x1 + BOX_WIDTH, x2) if a < c else (x1, x2 + BOX_WIDTH)
    label = ""
    if what:
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        anchor, aside, above = "middle", 0, 5
        if y1 != y2:
            anchor, aside, above = ("start", 6, 0) if x1 == x2 else ("end", -6, 0)
        label = (
            f'<text x="{x + aside:.0f}" y="{y - above:.0f}" fill="#555" font-size="11" '
            f'text-anchor="{anchor}">{escape(what)}</text>'
        )
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#555" marker-end="url(#tip)"/>'
        f"{label}"
    )


if __name__ == "__main__":
    sys.exit(main())
