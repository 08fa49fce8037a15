"""What a thing is called: in English, and in any other language."""

import re
from typing import Any, Self

from pydantic import ConfigDict, model_validator

from mc_engine.vocabulary.strict import Strict, Text

# A language tag: a code of two or three letters, then a script, a region or both.
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
ENGLISH = "en"


def _schema(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False
    schema["patternProperties"] = {LANGUAGE: {"type": "string", "pattern": r"\S"}}


class Title(Strict):
    """A title by language; only the English one is required."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_schema)
    __pydantic_extra__: dict[str, Text]

    en: Text

    @model_validator(mode="after")
    def _by_language(self) -> Self:
        wrong = [key for key in self.__pydantic_extra__ if not re.fullmatch(LANGUAGE, key)]
        if wrong:
            raise ValueError(
                f"found {', '.join(map(repr, wrong))}, expected language codes, as in 'zh' or "
                "'pt-BR'"
            )
        return self

    def text(self, language: str) -> str:
        """Give the title in a language, or in English where it has no other.

        Parameters
        ----------
        language : str
        """
        return str(self.__pydantic_extra__.get(language, self.en))
