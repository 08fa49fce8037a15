"""Write every input of a region into one page, with its distribution, source and reason.

python -m docs.build.priors china            # print what would change
python -m docs.build.priors china --write    # write docs/priors-china.md and its pictures
python -m docs.build.priors china --check    # fail where page or pictures are stale
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from docs.build.sparklines import Drawn, same_picture, sparkline
from mc_engine.distributions.families import Distribution
from mc_engine.distributions.fit import fit
from mc_engine.distributions.marginal import Marginal, middle

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("observed", "sourced", "judgement")
NOT_PRIORS = ("region", "correlations", "targets", "levers", "observations", "labels")
LEGEND = (
    "The values are the 5, 50 and 95 % points of the fitted distribution. A path has a line for "
    "each knot, and for each observed year before them; one quantile moves all knots.",
    "",
    "Pictures: a density with its middle 90 % filled and its median, the bars of a discrete "
    "belief, or the 5-95 % band and median of a path over time, from 0 or from its lowest value "
    "up.",
    "",
    "*Observed*: counted for this region and year. *Sourced*: stated by a source, with its range "
    "or with several sources. *Judgement*: ours; sources may bound it.",
)
STATED: TypeAdapter[Any] = TypeAdapter(Distribution)
Found = dict[str, Any]


def read(path: Path) -> Found:
    """Read one YAML file into plain values."""
    result: Found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return result


def number(value: float) -> str:
    """Show four digits."""
    return f"{float(f'{value:.4g}'):.10g}"


def cell(text: str) -> str:
    """Put text into one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


@dataclass(frozen=True)
class Input:
    """One prior of a region."""

    name: str
    prior: Found
    until: int

    @cached_property
    def marginals(self) -> dict[int, Marginal]:
        """Fitted distributions by year of the knot; under 0 for a scalar."""
        path = self.prior.get("path")
        stated = path["knots"] if path else {0: self.prior["distribution"]}
        percent = self.prior["unit"] == "%"
        return {
            int(year): fit(STATED.validate_python(given), percent=percent)
            for year, given in stated.items()
        }

    @property
    def constant(self) -> bool:
        """The same in every draw."""
        return all(one.family == "constant" for one in self.marginals.values())

    @property
    def drawn(self) -> Drawn:
        """What its picture shows."""
        path = self.prior.get("path") or {}
        anchors = tuple((int(y), float(v)) for y, v in (path.get("anchors") or {}).items())
        years = tuple(self.marginals) if path else ()
        return Drawn(self.name, tuple(self.marginals.values()), years, anchors, self.until)

    def values(self) -> str:
        """The 5, 50 and 95 % values; one line for each knot of a path."""
        path = self.prior.get("path") or {}
        lines = [f"{year}: {number(v)}" for year, v in (path.get("anchors") or {}).items()]
        for year, marginal in self.marginals.items():
            text = self._of_one(marginal)
            lines.append(f"{year}: {text}" if path else text)
        return "<br>".join(lines)

    def _of_one(self, marginal: Marginal) -> str:
        if marginal.family == "constant":
            return number(marginal.shape[0])
        if marginal.family == "discrete":
            count = len(marginal.shape) // 2
            pairs = zip(marginal.shape[:count], marginal.shape[count:], strict=True)
            return ", ".join(f"{number(v)} ({100 * w:.0f} %)" for v, w in pairs)
        return " · ".join(number(value) for value in middle(marginal))

    def family(self) -> str:
        """Name of the distribution, or of a path's scale."""
        path = self.prior.get("path")
        if path:
            names = sorted({one.family for one in self.marginals.values()} - {"constant"})
            return f"path, {path['scale']}; {', '.join(names)}" if names else "path of constants"
        return next(iter(self.marginals.values())).family.replace("_", " ")

    def row(self, figures: str) -> str:
        """One line of the table."""
        prior = self.prior
        labels = "; ".join(", ".join(map(str, v)) for v in (prior.get("for") or {}).values())
        what = f"**{self.name}**<br>{cell(prior['meaning'])}<br>`{prior['quantity']}`"
        if labels:
            what += f" ({labels})"
        for setting, options in (prior.get("when") or {}).items():
            chosen = options if isinstance(options, list) else [options]
            what += f"<br>only with {setting}: {' or '.join(map(str, chosen))}"
        picture = f"![{self.name}]({figures}/{self.name}.svg)"
        sources = ", ".join(f"[{key}](#sources)" for key in prior["sources"]) or "none"
        cells = (
            what, cell(prior["unit"]), self.values(), f"{picture}<br>{self.family()}",
            prior["kind"], sources, cell(prior["reason"]),
        )  # fmt: skip
        return "| " + " | ".join(cells) + " |"


