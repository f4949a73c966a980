"""Every text that the program says to people, gathered from its source and its tables: the keys of the catalogue.

The source is read, not run: a text is what stands, or what a name may stand for, where a sentence is made or said.
What is said out of tables (fields, keys, commands) is taken from the tables themselves, and so are the words of the
method.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

SOURCE = Path(__file__).parent.parent / "src" / "fenji"
_ERRORS = frozenset({"FenjiError", "Damaged", "Misused", "NotFound", "Refused", "Unavailable"})
# The words of the method that no table names as texts: states of clocks, ways of a stretch, what a step may lack, and
# where a passage was found.
_METHOD = (
    *("running", "at_risk", "at risk", "held", "breached", "met", "missed", "none"),
    *("stopped", "off", "excused", "undecided"),
    *("response", "solution", "clock", "reason", "note"),
    *("description", "cause", "decision", "lessons", "product", "number", "notes"),
)


@dataclass(frozen=True)
class Text:
    """One text and where it stands: `cli/pages.py:35`, or the table that holds it."""

    words: str
    place: str


@cache
def texts() -> tuple[Text, ...]:
    """Every text of the program; the same words may stand in several places."""
    return (*_of_source(), *(one for one in _of_tables() if one.words))


# --- what stands in the source ------------------------------------------------------------------------------------

# A way into nested tuples: the number of an element, or ANY for each of them (or each value of a mapping).
Way = tuple[int, ...]
ANY = -1


def _of_source() -> Iterator[Text]:
    modules = [_Module(path) for path in sorted(SOURCE.rglob("*.py"))]
    constants = {name: module for module in modules for name in module.constants}
    for module in modules:
        module.elsewhere = constants
        for node in module.said():
            words = {_read(one) for one in module.literals(node)}
            yield from (Text(one, f"{module.name}:{node.lineno}") for one in sorted(words) if one)


def _read(node: ast.expr) -> str:
    """A literal; an f-string as it is written, which no catalogue can hold."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return ast.unparse(node)


