"""Sentences that the code can say, read from its source: what changes in them is 7."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORDS = re.compile(r"[A-Za-z]{2}")


def sentences(files: Iterable[Path], maker: re.Pattern[str]) -> set[str]:
    """Texts of several words in constants, variables, arguments and functions of these names."""
    found: set[str] = set()
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in _makers(tree, maker):
            seen = Sentences(_constants(tree))
            for one in node.body if isinstance(node, ast.FunctionDef) else [node.value]:
                seen.visit(one)
            found |= {text for text in seen.found if text not in {seen.names.get(name) for name in seen.used}}
    return {text for text in found if WORDS.search(text)}


class Sentences(ast.NodeVisitor):
    """Collects texts of several words; what changes is 7, and a text that stands in another one is put into it."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names, self.used, self.found = names, set[str](), dict[str, None]()

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and " " in node.value.strip():
            self.found[re.sub(r"\{0\.\w+\}", "7", node.value)] = None

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = "".join(self._piece(part) for part in node.values)
        if " " in text.strip():
            self.found[re.sub(r"\{0\.\w+\}", "7", text)] = None

    def _piece(self, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        name = part.value.id if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) else ""
        self.used |= {name}
        return self.names.get(name, "7")

    def visit_Raise(self, node: ast.Raise) -> None:
        """What stops a job is no reason."""

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        if names == ["msg"]:
            return
        inner = Sentences(self.names)
        inner.visit(node.value)
        self.used |= inner.used
        if names and isinstance(node.value, ast.JoinedStr | ast.Constant):
            self.names |= dict.fromkeys(names, next(iter(inner.found), ""))
        self.found |= inner.found


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts of a module by their names, of a list of them too."""
    found: dict[str, str] = {}
    for one in tree.body:
        if isinstance(one, ast.Assign):
            (target,) = one.targets
            pairs = (
                zip(target.elts, one.value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(one.value, ast.Tuple)
                else [(target, one.value)]
            )
            found |= {
                name.id: text.value
                for name, text in pairs
                if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str)
            }
    return found


def _makers(tree: ast.Module, maker: re.Pattern[str]) -> Iterator[ast.FunctionDef | ast.Assign | ast.keyword]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Assign | ast.keyword) and any(map(maker.fullmatch, _names(node))):
            yield node


def _names(node: ast.FunctionDef | ast.Assign | ast.keyword) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.keyword):
        return [node.arg or ""]
    return [one.id for one in node.targets if isinstance(one, ast.Name)]
