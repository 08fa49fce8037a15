"""Results of rankings as JSON beside a run: the one place that writes and reads them.

Every file states the version of its schema and the identity of its run.
"""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from mc_engine.errors import RequestError, preview
from mc_engine.run.results import Run
from mc_engine.vocabulary.plain import plain

# Version of the schema of every result of a ranking.
SCHEMA_VERSION = 1

Result = TypeVar("Result")


def write(run: Run, name: str, result: Any) -> None:
    """Store a result beside its run.

    Parameters
    ----------
    run : Run
    name : str
        Name of the file.
    result : dataclass
        With ``identity`` and ``schema_version``.

    Raises
    ------
    RunError
        When the disk refuses.
    """
    run.files.write_result(name, plain(result))


def read(run: Run, name: str, kind: type[Result], *, ignore_older: bool = False) -> Result | None:
    """Read a result that is stored beside its run; None where there is none of this run.

    Parameters
    ----------
    run : Run
    name : str
        Name of the file.
    kind : type
        Dataclass of the result.
    ignore_older : bool
        Give None for a result of an earlier version of the schema, as if there were none.

    Raises
    ------
    RequestError
        When another version of the schema wrote it, or it is not such a result.
    """
    content = run.files.read_result(name)
    if not content or content.get("identity") != run.manifest["identity"]:
        return None
    path, version = run.folder / name, content.get("schema_version")
    if version is None or version < SCHEMA_VERSION:
        if ignore_older:
            return None
        raise RequestError(
            f"{path}: found {'no schema_version' if version is None else f'schema {version}'}, "
            f"expected schema {SCHEMA_VERSION}: an earlier mc_engine wrote it; rank the run again"
        )
    if version > SCHEMA_VERSION:
        raise RequestError(
            f"{path}: found schema {version}, expected at most {SCHEMA_VERSION}: a newer mc_engine "
            "wrote it; update mc_engine, or remove the file and rank the run again"
        )
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, fault['loc']))} ({fault['msg'].lower()})"
            for fault in error.errors()
        ]
        raise RequestError(
            f"{path}: found {preview(wrong)}, expected a {kind.__name__}; rank the run again"
        ) from error
