"""Update the message catalogs from the code: `python -m tests.translations` (`make translations`).

New messages are added without a translation, and unused ones are removed. There is no fuzzy matching.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib

ROOT = Path(__file__).parent.parent
PACKAGES = ("engine", "srcnn_gui")
# `_` and `plural` translate at once (srcnn_gui/runtime/translations.py); `N_` and `N_plural` only mark
# (engine/errors.py).
# Number of message arguments of each function. The syntax tree also covers f-strings.
KEYWORDS = {"_": 1, "N_": 1, "plural": 2, "N_plural": 2}

Message = tuple[str, str]  # the message, and its plural form or ""


def catalog_paths() -> list[Path]:
    """Return the paths of all catalogs."""
    return sorted((ROOT / "resources" / "locale").glob("*/LC_MESSAGES/*.po"))


@cache
def messages_in_code() -> dict[Message, list[str]]:
    """Return all messages in the code in the order of the files, each with the files that contain it."""
    messages: dict[Message, list[str]] = {}
    for file, words in _extracted():
        files = messages.setdefault(words, [])
        if file not in files:
            files.append(file)
    return messages


def update_catalog(path: Path) -> tuple[int, int]:
    """Add new messages to a catalog and remove unused ones. Return both counts."""
    catalog, messages = polib.pofile(str(path), wrapwidth=110), messages_in_code()
    before = {(entry.msgid, entry.msgid_plural): entry for entry in catalog}
    forms = int(catalog.metadata["Plural-Forms"].partition("nplurals=")[2][0])
    catalog.clear()
    for (words, plural), files in messages.items():
        empty = polib.POEntry(
            msgid=words, msgid_plural=plural, msgstr_plural=dict.fromkeys(range(forms), "") if plural else {}
        )
        entry = before.get((words, plural), empty)
        entry.occurrences = [(file, "") for file in files]  # no line numbers, because they change with every edit
        entry.flags = ["python-brace-format"] if "{" in words else []
        catalog.append(entry)
    catalog.save(str(path))
    return len(messages.keys() - before.keys()), len(before.keys() - messages.keys())


@cache
def sources() -> dict[str, ast.Module]:
    """Return the syntax tree of each source file, by name."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
    """Yield the calls that translate or mark messages, each with its message arguments."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
        name = called_name(call)
        if name in KEYWORDS:
            yield call, call.args[: KEYWORDS[name]]


def called_name(call: ast.Call) -> str:
    """Return the name of the called function or class without its module, or "" without a name."""
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _extracted() -> Iterator[tuple[str, Message]]:
    for name, tree in sources().items():
        for _call, words in calls(tree):
            texts = [word.value for word in words if isinstance(word, ast.Constant)]
            if texts:
                yield name, (texts[0], texts[1] if len(texts) > 1 else "")


if __name__ == "__main__":
    for each in catalog_paths():
        new, gone = update_catalog(each)
        print(f"{each.relative_to(ROOT)}: {new} to translate, {gone} taken out")
