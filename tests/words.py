"""Check the wording of user-visible texts: `python -m tests.words`, a part of `make lint`.

It finds terms that the glossary replaces, straight quotes and three dots, in messages and in the help of the command
line.
"""

import ast
import re
import sys
from collections.abc import Iterator

from tests.translations import called_name, calls, sources

# A pattern for each term that the glossary replaces, and the term to use.
REPLACED_TERMS = {
    r"pictures?": "image",
    r"enlarge\w*": "upscale",
    r"shrink\w*": "downscale",
    r"luma": "Y channel",
    r"held[- ]out": "validation",
    r"left out": "skipped",
    r"to go": "queued",
    r"go(?:es|ing)? on|gone on": "resume",
    r"endings?": "file extension",
    r"colou?red": "color",
    r"colours?": "color",
    r"licence": "license",
    r"optimisers?": "optimizer",
    r"warm-up": "warmup",
    r"nobody|somebody|whoever": "you",
    r"the authors'": "official",
    r"pieces?": "patch",
}
_CODE = re.compile(r'pip install "[^"]*"')
_HELP_CALLS = ("Option", "Argument", "Typer", "command")
_HELP_ARGUMENTS = ("help", "epilog", "show_default")


def problems(text: str) -> list[str]:
    """Return the problems of a user-visible text."""
    found = [
        f'"{match[0]}": use "{term}"'
        for pattern, term in REPLACED_TERMS.items()
        if (match := re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE))
    ]
    if '"' in _CODE.sub("", text):
        found.append("straight quotes: use “ and ”")
    if "’" in text:
        found.append("curly apostrophe: use '")
    if "..." in text:
        found.append("three dots: use …")
    return found


def texts() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each message and of each help text of the command line."""
    for file, tree in sources().items():
        for call, arguments in calls(tree):
            for argument in arguments:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield f"{file}:{call.lineno}", argument.value
        if file.startswith("engine/cli/"):
            yield from _help_texts(file, tree)


def _help_texts(file: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the help texts of the options, and the docstrings of the commands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) in _HELP_CALLS:
            for keyword in node.keywords:
                if keyword.arg in _HELP_ARGUMENTS and isinstance(keyword.value, ast.Constant):
                    yield f"{file}:{node.lineno}", str(keyword.value.value)
        if isinstance(node, ast.FunctionDef) and _is_command(file, node):
            yield f"{file}:{node.lineno}", ast.get_docstring(node) or ""


def _is_command(file: str, function: ast.FunctionDef) -> bool:
    """Return whether a function is a command: one with a decorator, or with the name of its file."""
    return bool(function.decorator_list) or file.endswith(f"/{function.name}.py")


def main() -> int:
    """Print the problems of all texts, and return the exit status."""
    lines = [f"{place}: {problem}: {text!r}" for place, text in texts() for problem in problems(text)]
    print("\n".join(lines) or "The words follow the glossary.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