class _Module:
    """One module as its syntax: what it says, and what its names may stand for in each of its functions."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(SOURCE))
        self.elsewhere: dict[str, _Module] = {}
        self._outer: dict[int, ast.FunctionDef | None] = {}  # the function around each node, by id
        self._functions: dict[str, ast.FunctionDef] = {}
        self._bound: dict[tuple[ast.FunctionDef | None, str], list[tuple[ast.expr, Way]]] = {}
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._walk(self._tree, None)
        self.constants = [name for function, name in self._bound if function is None and name.isupper()]

    def _walk(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        self._outer[id(node)] = function
        for target, value, way in _bindings(node):
            self._bind(function, target, value, way)
        if isinstance(node, ast.FunctionDef):
            self._functions[node.name] = function = node
        for one in ast.iter_child_nodes(node):
            self._walk(one, function)

    def _bind(self, function: ast.FunctionDef | None, target: ast.expr, value: ast.expr, way: Way) -> None:
        if isinstance(target, ast.Name):
            self._bound.setdefault((function, target.id), []).append((value, way))
        elif isinstance(target, ast.Tuple):
            for index, one in enumerate(target.elts):
                self._bind(function, one, value, (*way, index))

    def said(self) -> Iterator[ast.expr]:
        """Every expression that is said."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                yield from _said_by(node)

    def literals(self, node: ast.expr, way: Way = (), seen: frozenset[int] = frozenset()) -> Iterator[ast.expr]:
        """The literals that an expression may stand for, at the end of `way` into it."""
        match node:
            case ast.IfExp(body=one, orelse=other):
                yield from self._all((one, other), way, seen)
            case ast.BoolOp(values=parts):
                yield from self._all(parts, way, seen)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) if way:
                yield from self._all(parts if way[0] == ANY else parts[way[0] : way[0] + 1], way[1:], seen)
            case ast.Dict(values=parts) if way:
                yield from self._all(parts, way[1:], seen)
            case ast.Subscript(value=held):
                yield from self.literals(held, (ANY, *way), seen)
            case ast.Call():
                yield from self._called(node, way, seen)
            case ast.Name() if id(node) not in seen:
                for module, value, inner in self._meanings(node):
                    yield from module.literals(value, (*inner, *way), seen | {id(node)})
            case ast.Constant() | ast.JoinedStr() if not way:
                yield node

    def _all(self, nodes: Iterable[ast.expr], way: Way, seen: frozenset[int]) -> Iterator[ast.expr]:
        for one in nodes:
            yield from self.literals(one, way, seen)

    def _called(self, call: ast.Call, way: Way, seen: frozenset[int]) -> Iterator[ast.expr]:
        """What a call gives back: of `TABLE.get(…)`, `enumerate(…)`, and of a function of this module."""
        match call:
            case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[_, *other]):
                yield from self.literals(held, (ANY, *way), seen)
                yield from self._all(other, way, seen)
            case ast.Call(func=ast.Name(id="enumerate"), args=[held, *_]) if way[1:2] == (1,):
                yield from self.literals(held, (ANY, *way[2:]), seen)
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and id(call) not in seen:
                for node in ast.walk(self._functions[name]):
                    if isinstance(node, ast.Return | ast.Yield) and node.value:
                        inner = way[1:] if isinstance(node, ast.Yield) else way
                        yield from self.literals(node.value, inner, seen | {id(call)})

    def _meanings(self, name: ast.Name) -> Iterator[tuple[_Module, ast.expr, Way]]:
        """What a name was bound to: in its function, those around it, the module, or as a constant elsewhere."""
        function = self._outer.get(id(name))
        while True:
            if found := self._bound.get((function, name.id)):
                yield from ((self, value, way) for value, way in found)
                return
            if function is None:
                break
            function = self._outer[id(function)]
        home = self.elsewhere.get(name.id)
        if home and home is not self:
            yield from ((home, value, way) for value, way in home._bound[None, name.id])


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, Way]]:
    """Target and value, and the way into the value."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((one, value, ()) for one in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value, ()
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value, (ANY,)


def _said_by(call: ast.Call) -> Iterator[ast.expr]:
    """The words of a call that people read: those of a sentence, of an error, and its hint."""
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
            yield from (one for one in call.args[:1] if isinstance(one, ast.Constant))
        case ast.Attribute(value=held, attr="word"):
            yield from call.args[:1] if ast.unparse(held).endswith("voice") else ()
        case ast.Name(id="_Refusal"):  # its first argument is the place
            yield from call.args[1:2]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield from call.args[:1] if name in ("say", "Sentence") or name in _ERRORS else ()
    asks = isinstance(call.func, ast.Name) and call.func.id == "Ask"  # what it holds has been said already
    yield from (one.value for one in call.keywords if one.arg == "hint" and not asks)


# --- what stands in tables ----------------------------------------------------------------------------------------


def _of_tables() -> Iterator[Text]:
    yield from (Text(one, "the words of the method") for one in sorted(_method()))
    yield from _of_fields()
    yield from _of_screens()
    yield from _of_commands()


def _method() -> Iterator[str]:
    from fenji.flow.steps import STEPS
    from fenji.ticket import KINDS, LINK_KINDS, RESOURCE_KINDS, STATES

    yield from (*KINDS, *STATES, *LINK_KINDS, *RESOURCE_KINDS, *STEPS, *_METHOD)
    yield from _of_policy()


def _of_policy() -> Iterator[str]:
    """The words of the policy that a new desk begins with: another's own words are shown as they are."""
    from fenji.desk.opening import read_policy
    from fenji.policy import starter

    policy = read_policy(starter("en", ["KSA"], person="me").encode())
    yield from (*policy.impact, *policy.occurrence, *policy.waiting, *policy.excuses)


def _of_fields() -> Iterator[Text]:
    from fenji.ticket import FIELDS

    for one in FIELDS:
        for part in (one, *one.parts):
            yield from (Text(words, "ticket/fields.py") for words in (part.label, part.help))


def _of_screens() -> Iterator[Text]:
    from fenji.board import VIEWS
    from fenji.tui import columns
    from fenji.tui.keys import ACTIONS

    yield from (Text(label, "board.py: VIEWS") for label, _ in VIEWS)
    yield from (Text(words, "tui/keys.py") for one in ACTIONS for words in (one.label, one.help))
    yield from (Text(one.head, "tui/columns.py") for one in (*columns.COLUMNS, columns._TAIL))


def _of_commands() -> Iterator[Text]:
    from fenji.cli.program import root

    yield from _of_command(root, click.Context(root, info_name="fenji"))


def _of_command(command: click.Command, context: click.Context) -> Iterator[Text]:
    place = context.command_path
    yield from (Text(words, place) for words in (command.short_help, command.help) if words)
    yield from (Text(one.help or "", place) for one in command.params if isinstance(one, click.Option))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            held = command.get_command(context, name)
            if held:
                yield from _of_command(held, click.Context(held, info_name=name, parent=context))
