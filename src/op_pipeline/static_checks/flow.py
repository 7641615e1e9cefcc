"""The calls of a kernel in their order: sequences, loops with their number of rounds, branches.

Whatever cannot be followed (lambdas, macros that swallow statements, text that does not parse) becomes Opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from op_pipeline.static_checks.syntax import arguments, called, children, receiver, text, walk
from op_pipeline.static_checks.values import Poly, Scope, number


@dataclass(frozen=True)
class Call:
    """One call; `owner` is what a method is called on."""

    name: str
    node: Node
    owner: str = ""

    @property
    def given(self) -> list[Node]:
        """Its arguments."""
        return arguments(self.node)


@dataclass(frozen=True)
class Loop:
    """`rounds` is None when the text does not tell how often the body runs."""

    node: Node
    rounds: Poly | None
    body: tuple[Event, ...]


@dataclass(frozen=True)
class Branch:
    """One of the arms is run; `complete` when it must be one of them."""

    node: Node
    arms: tuple[tuple[Event, ...], ...]
    complete: bool


@dataclass(frozen=True)
class Jump:
    """return, break, continue or goto."""

    node: Node
    kind: str


@dataclass(frozen=True)
class Opaque:
    """Something that may do anything."""

    node: Node


Event = Call | Loop | Branch | Jump | Opaque
_JUMPS = {
    "return_statement": "return",
    "break_statement": "break",
    "continue_statement": "continue",
    "goto_statement": "goto",
}
_UNFOLLOWED = frozenset({"lambda_expression", "ERROR", "try_statement", "labeled_statement"})
_CONDITIONAL = frozenset({"preproc_ifdef", "preproc_if", "preproc_elif", "preproc_elifdef"})
_SILENT = frozenset({
    "comment", "using_declaration", "alias_declaration", "static_assert_declaration", "type_definition",
    "empty_statement", "preproc_def", "preproc_function_def", "preproc_call", "string_literal",
    "number_literal", "identifier",
})  # fmt: skip


def events(node: Node | None, scope: Scope) -> tuple[Event, ...]:
    """Events of a statement, in order."""
    return tuple(_events(node, scope)) if node is not None else ()


def _events(node: Node, scope: Scope) -> Iterator[Event]:
    if node.type in _SILENT:
        return
    handler = _HANDLERS.get(node.type)
    if _is_macro(node) or node.type in _UNFOLLOWED:
        yield Opaque(node)
    elif handler is not None:
        yield from handler(node, scope)
    else:
        for child in node.named_children:
            yield from _events(child, scope)
        if node.type in _JUMPS:
            yield Jump(node, _JUMPS[node.type])


def _for(node: Node, scope: Scope) -> Iterator[Event]:
    yield from events(node.child_by_field_name("initializer"), scope)
    parts = [node.child_by_field_name(name) for name in ("body", "condition", "update")]
    yield Loop(node, _rounds(node, scope), tuple(event for part in parts for event in events(part, scope)))


def _while(node: Node, scope: Scope) -> Iterator[Event]:
    parts = (node.child_by_field_name("condition"), node.child_by_field_name("body"))
    yield Loop(node, None, tuple(event for part in parts for event in events(part, scope)))


def _choice(node: Node, scope: Scope) -> Iterator[Event]:
    inner = tuple(event for child in node.named_children for event in _events(child, scope))
    if inner:
        yield Branch(node, tuple((event,) for event in inner), complete=False)


def _is_macro(node: Node) -> bool:
    """A word that stands for statements: alone, or read as the type of what follows it."""
    if node.type == "expression_statement":
        inner = children(node)
        return len(inner) == 1 and inner[0].type == "identifier"
    if node.type != "declaration":
        return False
    declarator = node.child_by_field_name("declarator")
    function = declarator is not None and declarator.type == "function_declarator"
    empty = function and not children(declarator.child_by_field_name("parameters") if declarator is not None else None)
    return empty or text(node.child_by_field_name("type")).isupper()


def _if(node: Node, scope: Scope) -> Iterator[Event]:
    yield from events(node.child_by_field_name("condition"), scope)
    then = events(node.child_by_field_name("consequence"), scope)
    otherwise = node.child_by_field_name("alternative")
    decided = scope.constant(_condition_value(node))
    if decided is not None and "constexpr" in {child.type for child in node.children}:
        yield from then if decided else events(otherwise, scope)
        return
    arms = (then, events(otherwise, scope)) if otherwise is not None else (then,)
    if any(arms):
        yield Branch(node, arms, otherwise is not None)


def _condition_value(node: Node) -> Node | None:
    clause = node.child_by_field_name("condition")
    return clause.child_by_field_name("value") if clause is not None else None


def _preprocessor(node: Node, scope: Scope) -> Iterator[Event]:
    skipped = (node.child_by_field_name("name"), node.child_by_field_name("condition"))
    alternative = node.child_by_field_name("alternative")
    body: list[Event] = []
    for child in node.named_children:
        if child in skipped or child == alternative:
            continue
        body.extend(_events(child, scope))
    arms = (tuple(body), events(alternative, scope)) if alternative is not None else (tuple(body),)
    if any(arms):
        yield Branch(node, arms, alternative is not None)


def _calls(node: Node, scope: Scope) -> Iterator[Event]:
    """Arguments first, then the call itself."""
    function = node.child_by_field_name("function")
    owner = receiver(node)
    if owner is not None:
        yield from _events(owner, scope)
    for argument in arguments(node):
        yield from _events(argument, scope)
    if function is not None and function.type == "parenthesized_expression":
        yield Opaque(node)
    else:
        yield Call(called(node), node, text(owner))


def _rounds(node: Node, scope: Scope) -> Poly | None:
    """Rounds of `for (T i = a; i < b; ++i)`, its bounds known and i untouched by the body."""
    start, variable = _start(node.child_by_field_name("initializer"), scope)
    condition, update = node.child_by_field_name("condition"), node.child_by_field_name("update")
    if start is None or condition is None or update is None or condition.type != "binary_expression":
        return None
    if text(condition.child_by_field_name("left")) != variable or _touched(node.child_by_field_name("body"), variable):
        return None
    stop = scope.value(condition.child_by_field_name("right"))
    step = _step(update, variable, scope)
    operator = text(condition.child_by_field_name("operator"))
    if stop is None or step is None or step < 1 or operator not in {"<", "<=", "!="}:
        return None
    length = stop - start + number(1 if operator == "<=" else 0)
    if step == 1:
        return length
    return number(-(-length.constant // step)) if length.constant is not None else None


def _start(node: Node | None, scope: Scope) -> tuple[Poly | None, str]:
    """First value and name of a loop's variable."""
    if node is None or node.type != "declaration":
        return None, ""
    first = node.child_by_field_name("declarator")  # of several, the first one counts the rounds
    if first is None or first.type != "init_declarator":
        return None, ""
    return scope.value(first.child_by_field_name("value")), text(first.child_by_field_name("declarator"))


