"""Every text that the program says to people, gathered from its source and its tables: the msgids of the catalogues.

`python -m sentences` (make catalogues) brings the .po files up to date through Babel, for which `extract` reads a file.

The source is parsed, not run: a text is a literal, or one that a name may stand for, where a sentence is made or said.
Texts from tables (fields, keys, commands) are taken from the tables themselves, and so are the words of the method.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from msgspec import Struct

SOURCE = Path(__file__).parent.parent / "src"
_ERRORS = frozenset(
    {"FenjiError", "Damaged", "InvalidUsage", "NotFound", "Refused", "Unavailable", "IndexNotWritable", "RejectedPush"}
)
# The words of the method that no table has as texts: states of clocks, modes of a stretch, things that a step may lack,
# and places where a passage was found.
_METHOD_TERMS = (
    *("running", "at_risk", "at risk", "held", "breached", "met", "missed", "none"),
    *("stopped", "off", "excused", "undecided", "always", "site"),
    *("engineer", "lead", "manager", "admin"),
    *("response", "solution", "clock", "reason", "note"),
    *("description", "cause", "decision", "lessons", "product", "number", "notes"),
    *("plan", "zeroing", "policy", "import", "issue"),
)


class Text(Struct, frozen=True):
    """One text and where it is: `cli/pages.py:35`, or the table that has it."""

    text: str
    location: str
    plural: str = ""


@cache
def texts() -> tuple[Text, ...]:
    """Return every text of the program; the same words may be in several places."""
    return (*_texts_of_source(), *(text for text in _texts_of_tables() if text.text))


# --- what stands in the source ------------------------------------------------------------------------------------

# A path into nested tuples: the number of an element, or ANY for each of them (or each value of a mapping).
TuplePath = tuple[int, ...]
ANY = -1


@cache
def _modules() -> dict[str, _Module]:
    modules = [_Module(path) for path in sorted(SOURCE.rglob("*.py"))]
    constants = {name: module for module in modules for name in module.constants}
    for module in modules:
        module.elsewhere = constants
    return {module.name: module for module in modules}


def extract(
    file: BinaryIO,
    _keywords: object,
    _comment_tags: object,
    options: object,  # noqa: ARG001 -- Babel names it
) -> Iterator[tuple[int, str | None, str | tuple[str, str], list[str]]]:
    """Extract the messages of one source file, as Babel expects of an extraction method."""
    module = _modules()[str(Path(file.name).relative_to(SOURCE))]
    for line, text, plural in module.texts():
        yield line, "ngettext" if plural else None, (text, plural) if plural else text, []


def _texts_of_source() -> Iterator[Text]:
    for module in _modules().values():
        yield from (Text(text, f"{module.name}:{line}", plural) for line, text, plural in module.texts())


def _literal_text(node: ast.expr) -> str:
    """Return a literal; an f-string as it is written, which no catalogue can have."""
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
        self._bound: dict[tuple[ast.FunctionDef | None, str], list[tuple[ast.expr, TuplePath]]] = {}
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._collect(self._tree, None)
        self.constants = [name for function, name in self._bound if function is None and name.isupper()]

    def _collect(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        self._outer[id(node)] = function
        for target, value, path in _bindings(node):
            self._bind(function, target, value, path)
        if isinstance(node, ast.FunctionDef):
            self._functions[node.name] = function = node
        for child in ast.iter_child_nodes(node):
            self._collect(child, function)

    def _bind(self, function: ast.FunctionDef | None, target: ast.expr, value: ast.expr, path: TuplePath) -> None:
        if isinstance(target, ast.Name):
            self._bound.setdefault((function, target.id), []).append((value, path))
        elif isinstance(target, ast.Tuple):
            for index, element in enumerate(target.elts):
                self._bind(function, element, value, (*path, index))

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, text and plural (or "") of each text that this module says."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                plural = next((_literal_text(part.value) for part in node.keywords if part.arg == "plural"), "")
                for spoken in _spoken_arguments(node):
                    literals = {_literal_text(literal) for literal in self.literals(spoken)}
                    yield from ((spoken.lineno, text, plural) for text in sorted(literals) if text)

    def literals(self, node: ast.expr, path: TuplePath = (), seen: frozenset[int] = frozenset()) -> Iterator[ast.expr]:
        """Yield the literals that an expression may stand for, at the end of `path` into it."""
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._literals_of_all((body, orelse), path, seen)
            case ast.BoolOp(values=parts):
                yield from self._literals_of_all(parts, path, seen)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) if path:
                yield from self._literals_of_all(
                    parts if path[0] == ANY else parts[path[0] : path[0] + 1], path[1:], seen
                )
            case ast.Dict(values=parts) if path:
                yield from self._literals_of_all(parts, path[1:], seen)
            case ast.Subscript(value=container):
                yield from self.literals(container, (ANY, *path), seen)
            case ast.Call():
                yield from self._literals_of_call(node, path, seen)
            case ast.Name() if id(node) not in seen:
                for module, value, inner in self._values_of_name(node):
                    yield from module.literals(value, (*inner, *path), seen | {id(node)})
            case ast.Constant() | ast.JoinedStr() if not path:
                yield node

    def _literals_of_all(self, nodes: Iterable[ast.expr], path: TuplePath, seen: frozenset[int]) -> Iterator[ast.expr]:
        for node in nodes:
            yield from self.literals(node, path, seen)

    def _literals_of_call(self, call: ast.Call, path: TuplePath, seen: frozenset[int]) -> Iterator[ast.expr]:
        """Yield what a call may return: `TABLE.get(…)`, `.items()`, `.values()`, `enumerate(…)`, a function here."""
        match call:
            case ast.Call(func=ast.Attribute(value=container, attr="get"), args=[_, *defaults]):
                yield from self.literals(container, (ANY, *path), seen)
                yield from self._literals_of_all(defaults, path, seen)
            case ast.Call(func=ast.Name(id="enumerate"), args=[container, *_]) if path[1:2] == (1,):
                yield from self.literals(container, (ANY, *path[2:]), seen)
            case ast.Call(func=ast.Attribute(value=container, attr="items")) if path[1:2] == (1,):
                yield from self.literals(container, (ANY, *path[2:]), seen)
            case ast.Call(func=ast.Attribute(value=container, attr="values")):
                yield from self.literals(container, path, seen)
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and id(call) not in seen:
                for node in ast.walk(self._functions[name]):
                    if isinstance(node, ast.Return | ast.Yield) and node.value:
                        inner = path[1:] if isinstance(node, ast.Yield) else path
                        yield from self.literals(node.value, inner, seen | {id(call)})

    def _values_of_name(self, name: ast.Name) -> Iterator[tuple[_Module, ast.expr, TuplePath]]:
        """Yield what a name was bound to: in its function, those around it, the module, or as a constant elsewhere."""
        function = self._outer.get(id(name))
        while True:
            if bindings := self._bound.get((function, name.id)):
                yield from ((self, value, path) for value, path in bindings)
                return
            if function is None:
                break
            function = self._outer[id(function)]
        home = self.elsewhere.get(name.id)
        if home and home is not self:
            yield from ((home, value, path) for value, path in home._bound[None, name.id])


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, TuplePath]]:
    """Yield each target with its value, and the path into the value."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((assigned, value, ()) for assigned in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value, ()
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value, (ANY,)


