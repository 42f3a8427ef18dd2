"""Deferred imports: a module is imported by the thread that first calls one of its functions."""

import ast
import importlib
import sys
import threading
from pathlib import Path

import pytest

from srcnn_gui.runtime.deferred import deferred_module, run_once

SOURCES = sorted((Path(__file__).parents[3] / "srcnn_gui").rglob("*.py"))


def deferred_names(source: Path) -> list[tuple[str, str]]:
    """Return (variable, module) for each `variable = deferred_module("module")` in a source file."""
    nodes = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    return [
        (node.targets[0].id, node.value.args[0].value)
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "deferred_module"
    ]


@pytest.mark.parametrize("source", [path for path in SOURCES if deferred_names(path)], ids=lambda path: path.stem)
def test_every_deferred_function_exists(source):
    tree = ast.parse(source.read_text(encoding="utf-8"))
    modules = dict(deferred_names(source))
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
    }
    in_types = {name for name, function in used if function[0].isupper()}
    assert {name for name, _function in used} == set(modules), "a deferred module that is not used"
    for name, function in sorted(used):
        deferred_function = getattr(importlib.import_module(modules[name]), function)
        assert callable(deferred_function), f"{modules[name]}.{function}"
    assert in_types <= {"comparison"}, "only functions are deferred; types are named in annotations alone"


def test_the_module_is_imported_by_the_thread_that_calls(tmp_path, monkeypatch):
    program = "import threading\nTHREAD = threading.current_thread().name\ndef get(): return THREAD\n"
    (tmp_path / "slow_module.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    slow = deferred_module("slow_module")
    assert "slow_module" not in sys.modules
    names = []
    thread = threading.Thread(target=lambda: names.append(slow.get()), name="worker")
    thread.start()
    thread.join()
    monkeypatch.delitem(sys.modules, "slow_module")
    assert names == ["worker"]


def test_run_once_calls_the_function_only_after_it_was_started():
    calls = []
    job = run_once(calls.append, 1)
    next(job)
    assert not calls
    with pytest.raises(StopIteration):
        next(job)
    assert calls == [1]
