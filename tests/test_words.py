"""Tests of `tests.words`, and of the length of docstrings."""

import ast
from pathlib import Path

import pytest

from tests import words

ROOT = Path(__file__).parents[1]
FOLDERS = ("engine", "srcnn_gui", "tests", "benchmarks", "docs")
MAX_FIRST_LINE = 100


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("The picture is too large.", "image"),
        ("Enlarged by 2.", "upscale"),
        ("Held-out images.", "validation"),
        ("Its colour is unknown.", "color"),
        ("Nobody knows.", "you"),
        ('Choose "auto".', "straight quotes"),
        ("Saving...", "three dots"),
        ("It can’t be read.", "curly apostrophe"),
    ],
)
def test_a_problem_is_found(text, problem):
    (found,) = words.problems(text)
    assert problem in found


@pytest.mark.parametrize(
    "text",
    ["Saving…", "“auto” isn't a supported device.", 'Run: pip install "srcnn-studio[heif]".', "It pictured a shape."],
)
def test_a_correct_text_has_no_problem(text):
    assert words.problems(text) == []


def test_messages_and_help_texts_are_checked():
    texts = {text for _place, text in words.texts()}
    assert "{name} can't be read. {reason}" in texts
    assert "Allow overwriting the input." in texts
    assert "Example: srcnn data list" in texts
    assert any(text.startswith("Download image sets or the official weights") for text in texts)


def test_user_visible_texts_follow_the_glossary():
    assert [(place, words.problems(text)) for place, text in words.texts() if words.problems(text)] == []


def test_first_lines_of_docstrings_are_short():
    long = []
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first_line = (ast.get_docstring(node) or "").partition("\n")[0]
                if len(first_line) >= MAX_FIRST_LINE:
                    long.append(f"{path.relative_to(ROOT)}: {first_line}")
    assert long == []
