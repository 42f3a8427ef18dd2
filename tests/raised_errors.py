"""Find where the engine's code creates errors, with the messages and the reasons that each can have."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine import errors
from engine.errors import EngineError
from tests.translations import called_name, sources

Function = ast.FunctionDef


@dataclass(frozen=True)
class RaisedError:
    """A place in the code that creates an error.

    Attributes
    ----------
    place : file and line
    name : name of the class
    message : message id of the class, or the argument of `check` or `InvalidSetting`
    facts : names of the placeholders that get a value; None if the code passes them in a dict
    reasons : message ids that the fact `reason` can have; empty if there is no such fact
    """

    place: str
    name: str
    message: str
    facts: frozenset[str] | None
    reasons: tuple[str, ...]


class UnknownReasonError(Exception):
    """Raised when a reason is not found in the code, because it is not a message marked with `N_`."""


@cache
def raised_errors() -> tuple[RaisedError, ...]:
    """Return all errors that the engine's code creates, in the order of the files."""
    code = _Code()
    return tuple(error for file in code.trees if file != "engine/errors.py" for error in code.errors_in(file))


class _Code:
    """The syntax trees of the engine, with the definitions that a reason can refer to."""

    def __init__(self) -> None:
        self.trees = {file: tree for file, tree in sources().items() if file.startswith("engine/")}
        self._parents = {
            id(child): node for tree in self.trees.values() for node in ast.walk(tree) for child in _children(node)
        }
        self._functions: dict[str, list[Function]] = {}
        self._constants: dict[str, list[ast.expr]] = {}
        for tree in self.trees.values():
            for node in ast.walk(tree):
                if isinstance(node, Function):
                    self._functions.setdefault(node.name, []).append(node)
            for name, value in _assignments(tree, nested=False):
                self._constants.setdefault(name, []).append(value)

    def errors_in(self, file: str) -> Iterator[RaisedError]:
        """Yield the errors that a file creates."""
        for call in ast.walk(self.trees[file]):
            if isinstance(call, ast.Call) and (kind := self._kind(call)) is not None:
                facts = {keyword.arg for keyword in call.keywords}
                known = frozenset(name for name in facts if name is not None) if None not in facts else None
                reasons = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
                texts = [text for reason in reasons for text in self._messages(reason, file)]
                for message in self._error_messages(call, kind, file):
                    yield RaisedError(f"{file}:{call.lineno}", kind.__name__, message, known, tuple(texts))

    @staticmethod
    def _kind(call: ast.Call) -> type[EngineError] | None:
        """Return the class of the error that a call creates, or None."""
        name = called_name(call)
        kind = errors.InvalidSetting if name == "check" and len(call.args) > 1 else getattr(errors, name, None)
        return kind if isinstance(kind, type) and issubclass(kind, EngineError) else None

    def _error_messages(self, call: ast.Call, kind: type[EngineError], file: str) -> list[str]:
        if kind is not errors.InvalidSetting:
            return [kind.message]
        arguments = call.args[1:] if called_name(call) == "check" else call.args
        return [message for argument in arguments[:1] for message in self._messages(argument, file)]

    def _messages(self, value: ast.expr, file: str) -> Iterator[str]:
        """Yield the message ids that an expression can have."""
        if isinstance(value, ast.Call) and called_name(value) == "N_":
            yield ast.literal_eval(value.args[0])
        elif (isinstance(value, ast.Constant) and not value.value) or "facts" in ast.unparse(value):
            return
        else:
            parts = self._sources(value, file)
            if not parts:
                raise UnknownReasonError(f"{file}:{value.lineno}: {ast.unparse(value)}")
            for part, place in parts:
                yield from self._messages(part, place)

    def _sources(self, value: ast.expr, file: str) -> list[tuple[ast.expr, str]]:
        """Return the expressions that the value of an expression can come from, each with its file."""
        if isinstance(value, ast.Name):
            return self._values_of_name(value, file)
        if isinstance(value, ast.Call) and called_name(value) != "lazy_format":
            functions = self._functions.get(called_name(value), [])
            returned = [node for function in functions for node in _own_nodes(function)]
            return [(node.value, file) for node in returned if isinstance(node, ast.Return) and node.value]
        match value:
            case ast.IfExp():
                parts = [value.body, value.orelse]
            case ast.Dict():
                parts = value.values
            case ast.Subscript():
                parts = [value.value]
            case ast.Call():
                parts = value.args[:1]
            case ast.Attribute():
                parts = self._constants.get(value.attr, [])
            case _:
                parts = []
        return [(part, file) for part in parts]

    def _values_of_name(self, value: ast.Name, file: str) -> list[tuple[ast.expr, str]]:
        """Return the values that are assigned to a variable or passed as an argument."""
        node: ast.AST | None = value
        while (node := self._parents.get(id(node))) is not None:
            if not isinstance(node, Function):
                continue
            if values := [assigned for name, assigned in _assignments(node) if name == value.id]:
                return [(assigned, file) for assigned in values]
            names = [argument.arg for argument in node.args.args]
            if value.id in names:
                return self._arguments(node, names.index(value.id), file)
        return [(constant, file) for constant in self._constants.get(value.id, [])]

    def _arguments(self, function: Function, index: int, file: str) -> list[tuple[ast.expr, str]]:
        """Return the arguments that calls in the same file pass to a function."""
        calls = [node for node in ast.walk(self.trees[file]) if isinstance(node, ast.Call)]
        return [(call.args[index], file) for call in calls if called_name(call) == function.name]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    return ast.iter_child_nodes(node)


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of the functions inside it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        pending += [child for child in ast.iter_child_nodes(node) if not isinstance(child, Function)]


def _assignments(node: ast.AST, *, nested: bool = True) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that are assigned in a node, with their values."""
    for part in ast.walk(node) if nested else ast.iter_child_nodes(node):
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            yield part.targets[0].id, part.value
        elif isinstance(part, ast.AnnAssign | ast.NamedExpr) and isinstance(part.target, ast.Name) and part.value:
            yield part.target.id, part.value
