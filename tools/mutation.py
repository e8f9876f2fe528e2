"""Small changes of a module that a test should notice: the mutants of `tools/mutants.py`.

mutmut 3 changes functions only, so that no threshold at the top of a module is tested, and no SQL; cosmic-ray starts
pytest anew for each mutant, which costs 3 s. Neither draws a sample by a seed.
"""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# A comparison, a connective or an order in a statement of SQL.
_SQL = re.compile(
    r"<=|>=|!=|(?<![<>!=|-])[<>](?![<>=])|\bAND\b|\bOR\b|\bNOT EXISTS\b|\bIS NOT NULL\b|\bIS NULL\b|\bDESC\b"
)
_SQL_CHANGES = {
    "<=": "<", "<": "<=", ">=": ">", ">": ">=", "!=": "=", "AND": "OR", "OR": "AND", "NOT EXISTS": "EXISTS",
    "IS NOT NULL": "IS NULL", "IS NULL": "IS NOT NULL", "DESC": "ASC",
}  # fmt: skip
_IS_SQL = re.compile(r"\b(?:SELECT|UPDATE|DELETE|INSERT|WHERE|JOIN|EXISTS|mention\.|entry\.)\b")


Change = tuple[str, "Callable[[], object]"]
"""What a change is, and the function that makes it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module: the *index* of the node in its tree, the number of the *change*, and what it is."""

    path: Path
    line: int
    index: int
    change: int
    what: str

    def tree(self) -> ast.Module:
        """Return the module with the change."""
        tree = ast.parse(self.path.read_text("utf-8"))
        node = _nodes(tree)[self.index]
        list(_changes(node))[self.change][1]()
        return ast.fix_missing_locations(tree)

    def source(self) -> str:
        """Return the text of the module with the change."""
        return ast.unparse(self.tree())

    def function(self) -> tuple[CodeType, CodeType] | None:
        """Return the function that the change is in, before and after it; `None` for a change outside all functions."""
        # Not with the future statements of this module.
        before = _functions(compile(self.path.read_text("utf-8"), str(self.path), "exec", dont_inherit=True))
        after = _functions(compile(self.tree(), str(self.path), "exec", dont_inherit=True))
        return next((pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]), None)


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module, in a fixed order."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {id(node) for root in _skipped(tree) for node in ast.walk(root)}
    for index, node in enumerate(_nodes(tree)):
        if id(node) not in skipped:
            for number, (what, _) in enumerate(_changes(node)):
                yield Mutant(path, _line(node), index, number, what)


def _line(node: ast.AST) -> int:
    """Return the line of a change; a `for` inside an expression has none of its own."""
    return node.ifs[0].lineno if isinstance(node, ast.comprehension) else getattr(node, "lineno", 0)


def _functions(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions and methods of a module, but none that is inside another."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & CO_OPTIMIZED:
                yield constant
            else:
                yield from _functions(constant)


def _nodes(tree: ast.Module) -> list[ast.AST]:
    return list(ast.walk(tree))


def _skipped(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what no test has to notice: types, docstrings, logs, words of messages, decorators."""
    for node in ast.walk(tree):
        match node:
            # A promise to SQLite, which saves calls of a function and changes no result.
            case ast.keyword(arg="deterministic"):
                yield node
            case ast.If() if ast.unparse(node.test) == "TYPE_CHECKING":
                yield node
            case ast.Expr(value=ast.Constant()) | ast.Raise():
                yield node
            case ast.Expr() if "_LOG." in ast.unparse(node):
                yield node
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from node.decorator_list
                yield from filter(None, [getattr(node, "returns", None)])
            case ast.AnnAssign() | ast.arg() if node.annotation:
                yield node.annotation


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield the changes of a node."""
    yield from _operator_changes(node)
    yield from _value_changes(node)
    yield from _step_changes(node)


def _operator_changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            other = _COMPARISONS[type(operator)]
            yield f"{type(operator).__name__} → {other.__name__}", lambda: node.ops.__setitem__(0, other())
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield f"{type(node.op).__name__} → {other.__name__}", lambda: setattr(node, "op", other())
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not isinstance(node.left, ast.JoinedStr):
            other = _ARITHMETIC[type(node.op)]
            yield f"{type(node.op).__name__} → {other.__name__}", lambda: setattr(node, "op", other())


def _value_changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool()):
            yield f"{node.value} → {not node.value}", lambda: setattr(node, "value", not node.value)
        case ast.Constant(value=int() | float()):
            yield f"{node.value} → {node.value + 1}", lambda: setattr(node, "value", node.value + 1)
        case ast.Constant(value=str()) if _IS_SQL.search(node.value):
            yield from _sql_changes(node)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield f"{name} → {_CALLS[name]}", lambda: setattr(node.func, "id", _CALLS[name])


def _step_changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.If() | ast.IfExp() | ast.While():
            yield "condition → its opposite", lambda: setattr(node, "test", _negated(node.test))
        case ast.comprehension(ifs=[_, *_]):
            yield "filter → none", node.ifs.clear
        case ast.Return(value=ast.expr()) if not _is_none_or_false(node.value):
            yield "return → None", lambda: setattr(node, "value", ast.Constant(None))
        case ast.Break() | ast.Continue():
            other = ast.Continue if isinstance(node, ast.Break) else ast.Break
            yield f"{type(node).__name__} → {other.__name__}", lambda: setattr(node, "__class__", other)
        case ast.Expr(value=ast.Call()):
            yield "call → nothing", lambda: setattr(node, "value", ast.Constant(None))


def _is_none_or_false(value: ast.expr) -> bool:
    # `None` is as false as `False`, which becomes `True` as a value.
    return isinstance(value, ast.Constant) and (value.value is None or value.value is False)


def _negated(test: ast.expr) -> ast.expr:
    return (
        test.operand
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        else ast.UnaryOp(ast.Not(), deepcopy(test))
    )


def _sql_changes(node: ast.Constant) -> Iterator[Change]:
    text = node.value
    for found in _SQL.finditer(text):
        changed = text[: found.start()] + _SQL_CHANGES[found[0]] + text[found.end() :]
        near = " ".join(text[max(0, found.start() - 20) : found.end() + 20].split())
        yield (
            f"SQL {found[0]} → {_SQL_CHANGES[found[0]]} in “{near}”",
            lambda changed=changed: setattr(node, "value", changed),
        )
