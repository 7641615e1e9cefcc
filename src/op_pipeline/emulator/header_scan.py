"""Reads the names a C++ header declares: enough of C++ for API headers, without a compiler.

Every branch of every `#if` counts, because a header is read for all processors at once. Bodies of functions are
skipped. What it cannot read (a macro that declares something, say) it leaves out; it never invents a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_PIECE = re.compile(
    r'(?P<string>(?:u8|[uUL])?R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*")'
    r"|(?P<char>'(?:[^'\\\n]|\\.)+')"
    r"|(?P<number>\.?\d(?:'?[\w.])*)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<symbol>::|->|\[\[|\]\]|\S)",
    re.DOTALL,
)
_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:[^"\\\n]|\\.)*")', re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w+)[ \t]*(.*?)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_NOT_A_FUNCTION = frozenset({
    "alignas", "decltype", "noexcept", "sizeof", "static_assert", "if", "for", "while", "switch", "return", "asm",
    "requires", "explicit", "throw",
})  # fmt: skip
_TRANSPARENT = frozenset({"", "ckernel"})  # kernels see these without a qualifier
_PRIVATE = frozenset({"detail", "internal", "impl", "details"})


@dataclass(frozen=True)
class Declared:
    """One name. `kind`: function, class, enum, constant, alias or macro. `owner`: "Noc" for its members, else ""."""

    name: str
    kind: str
    owner: str = ""
    deprecated: str = ""


@dataclass
class _Statement:
    tokens: list[str] = field(default_factory=list)
    deprecated: str = ""


def declared_names(text: str) -> list[Declared]:
    """Names that including this text brings: global, of namespace ckernel, and `ns::name` for other namespaces.

    Members are the public ones of classes. A name declared several times is listed once; it is deprecated only when
    each of its declarations is.
    """
    text = _COMMENT.sub(lambda match: match[1] or " ", text.replace("\\\r\n", " ").replace("\\\n", " "))
    found = [Declared(match[2].split("(")[0].split()[0], "macro") for match in _DIRECTIVE.finditer(text)
             if match[1] == "define" and match[2]]  # fmt: skip
    tokens = [match[0] for match in _PIECE.finditer(_DIRECTIVE.sub("", text))]
    found.extend(_scope(iter(_Reader(tokens)), "", "", public=True))
    merged: dict[tuple[str, str], Declared] = {}
    for item in found:
        old = merged.get((item.owner, item.name))
        if old is None or (old.deprecated and not item.deprecated):
            merged[item.owner, item.name] = item
    return sorted(merged.values(), key=lambda item: (item.owner, item.name))


class _Reader(Iterator[str]):
    """Tokens one after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    def __next__(self) -> str:
        if self.position >= len(self.tokens):
            raise StopIteration
        self.position += 1
        return self.tokens[self.position - 1]


def _skip(tokens: Iterator[str], opening: str, closing: str) -> list[str]:
    """Consume up to the partner of an opening piece that was just read; what stood between."""
    depth, between = 1, []
    for piece in tokens:
        depth += (piece == opening) - (piece == closing)
        if depth == 0:
            break
        between.append(piece)
    return between


def _scope(tokens: Iterator[str], namespace: str, owner: str, *, public: bool) -> Iterator[Declared]:
    """Declarations up to the `}` that ends the scope."""
    statement = _Statement()
    for piece in tokens:
        if piece == "}":
            return
        if _absorbed(piece, statement, tokens):
            continue
        access = statement.tokens[-1] if statement.tokens else ""
        if piece == ":" and access in {"public", "private", "protected"}:
            public = access == "public"
            statement = _Statement()
        elif piece in ";{":
            shown = list(_declaration(statement, piece, tokens, namespace, owner))
            if public:
                yield from shown
            statement = _Statement()
        else:
            statement.tokens.append(piece)


def _absorbed(piece: str, statement: _Statement, tokens: Iterator[str]) -> bool:
    """Take what must not be cut at its braces and semicolons into the statement: attributes, parentheses, lists."""
    if piece == "[[":
        words = _skip(tokens, "[[", "]]")
        if "deprecated" in words:
            statement.deprecated = "".join(word[1:-1] for word in words if word.startswith('"')) or "deprecated"
    elif piece == "(" and statement.tokens[-1:] == ["__attribute__"]:
        _skip(tokens, "(", ")")
        statement.tokens.pop()
    elif piece == "(":
        statement.tokens += ["(", *_skip(tokens, "(", ")"), ")"]
    elif piece == "{" and _initialises_member(statement.tokens):
        _skip(tokens, "{", "}")
        statement.tokens += ["(", ")"]
    else:
        return False
    return True


def _initialises_member(words: list[str]) -> bool:
    """Whether a brace after these words stands in a constructor's list: `Noc(…) : id_`, not `Noc(…) : id_(…)`."""
    if ")" not in words[:-1] or not _NAME.match(words[-1]):
        return False
    rest = words[words.index(")") :]
    return ":" in rest and rest[-1] not in {"const", "noexcept", "override"}


