"""The page of the model names tests and a picture that exist."""

import re
from pathlib import Path

from docs.build import model_picture

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")


def test_every_guard_on_the_page_exists():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    known = {name for text in sources for name in re.findall(r"def (test_\w+)\(", text)}
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 30
    assert named <= known


def test_the_picture_is_the_one_that_the_script_draws():
    assert model_picture.PICTURE.read_text(encoding="utf-8") == model_picture.picture()