def _spoken_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments of a call that people read: those of a sentence, of an error, and its hint."""
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
            yield from (argument for argument in call.args[:1] if isinstance(argument, ast.Constant))
        case ast.Attribute(value=receiver, attr="word"):
            yield from call.args[:1] if ast.unparse(receiver).endswith(("formatter", "locale")) else ()
        case ast.Name(id="_InvalidYaml"):  # its first argument is the place
            yield from call.args[1:2]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield from call.args[:1] if name in ("say", "Sentence", "add_fault") or name in _ERRORS else ()
            yield from call.args[1:2] if name == "name_of" else ()
    asks = isinstance(call.func, ast.Name) and call.func.id == "Question"  # its texts have been said already
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "hint" and not asks)


# --- what stands in tables ----------------------------------------------------------------------------------------


def _texts_of_tables() -> Iterator[Text]:
    yield from (Text(term, "the words of the method") for term in sorted(_method_terms()))
    yield from _texts_of_fields()
    yield from _texts_of_screens()
    yield from _texts_of_commands()


def _method_terms() -> Iterator[str]:
    from fenji.desk.doctor import FINDING_NAMES
    from fenji.model.contracts import OUTCOMES
    from fenji.model.ticket import CHARGE_KINDS, KINDS, LINK_KINDS, RESOURCE_KINDS, RESULTS, STATES
    from fenji.model.workflow.steps import STEPS
    from fenji.model.worktime.hours import WEEKDAYS

    yield from (
        *KINDS,
        *STATES,
        *LINK_KINDS,
        *RESOURCE_KINDS,
        *CHARGE_KINDS,
        *RESULTS,
        *OUTCOMES,
        *STEPS,
        *FINDING_NAMES,
        *WEEKDAYS,
        *_METHOD_TERMS,
    )
    yield from _policy_terms()


def _policy_terms() -> Iterator[str]:
    """Yield the words of the policy that a new desk begins with; another policy's own words are never translated."""
    from fenji.desk.open import parse_policy
    from fenji.model.policy.template import starter_policy

    policy = parse_policy(starter_policy("en", ["KSA"], person="me").encode())
    yield from (*policy.impact, *policy.occurrence, *policy.waiting, *policy.excuses)
    yield from ("misuse", "transport")  # what docs/contracts.md and the sample give as examples of `not_covered`


