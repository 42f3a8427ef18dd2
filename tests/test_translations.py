"""Every user-visible text is translatable, and every catalog is complete."""

import ast
import re
from string import Formatter

import polib
import pytest

from tests.translations import KEYWORDS, called_name, calls, catalog_paths, messages_in_code, sources

HAN = "\u4e00-\u9fff"
# Literals that are not texts: names, keys, Qt names, patterns.
UNTRANSLATED = re.compile(
    r"SRCNN( Studio)?|PSNR|SSIM|RGB|CPU|Set\d+|dB|px|Fusion|English|PyTorch|MATLAB|ONNX|CSV|JSON|PNG|JPEG|TIFF|WebP|"
    r"Align\w+|((Ctrl|Alt|Shift)\+)*(Ctrl|Alt|Shift|Return|Esc|PgUp|PgDown|F\d+|Space)(\+\S?)?|zh_CN|Noto Sans CJK SC|"
    r"Source Han Sans SC|WenQuanYi Micro Hei|\{kind\}|<span style=.*|; border-radius: 2px;|\(?\*\.\w+|Hant|HK|"
    r"^ at $|^our $|^Qt$|Markdown|LaTeX|9-\d-5\(\w+( images)?\)"
)
# Texts that are never shown in a window: messages printed before it opens, and messages for the system.
EXEMPT_FILES = {
    "srcnn_gui/__main__.py",
    "srcnn_gui/runtime/sleep_inhibitor.py",
    "srcnn_gui/runtime/crash_marker.py",
    "srcnn_gui/shell/about.py",  # the paper
    "srcnn_gui/shell/self_test.py",
    "srcnn_gui/runtime/system_libraries.py",
}


@pytest.fixture(params=catalog_paths(), ids=lambda path: path.parts[-3])
def catalog(request):
    return polib.pofile(str(request.param))


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def wrong_translations(catalog, is_wrong):
    """Return (message id, translation) for each translation for which `is_wrong` returns True."""
    return [
        (entry.msgid, translation)
        for entry in catalog
        for translation in translations(entry)
        if is_wrong(entry.msgid_plural or entry.msgid, translation)
    ]


def fields(words):
    """Return the placeholders of a text, with their format."""
    return sorted((name, form or "") for _text, name, form, _kind in Formatter().parse(words) if name)


def test_chinese_catalog_exists():
    assert [path.parts[-3] for path in catalog_paths()] == ["zh_CN"]


def test_catalog_contains_exactly_the_messages_in_the_code(catalog):
    """`make translations` adds missing entries and removes unused ones."""
    entries = {(entry.msgid, entry.msgid_plural) for entry in catalog if not entry.obsolete}

    assert messages_in_code().keys() - entries == set(), "not in the catalog"
    assert entries - messages_in_code().keys() == set(), "not in the code"
    assert [entry.msgid for entry in catalog if entry.obsolete] == []


def test_every_message_is_translated_and_not_fuzzy(catalog):
    assert [entry.msgid for entry in catalog if not all(translations(entry))] == []
    assert [entry.msgid for entry in catalog.fuzzy_entries()] == []


def test_translation_has_the_same_placeholders(catalog):
    def differs(words, translation):
        return "{" in words and "{x" not in words and sorted(set(fields(words))) != sorted(set(fields(translation)))

    assert wrong_translations(catalog, differs) == []


def test_translation_keeps_mnemonic_ellipsis_and_outer_spaces(catalog):
    def key(words):
        return re.findall(r"&(\w)", words.upper())

    def differs(words, translation):
        around = [
            (text[:1].isspace(), text[-1:].isspace() and text != ", ", text.endswith("…"))
            for text in (words, translation)
        ]
        return key(words) != key(translation) or around[0] != around[1]

    assert wrong_translations(catalog, differs) == []


def test_chinese_punctuation_and_spacing_follow_the_rules():
    """Punctuation is full-width, and there is a space between Chinese and Latin text, but not before "…"."""
    chinese = polib.pofile(str(next(path for path in catalog_paths() if "zh_CN" in path.parts)))
    tight = rf"[{HAN}][A-Za-z0-9{{]|[A-Za-z0-9}}](?!月)[{HAN}]"

    def is_wrong(_words, translation):
        translation = re.sub(r"\{\w+\}", lambda blank: "一" if blank[0] in TEXT_PLACEHOLDERS else "{x}", translation)
        return bool(re.search(rf"[{HAN}][,;:!?.](?!\w)|[{HAN}] …|{tight}|——|[，。；：] ", translation))

    assert wrong_translations(chinese, is_wrong) == []


# Placeholders for Chinese text, which have no spaces around them.
TEXT_PLACEHOLDERS = {
    "{setting}",
    "{reason}",
    "{page}",
    "{policy}",
    "{what}",
    "{advice}",
    "{month}",
    "{day}",
    "{percent}",
}


def test_messages_are_literals():
    """The arguments of `_` and similar functions must be literals, or the catalogs cannot contain them."""
    wrong = [
        f"{name}:{call.lineno}"
        for name, tree in sources().items()
        for call, words in calls(tree)
        if not all(isinstance(word, ast.Constant) and isinstance(word.value, str) for word in words)
    ]

    assert wrong == []


def test_every_text_of_the_window_is_translated():
    """A literal that reads like user-visible text must be inside `_()` or `plural()`."""
    wrong = [
        f"{name}:{node.lineno}: {node.value!r}"
        for name, tree in sources().items()
        if name.startswith("srcnn_gui/") and name not in EXEMPT_FILES
        for node in displayable_literals(tree)
        if reads_like_text(node.value)
    ]

    assert wrong == []


def test_facts_of_errors_are_marked_for_translation():
    """A literal passed as a value of an error must be marked with `N_`, or it stays English."""
    named = {"reason", "allowed", "setting", "what", "advice"}
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in named
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) and node.value.value
    ]

    assert wrong == []


@pytest.mark.parametrize("text", ["Save Result", "Cancel", "3 of them", "the others"])
def test_texts_are_distinguished_from_other_literals(text):
    assert reads_like_text(text)
    assert not reads_like_text("primary")
    assert not reads_like_text("Ctrl+Shift+S")


def displayable_literals(tree):
    """Return the string literals that may be displayed, without docstrings, types, log messages and keys."""
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            left_out |= {id(line.value) for line in node.body if isinstance(line, ast.Expr)}
        if isinstance(node, ast.Call) and called_name(node) in {
            *KEYWORDS,
            "set_role",
            "put",
            "warning",
            "error",
            "TypeVar",
            "cast",
            "sub",
            "collect",
        }:
            left_out |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"__all__", "__slots__"}:
            left_out |= {id(part) for part in ast.walk(node)}
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                left_out |= {id(part) for part in ast.walk(getattr(node, name))}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
    ]


def reads_like_text(text):
    rest = UNTRANSLATED.sub("", text)
    return bool(re.search(r"[A-Za-z]{2,} +[a-z]{2,}|\b[A-Z][a-z]+|\d +[a-z]{2,}|^ [a-z]{2,}|[a-z]{2,} $", rest))