def _step(update: Node, variable: str, scope: Scope) -> int | None:
    if update.type == "comma_expression":
        steps = [_step(part, variable, scope) for part in children(update)]
        return next((step for step in steps if step is not None), None)
    if update.type == "update_expression" and text(update.child_by_field_name("argument")) == variable:
        return 1 if text(update.child_by_field_name("operator")) == "++" else None
    if update.type == "assignment_expression" and text(update.child_by_field_name("left")) == variable:
        plus = text(update.child_by_field_name("operator")) == "+="
        return scope.constant(update.child_by_field_name("right")) if plus else None
    return None


def _touched(body: Node | None, variable: str) -> bool:
    if body is None:
        return True
    return any(
        text(item.child_by_field_name("left") or item.child_by_field_name("argument")) == variable
        for item in walk(body, "assignment_expression", "update_expression")
    )


_HANDLERS: dict[str, Callable[[Node, Scope], Iterator[Event]]] = {
    "for_statement": _for,
    "while_statement": _while,
    "do_statement": _while,
    "for_range_loop": _while,
    "if_statement": _if,
    "call_expression": _calls,
    "conditional_expression": _choice,
    "switch_statement": _choice,
    **dict.fromkeys(_CONDITIONAL, _preprocessor),
}


def flat(sequence: tuple[Event, ...]) -> Iterator[Event]:
    """Every event of all depths, in source order."""
    for event in sequence:
        yield event
        if isinstance(event, Loop):
            yield from flat(event.body)
        elif isinstance(event, Branch):
            for arm in event.arms:
                yield from flat(arm)


@dataclass
class Blocks:
    """Sequences that run from first to last without a choice: the body, each loop's body, each arm."""

    found: list[tuple[Event, ...]] = field(default_factory=list)

    def collect(self, sequence: tuple[Event, ...]) -> list[tuple[Event, ...]]:
        """All of them, the outermost first."""
        self.found.append(sequence)
        for event in sequence:
            for inner in (event.body,) if isinstance(event, Loop) else event.arms if isinstance(event, Branch) else ():
                self.collect(inner)
        return self.found