class Book:
    """All inputs of one region, and the page made from them.

    Parameters
    ----------
    region : str
        Name of a folder below ``priors``.
    """

    def __init__(self, region: str) -> None:
        self.region, self.folder = region, ROOT / "priors" / region
        self.header = read(self.folder / "region.yaml")
        self.files = sorted(p for p in self.folder.glob("*.yaml") if p.stem not in NOT_PRIORS)
        self.listed = read(self.folder.parent / "sources.yaml")
        self.page_path = ROOT / "docs" / f"priors-{region}.md"
        self.figures = ROOT / "docs" / "figures" / f"priors-{region}"

    @cached_property
    def groups(self) -> dict[str, list[Input]]:
        """Inputs by title of their file, in the order of the files."""
        until = self.header["structure"]["years"]["horizon"]
        return {
            _title(path): [Input(name, prior, until) for name, prior in read(path).items()]
            for path in self.files
        }

    @property
    def uncertain(self) -> list[Input]:
        """Inputs that differ between draws under some settings."""
        return [x for inputs in self.groups.values() for x in inputs if not x.constant]

    def pictures(self) -> dict[str, str]:
        """Content of every picture by file name."""
        return {f"{x.name}.svg": sparkline(x.drawn) for x in self.uncertain}

    def page(self) -> str:
        """The whole page."""
        parts = [*self._introduction(), *self._settings()]
        for title, inputs in self.groups.items():
            parts += ["", f"## {title}", "", *self._table(inputs)]
        return "\n".join([*parts, *self._correlations(), *self._sources(), ""])

    def _introduction(self) -> list[str]:
        some = sum("when" in x.prior for x in self.uncertain)
        count = {kind: sum(x.prior["kind"] == kind for x in self.uncertain) for kind in KINDS}
        fixed = sum(x.constant for inputs in self.groups.values() for x in inputs)
        counts = ", ".join(f"{result} {kind}" for kind, result in count.items())
        return [
            f"# {self.header['title']['en']}: every input, with its source and reason",
            "",
            f"Written by `python -m docs.build.priors {self.region} --write` from the priors; "
            "do not edit.",
            "",
            f"{len(self.uncertain)} uncertain inputs ({counts}), of which {some} exist under some "
            f"accounting settings only; {fixed} inputs are constants.",
            "",
            *LEGEND,
        ]

    def _settings(self) -> list[str]:
        lines = ["", "## Accounting settings", ""]
        lines += ["Chosen, never drawn; the first option is the default.", ""]
        lines += ["| setting | options | sources | reason |", "|---" * 4 + "|"]
        for name, setting in (self.header.get("settings") or {}).items():
            options = ", ".join(
                f"`{key}` ({title['en']})" for key, title in setting["options"].items()
            )
            sources = ", ".join(setting["sources"]) or "none"
            what = f"**{name}**<br>{setting['title']['en']}"
            lines.append(f"| {what} | {options} | {sources} | {cell(setting['reason'])} |")
        return lines

    def _table(self, inputs: list[Input]) -> list[str]:
        figures = f"figures/{self.figures.name}"
        uncertain = [x for x in inputs if not x.constant]
        lines: list[str] = []
        if uncertain:
            lines = ["| input | unit | 5 · 50 · 95 % | distribution | kind | sources | reason |",
                     "|---" * 7 + "|", *(x.row(figures) for x in uncertain)]  # fmt: skip
        fixed = [x for x in inputs if x.constant]
        if fixed:
            lines += ["", "Constants:", ""]
            lines += [
                f"- **{x.name}** = {x.values()} {x.prior['unit']}: {cell(x.prior['meaning'])}. "
                f"{cell(x.prior['reason'])}"
                for x in fixed
            ]
        return lines

    def _correlations(self) -> list[str]:
        lines = ["", "## Correlations", ""]
        lines += ["Spearman, between whole inputs; for a path, of its one quantile.", ""]
        lines += ["| inputs | Spearman | reason |", "|---" * 3 + "|"]
        for entry in read(self.folder / "correlations.yaml")["correlations"]:
            pair = " and ".join(entry["between"])
            lines.append(f"| {pair} | {entry['spearman']:g} | {cell(entry['reason'])} |")
        return lines

    def _sources(self) -> list[str]:
        inputs = [x for group in self.groups.values() for x in group]
        keys = {key for x in inputs for key in x.prior["sources"]}
        for setting in (self.header.get("settings") or {}).values():
            keys.update(setting["sources"])
        lines = ["", "## Sources", ""]
        lines += ["| key | title | publisher | year | licence |", "|---" * 5 + "|"]
        for key in sorted(keys):
            row: Mapping[str, Any] = self.listed[key]
            cells = [key, *(cell(str(row[k])) for k in ("title", "publisher", "year", "licence"))]
            lines.append("| " + " | ".join(cells) + " |")
        return lines

    def stale(self) -> list[str]:
        """Files below docs that are missing, differ from the priors, or belong to no input."""
        wrong = []
        if not self.page_path.is_file() or self.page_path.read_text("utf-8") != self.page():
            wrong.append(self.page_path)
        wanted = self.pictures()
        retained = {path.name: path.read_text("utf-8") for path in self.figures.glob("*.svg")}
        wrong += [
            self.figures / name
            for name in sorted(wanted.keys() | retained.keys())
            if not same_picture(wanted.get(name, ""), retained.get(name, ""))
        ]
        return [path.relative_to(ROOT).as_posix() for path in wrong]

    def write(self) -> None:
        """Write the page and its pictures; remove pictures of inputs that are gone."""
        self.figures.mkdir(parents=True, exist_ok=True)
        wanted = self.pictures()
        for path in self.figures.glob("*.svg"):
            if path.name not in wanted:
                path.unlink()
        for name, text in wanted.items():
            (self.figures / name).write_text(text, encoding="utf-8")
        self.page_path.write_text(self.page(), encoding="utf-8")


def _title(path: Path) -> str:
    """First sentence of the comment that opens a file."""
    first = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            break
        first.append(line[2:])
    text = " ".join(first).split(". ")[0].rstrip(".")
    return text or path.stem


def main() -> int:
    """Say what is stale; write or fail on request."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("region")
    parser.add_argument("--write", action="store_true", help="write page and pictures")
    parser.add_argument("--check", action="store_true", help="fail where anything is stale")
    options = parser.parse_args()
    book = Book(options.region)
    if options.write:
        book.write()
    stale = book.stale()
    for name in stale:
        print(f"stale: {name}; run python -m docs.build.priors {options.region} --write")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