def _declaration(
    statement: _Statement, end: str, tokens: Iterator[str], namespace: str, owner: str
) -> Iterator[Declared]:
    words = _without_templates(statement.tokens)
    qualify = "" if owner or namespace in _TRANSPARENT else namespace + "::"
    if "namespace" in words[:2] and end == "{":
        yield from _namespace(words, tokens, namespace)
        return
    if words[:1] == ["extern"] and len(words) == 2 and words[1].startswith('"') and end == "{":
        yield from _scope(tokens, namespace, owner, public=True)
        return
    kind, name = _kind_and_name(words, end)
    body: list[Declared] = []
    if end == "{":
        if kind == "class":
            inner = next((word for word in words if word in {"class", "struct", "union"}), "class")
            body = list(_scope(tokens, namespace, name or "?", public=inner != "class"))
        else:
            between = _skip(tokens, "{", "}")
            if kind == "enum" and "class" not in words and "struct" not in words:
                body = [Declared(qualify + word, "constant", owner) for word in _enumerators(between)]
        if kind not in {"function", ""}:  # `} name;`, `} = …;`; after a function's body the next declaration begins
            _finish(tokens, kind)
    if not name or name == owner or _hidden(namespace):
        return
    yield Declared(qualify + name, kind, owner, statement.deprecated)
    if not owner:
        # Members of classes are told apart by their class's own name; nested classes are not followed.
        yield from (item for item in body if item.owner in {name, ""})


def _finish(tokens: Iterator[str], kind: str) -> None:
    """After `}` of a class, enum or variable: read up to its `;`."""
    assert isinstance(tokens, _Reader)
    for piece in tokens:
        if piece == ";":
            return
        if piece == "{":
            _skip(tokens, "{", "}")
        elif kind == "constant" and piece == "}":
            tokens.position -= 1
            return


def _namespace(words: list[str], tokens: Iterator[str], namespace: str) -> Iterator[Declared]:
    named = "".join(word for word in words if word not in {"namespace", "inline"})
    inner = "" if namespace in _TRANSPARENT else namespace
    joined = "::".join(part for part in (inner, named) if part)
    yield from _scope(tokens, joined.removeprefix("ckernel::"), "", public=True)


def _hidden(namespace: str) -> bool:
    return bool(_PRIVATE & set(namespace.split("::")))


def _without_templates(tokens: list[str]) -> list[str]:
    """The statement without `template <…>` heads."""
    words: list[str] = []
    reader = iter(_Reader(tokens))
    for piece in reader:
        if piece == "template":
            if next(reader, "") == "<":
                _skip_angles(reader)
        else:
            words.append(piece)
    return words


def _skip_angles(reader: Iterator[str]) -> None:
    depth = 1
    for piece in reader:
        if piece == "(":
            _skip(reader, "(", ")")
        depth += (piece == "<") - (piece == ">")
        if depth == 0:
            return


def _kind_and_name(words: list[str], end: str) -> tuple[str, str]:
    """What a statement declares, or ("", "")."""
    if not words or words[0] in {"friend", "static_assert", "goto", "public"}:
        return ("", "")
    if words[0] == "using":
        return _using(words)
    if words[0] == "typedef":
        return ("alias", words[-1] if _NAME.match(words[-1]) else "")
    function = _function_name(words)
    if "enum" in words and function == "":
        return ("enum", _after(words, "enum"))
    for word in ("class", "struct", "union"):
        if word in words and function == "":
            return ("class", _after(words, word) if end == "{" else "")
    if function:
        return ("function", "" if function == "operator" else function)
    return ("constant", _variable_name(words))


def _using(words: list[str]) -> tuple[str, str]:
    if len(words) > 2 and words[2] == "=":
        return ("alias", words[1])
    if "namespace" in words or len(words) < 3:
        return ("", "")
    return ("alias", words[-1])


def _after(words: list[str], key: str) -> str:
    """The name in `enum class Name : type`, `struct alignas(8) Name<…>`, `class Name final : public Base`."""
    reader = iter(_Reader(words[words.index(key) + 1 :]))
    name = ""
    for word in reader:
        if word in {"alignas", "__attribute__"}:
            next(reader, "")
            _skip(reader, "(", ")")
        elif word in {":", "<", "final"}:
            break
        elif _NAME.match(word) and word not in {"class", "struct"}:
            name = word
    return name


def _function_name(words: list[str]) -> str:
    """Name before the first parenthesis that opens parameters; "" when the statement is no function."""
    depth, position = 0, 0
    while position < len(words):
        word = words[position]
        if word == "operator":
            return "operator"
        if word == "=" and depth == 0:
            return ""
        if word == "<" and position and _NAME.match(words[position - 1]):
            depth += 1
        elif word == ">" and depth:
            depth -= 1
        elif word == "(":
            before = words[position - 1] if position else ""
            if depth == 0 and _NAME.match(before) and before not in _NOT_A_FUNCTION:
                return "" if position >= 2 and words[position - 2] in {"~", "::"} else before
            inner = _Reader(words)
            inner.position = position + 1
            _skip(inner, "(", ")")
            position = inner.position
            continue
        position += 1
    return ""


def _variable_name(words: list[str]) -> str:
    """`constexpr T name = …`, `T name[3]`, `T name`."""
    cut = next((index for index, word in enumerate(words) if word in {"=", "["} and index), len(words))
    if cut < 2 or not _NAME.match(words[cut - 1]):
        return ""
    return words[cut - 1]


def _enumerators(tokens: list[str]) -> list[str]:
    """Names of an enumeration's values."""
    names, expect, depth = [], True, 0
    for piece in tokens:
        depth += (piece in "({") - (piece in ")}")
        if expect and _NAME.match(piece):
            names.append(piece)
            expect = False
        elif piece == "," and depth == 0:
            expect = True
    return names
