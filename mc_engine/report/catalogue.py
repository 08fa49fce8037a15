"""Words of a report in one language: templates of the statements, names, fixed words."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from mc_engine.errors import RequestError
from mc_engine.vocabulary.statements import Name, Statement, Value

LOCALES = resources.files("mc_engine.report") / "locales"
# A language of reports is a file of that name.
LANGUAGES = tuple(sorted(file.name.removesuffix(".json") for file in LOCALES.iterdir()))


@cache
def load(language: str) -> Mapping[str, str]:
    """Read the catalogue of one language.

    Parameters
    ----------
    language : str
        One of ``LANGUAGES``.

    Raises
    ------
    RequestError
        For another language.
    """
    if language not in LANGUAGES:
        raise RequestError(f"language: found {language!r}, expected {' or '.join(LANGUAGES)}")
    return dict(json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")))


class Catalogue:
    """Statements and names in one language.

    Parameters
    ----------
    language : str
        One of ``LANGUAGES``.
    names : mapping of str to mapping of str to str
        By kind: names that the region gives to its targets, inputs, factors and levers.
    """

    def __init__(self, language: str, names: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._words, self._names = load(language), names

    def naming(self, kind: str, names: Mapping[str, str]) -> "Catalogue":
        """Give the same catalogue with other names of one kind.

        Parameters
        ----------
        kind : str
        names : mapping of str to str
        """
        return Catalogue(self.language, {**self._names, kind: names})

    def word(self, key: str, **values: str) -> str:
        """Give fixed words of the page.

        Parameters
        ----------
        key : str
            As in ``page.title``.
        **values
            Parts of it.
        """
        return self._words[key].format(**values)

    def name(self, kind: str, key: str) -> str:
        """Name a target, an input, a scope, a unit; what has no name is called by its key.

        Parameters
        ----------
        kind, key : str
            As in ``Name``.
        """
        own = self._names.get(kind, {})
        return own[key] if key in own else self._words.get(f"{kind}.{key}", key)

    def say(self, statement: Statement) -> str:
        """Say a statement.

        Parameters
        ----------
        statement : Statement
        """
        values = {name: self.value(value) for name, value in statement.values.items()}
        return self._words[f"say.{statement.key}"].format(**values)

    def value(self, value: Value) -> str:
        """Write a value of a statement, or a cell of a table.

        Parameters
        ----------
        value : Value
        """
        if isinstance(value, str):
            return value
        if isinstance(value, Name):
            return self.name(value.kind, value.key)
        if isinstance(value, Statement):
            return self.say(value)
        statements = any(isinstance(part, Statement) for part in value)
        joint = self._words["word.and" if statements else "word.comma"]
        return joint.join(self.value(part) for part in value)
