"""What a program factory says of its program: circular buffers, kernels, arguments; as far as its text decides.

Understands ProgramDescriptor factories: CBDescriptor as an initializer list (also within a helper function of the
file), KernelDescriptor as an initializer list or filled member by member.
"""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from op_pipeline.static_checks.descriptors import (
    Arguments,
    Buffer,
    Use,
    declared_names,
    escapes,
    is_initialized,
    list_of,
    makes,
    named_values,
    objects,
    parameter_names,
)
from op_pipeline.static_checks.syntax import (
    Source,
    arguments,
    called,
    children,
    designated,
    enclosing,
    functions,
    last_name,
    receiver,
    string,
    text,
    walk,
)
from op_pipeline.static_checks.values import Poly, Scope, scope_of, symbol

_CHOICES = (
    "if_statement",
    "for_statement",
    "while_statement",
    "for_range_loop",
    "switch_statement",
    "lambda_expression",
)


class Factory:
    """The program that one file describes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._file: Scope = scope_of(source.root, "host/", opaque=True)
        self._functions: dict[int, Scope] = {}
        self.complete = True  # every descriptor in the text was understood
        self.buffers: dict[int, Buffer] = {}
        self.uses: list[Use] = []
        self._makers: set[str] = set()  # functions of the file that return a CBDescriptor
        self._variables: dict[str, Use] = {}
        self._collect_buffers()
        self._collect_kernels()

    def scope_at(self, node: Node) -> Scope:
        """Names as they are known at a node: those of its function, then those of the file."""
        function = enclosing(node, "function_definition")
        if function is None:
            return self._file
        start = function.start_byte
        if start not in self._functions:
            self._functions[start] = scope_of(function, f"host/{start}/", opaque=True, outer=self._file)
        return self._functions[start]

    def value(self, node: Node | None) -> Poly | None:
        """Worth of an expression where it stands."""
        return self.scope_at(node).value(node) if node is not None else None

    # Circular buffers.

    def _collect_buffers(self) -> None:
        helpers = functions(self.source.root)
        for node in walk(self.source.root, "compound_literal_expression", "init_declarator", "return_statement"):
            if not makes(node, "CBDescriptor"):
                continue
            fields = designated(list_of(node))
            function = enclosing(node, "function_definition")
            name = next((name for name, found in helpers.items() if found == function), "")
            calls = [
                call
                for call in walk(self.source.root, "call_expression")
                if called(call) == name and receiver(call) is None
            ]
            if calls and function is not None:
                names = parameter_names(function)
                self._makers.add(name)
                for call in calls:
                    given = dict(zip(names, arguments(call), strict=False))
                    self._add_buffer(fields, call, {**given})
            else:
                self._add_buffer(fields, node, {})
        if any(
            last_name(node.child_by_field_name("type")) == "CBDescriptor" and not is_initialized(node)
            for node in walk(self.source.root, "declaration")
        ):
            self.complete = False

    def _add_buffer(self, fields: dict[str, Node], node: Node, given: dict[str, Node]) -> None:
        formats = [
            designated(list_of(item)) for item in objects(fields.get("format_descriptors"), "CBFormatDescriptor")
        ]
        total = self._worth(fields.get("total_size"), given)
        if not formats:
            self.complete = False
        for entry in formats:
            index = self._worth(entry.get("buffer_index"), given)
            size = self._worth(entry.get("page_size"), given)
            constant = index.constant if index is not None else None
            if constant is None:
                self.complete = False
                continue
            pages = total.over(size) if total is not None and size is not None else None
            form = entry.get("data_format")
            words = text(given.get(text(form), form))
            backed = "buffer" in fields and text(fields["buffer"]) not in {"nullptr", "{}"}
            if constant in self.buffers or enclosing(node, *_CHOICES) is not None:
                pages = None  # one of several, or only sometimes
            self.buffers[constant] = Buffer(constant, pages, size, words, backed, node)

    def _worth(self, node: Node | None, given: dict[str, Node]) -> Poly | None:
        """Worth of an expression in a helper, its parameters replaced by what the call gives."""
        value = self.value(node)
        if node is None or value is None or not given:
            return value
        prefix = self.scope_at(node).prefix
        worth = {f"{prefix}{name}": self.value(item) for name, item in given.items()}
        return value.replaced({name: item if item is not None else symbol(f"{name}#") for name, item in worth.items()})

    @property
    def declared(self) -> bool:
        """Whether all buffers of the program are known: each addition to `cbs` is one that was understood."""
        added = [
            call
            for call in walk(self.source.root, "call_expression")
            if text(receiver(call)).endswith(".cbs") and called(call) in {"push_back", "emplace_back"}
        ]
        makers = {"CBDescriptor", *self._makers}
        understood = all(
            len(given := arguments(call)) == 1
            and (makes(given[0], "CBDescriptor") or (called(given[0]) in makers and receiver(given[0]) is None))
            for call in added
        )
        mentions = sum(text(node) == "cbs" for node in walk(self.source.root, "field_identifier"))
        return self.complete and understood and bool(added) and mentions == len(added) and not self._handed_on()

    def _handed_on(self) -> bool:
        """Whether the whole program goes to some other function, which may add to it."""
        names = {
            text(item)
            for node in walk(self.source.root, "declaration")
            if last_name(node.child_by_field_name("type")) == "ProgramDescriptor"
            for item in declared_names(node)
        }
        calls = walk(self.source.root, "call_expression")
        return any(text(item).lstrip("&*") in names for call in calls for item in arguments(call))

    def unused(self) -> list[tuple[str, Node]]:
        """Variables of type KernelDescriptor that appear nowhere but before a member access."""
        out = []
        for name, use in self._variables.items():
            words = [node for node in walk(self.source.root, "identifier") if text(node) == name]
            plain = [node for node in words if node.parent is None or node.parent.type != "field_expression"]
            if not name.startswith("#") and len(plain) <= 1:  # the one is its declaration
                out.append((name, use.node))
        return out

    # Kernels.

    def _collect_kernels(self) -> None:
        variables = self._declared_kernels()
        for node in walk(self.source.root, "compound_literal_expression"):
            if last_name(node.child_by_field_name("type")) == "KernelDescriptor":
                self._literal(node, variables)
        for node in walk(self.source.root, "assignment_expression"):
            self._assign(node, variables)
        for node in walk(self.source.root, "call_expression"):
            self._fill(node, variables)
        for node in walk(self.source.root, "identifier"):
            if text(node) in variables and escapes(node):
                variables[text(node)].forget()
        self.uses = list(variables.values())
        self._variables = variables
        if any(not use.path for use in self.uses):
            self.complete = False

    def _declared_kernels(self) -> dict[str, Use]:
        variables: dict[str, Use] = {}
        for node in walk(self.source.root, "declaration"):
            if last_name(node.child_by_field_name("type")) != "KernelDescriptor":
                continue
            for item in node.children_by_field_name("declarator"):
                name = text(item.child_by_field_name("declarator") or item)
                if name in variables:
                    self.complete = False
                variables[name] = self._from_fields(designated(item.child_by_field_name("value")), item)
        return variables

    def _literal(self, node: Node, variables: dict[str, Use]) -> None:
        use = self._from_fields(designated(node.child_by_field_name("value")), node)
        above = node.parent
        named = above is not None and above.type == "init_declarator"
        name = text(above.child_by_field_name("declarator")) if named and above is not None else f"#{node.start_byte}"
        variables[name] = use

    def _from_fields(self, fields: dict[str, Node], node: Node) -> Use:
        use = Use("", node)
        for name, value in fields.items():
            self._member(use, name, value)
        return use

    def _assign(self, node: Node, variables: dict[str, Use]) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or left.type != "field_expression":
            return
        owner = text(left.child_by_field_name("argument"))
        if owner in variables:
            use = variables[owner]
            self._member(use, last_name(left), right)
            if enclosing(node, "if_statement") is not None:  # sometimes; nothing of it is certain
                use.forget()

    def _member(self, use: Use, name: str, value: Node) -> None:
        if name == "kernel_source":
            use.path = self.scope_at(value).string(value) or ""
        elif name == "core_ranges":
            use.cores = text(value)
        elif name == "compile_time_args":
            use.compile_time = self._list(value)
        elif name == "named_compile_time_args":
            use.named = named_values(value)
        elif name == "config":
            use.compute = designated(list_of(value)) if makes(value, "ComputeConfigDescriptor") else {}
        elif name == "runtime_args":
            use.runtime_known = False

    def _list(self, value: Node) -> Arguments:
        """Items of a list, or of the vector a name stands for with all that is appended to it."""
        if value.type == "call_expression" and called(value) == "move" and arguments(value):
            value = arguments(value)[0]
        if value.type == "initializer_list":
            return Arguments(list(children(value)))
        if value.type != "identifier":
            return Arguments(known=False)
        start = self.scope_at(value).values.get(text(value))
        name = text(value)
        found = walk(self.source.root, "declaration")
        declared = [node for node in found if name in {text(item) for item in declared_names(node)}]
        if len(declared) != 1 or text(value) not in self.scope_at(value).stable:
            return Arguments(known=False)
        items = Arguments(list(children(start))) if start is not None else Arguments()
        if start is not None and start.type != "initializer_list":
            return Arguments(known=False)
        for call in walk(self.source.root, "call_expression"):
            self._append(call, text(value), items)
        return items

    def _append(self, call: Node, vector: str, items: Arguments) -> None:
        name, owner, given = called(call), text(receiver(call)), arguments(call)
        if owner == vector:
            if name in {"push_back", "emplace_back"} and len(given) == 1:
                items.items.append(given[0])
            elif name not in {"reserve", "size"}:
                items.known = False
        elif name == "append_to" and given and text(given[0]) == vector:
            items.items.append(None)
        elif any(text(item).endswith(vector) and name != "move" for item in given):
            items.known = False
            return
        else:
            return
        if enclosing(call, *_CHOICES) is not None:
            items.known = False

    def _fill(self, call: Node, variables: dict[str, Use]) -> None:
        """Calls on a descriptor or on one of its lists."""
        owner, name, given = text(receiver(call)), called(call), arguments(call)
        for variable, use in variables.items():
            if owner == variable and name == "emplace_runtime_args":
                self._runtime(use, call, given)
            elif owner == f"{variable}.runtime_args" and name in {"emplace_back", "push_back"}:
                self._runtime(use, call, children(given[0]) if name == "push_back" and len(given) == 1 else given)
            elif f"{variable}.compile_time_args" in {owner, *(text(item) for item in given)}:
                self._append(call, f"{variable}.compile_time_args", use.compile_time)
            elif owner == f"{variable}.named_compile_time_args" and use.named is not None:
                words = string(given[0]) if len(given) == 2 and name == "emplace_back" else None
                use.named = {**use.named, words: given[1]} if words is not None else None

    def _runtime(self, use: Use, call: Node, given: Sequence[Node]) -> None:
        values = list_of(given[1]) if len(given) == 2 else None
        if values is None or values.type != "initializer_list":
            use.runtime_known = False
            return
        use.runtime.append((call, Arguments(list(children(values)))))