def _texts_of_fields() -> Iterator[Text]:
    from fenji.model.ticket import FIELDS

    for field in FIELDS:
        for part in (field, *field.parts):
            yield from (Text(text, "fenji/model/ticket/fields.py") for text in (part.label, part.help))


def _texts_of_screens() -> Iterator[Text]:
    from fenji.model.board import VIEWS
    from fenji.model.sla.names import SIGN_LABELS
    from tui.board import columns
    from tui.keys import ACTIONS
    from tui.settings_file import SETTINGS

    for setting in SETTINGS:
        words = (setting.label, setting.help, *setting.values.values())
        yield from (Text(text, "tui/settings_file.py") for text in words if text)
    yield from (Text(label, "fenji/model/board.py") for label, _ in VIEWS)
    yield from (Text(label, "fenji/model/sla/names.py") for label in SIGN_LABELS.values())
    yield from (Text(text, "tui/keys.py") for action in ACTIONS for text in (action.label, action.help))
    yield from (Text(column.header, "tui/board/columns.py") for column in columns.COLUMNS)


def _texts_of_commands() -> Iterator[Text]:
    from fenji.cli.program import root

    yield from _texts_of_command(root, click.Context(root, info_name="fenji", **root.context_settings))


def _texts_of_command(command: click.Command, context: click.Context) -> Iterator[Text]:
    location = context.command_path
    yield from (Text(text, location) for text in (command.short_help, command.help) if text)
    yield from (Text(option.help or "", location) for option in command.params if isinstance(option, click.Option))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            if subcommand:
                yield from _texts_of_command(
                    subcommand, click.Context(subcommand, info_name=name, parent=context, **subcommand.context_settings)
                )


# --- the catalogues -----------------------------------------------------------------------------------------------


@cache
def read_catalogues() -> dict[str, Catalog]:
    """Return the catalogues by language, as read from the .po files."""
    paths = sorted((SOURCE / "fenji/i18n").glob("*.po"))
    return {path.stem.replace("_", "-"): _read(path) for path in paths}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def update_catalogues() -> None:
    """Bring the .po files up to date: add new texts untranslated, and remove those that are no longer said."""
    for path in sorted((SOURCE / "fenji/i18n").glob("*.po")):
        catalogue = _read(path)
        catalogue.update(_template(), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, include_lineno=False, omit_header=False)


def _template() -> Catalog:
    template = Catalog(project="fenji", charset="utf-8")
    for location, line, message, comments, _ in extract_from_dir(SOURCE, [("**.py", "sentences:extract")]):
        template.add(message, None, [(location, line)], auto_comments=comments)
    for text in _texts_of_tables():
        if text.text:
            template.add(text.text, None, [(text.location.replace(" ", "_"), 1)])
    return template


if __name__ == "__main__":
    update_catalogues()
