"""The list of exporters, from the modules of this package, and the export of a run by one."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import mc_engine.export as package
from mc_engine.errors import RequestError
from mc_engine.export.contract import Exporter
from mc_engine.run import durable
from mc_engine.run.results import Run

# Within the run folder.
FOLDER = "export"
REMEDY = "an exporter is a module of mc_engine/export/ that states EXPORTER; see CONTRIBUTING.md"


def exporters() -> dict[str, Exporter]:
    """Exporters by name: what the modules of ``mc_engine.export`` state as ``EXPORTER``."""
    modules = (
        import_module(f"{package.__name__}.{module.name}")
        for module in iter_modules(package.__path__)
    )
    listed = [module.EXPORTER for module in modules if hasattr(module, "EXPORTER")]
    return {exporter.name: exporter for exporter in sorted(listed, key=lambda one: one.name)}


def export(run: Run, name: str, out: str | Path | None = None) -> Path:
    """Write a run in the format of another tool.

    Parameters
    ----------
    run : Run
    name : str
        Of the exporter.
    out : str or Path, optional
        The file; ``export/<name><suffix>`` in the run folder where left out.

    Returns
    -------
    Path
        The file, which appears whole or not at all.

    Raises
    ------
    RequestError
        When there is no such exporter.
    RunError
        When the disk refuses.
    """
    listed = exporters()
    if name not in listed:
        raise RequestError(
            f"--to: found {name!r}, expected {' or '.join(listed) or 'none: no exporter is there'}"
            f"; {REMEDY}"
        )
    exporter = listed[name]
    path = run.folder / FOLDER / f"{name}{exporter.suffix}" if out is None else Path(out)
    part = path.with_name(path.name + durable.PART)
    with durable.disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        try:
            exporter.write(run, part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path
