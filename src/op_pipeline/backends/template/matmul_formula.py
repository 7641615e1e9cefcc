"""Finds the matrix product in a formula, and what the rest of the formula reads besides it."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.backends.template.requirements import Requirement, host_name
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Call, Expr, Input, input_names, walk
from op_pipeline.spec.shapes import Shape

_BREAK = "\n        "
"""Within a long condition, where it stands as an argument of its own line."""


@dataclass(frozen=True)
class Product:
    """`left @ right` of two inputs, the second one transposed or not. `name` is what stands for it in the rest."""

    left: str
    right: str
    transposed: bool
    name: str
    batch_from: str  # the operand whose leading dimensions the product has

    @property
    def text(self) -> str:
        """The product as a formula."""
        return f"matmul({self.left}, {f'transpose({self.right})' if self.transposed else self.right})"

    def batch_condition(self, spec: Spec) -> str:
        """C++ condition on the leading dimensions; empty where the ranks leave none."""
        ranks = {item.name: item.rank for item in spec.inputs}
        if ranks[self.left][1] == 2 and ranks[self.right][1] == 2:
            return ""
        position = {name: spec.input_names.index(name) for name in (self.left, self.right)}
        pairs = [[case[position[name]][:-2] for name in (self.left, self.right)] for case in spec.shapes]
        options = []
        for which, name in enumerate((self.left, self.right)):
            other = 1 - which
            if any(_is_one(pair[which]) and not _is_one(pair[other]) for pair in pairs) or ranks[name][1] == 2:
                tensor = host_name(name)
                options.append(
                    f"{tensor}.logical_volume() == {tensor}.logical_shape()[-2] * {tensor}.logical_shape()[-1]"
                )
        a, b = (f"{host_name(name)}.logical_shape().to_rank(4)" for name in (self.left, self.right))
        same = f"{a}[0] == {b}[0] &&{_BREAK}{a}[1] == {b}[1]"
        return f" ||{_BREAK}".join([*options, f"({same})"]) if options else same


def _is_one(batch: Shape) -> bool:
    return all(size == 1 for size in batch)


@dataclass(frozen=True)
class Extra:
    """An input that the rest of the formula reads: element by element, or spread over rows, columns or all."""

    name: str
    spread: str  # "", "ROW" (one row for all rows), "COL", "SCALAR"
    batched: bool = False  # it may have a batch
    shared: bool = False  # one matrix of it may serve a whole batch

    @property
    def has_rows(self) -> bool:
        """Whether it has a value for each row, and so for each matrix of a batch."""
        return self.spread in {"", "COL"}

    @property
    def page(self) -> str:
        """Page within one matrix as the reader computes it, from the tile's row m and column n."""
        return {"": "m * n_tiles + n", "ROW": "n", "COL": "m", "SCALAR": "0"}[self.spread]

    def requirement(self, product: Product) -> Requirement:
        """Its shape, for a product as high as the left operand and as wide as the right one."""
        height = f"{host_name(product.left)}.logical_shape()[-2]"
        width = f"{host_name(product.right)}.logical_shape()[{-2 if product.transposed else -1}]"
        left, right = f"input '{product.left}'", f"input '{product.right}'"
        shape = f"{host_name(self.name)}.logical_shape()"
        volume = f"{host_name(self.name)}.logical_volume()"
        what, condition = {
            "": (f"as the product of {left} and {right}", f"{shape}[-2] == {height} && {shape}[-1] == {width}"),
            "ROW": (f"of one row for the product with {right}", f"{shape}[-1] == {width} && {volume} == {width}"),
            "COL": (f"of one column as high as {left}", f"{shape}[-2] == {height} && {shape}[-1] == 1"),
            "SCALAR": ("of one element", f"{volume} == 1"),
        }[self.spread]
        if self.batched and self.has_rows:
            condition += f" &&{_BREAK}{self._batch_condition(product)}"
        return Requirement(
            f"{self.name}.shape",
            f"input {self.name} has a shape {what}".replace("'", ""),
            f"input '{self.name}' must have a shape {what}",
            condition,
            (shape,),
        )

    def _batch_condition(self, product: Product) -> str:
        own, other = (f"{host_name(name)}.logical_shape().to_rank(4)" for name in (self.name, product.batch_from))
        same = f"{own}[0] == {other}[0] &&{_BREAK}{own}[1] == {other}[1]"
        shape = f"{host_name(self.name)}.logical_shape()"
        single = f"{host_name(self.name)}.logical_volume() == {shape}[-2] * {shape}[-1]"
        return f"({single} ||{_BREAK}({same}))" if self.shared else same


def find_product(spec: Spec, expression: Expr) -> tuple[Product, Expr]:
    """The one product of the formula, and the formula with an input in its place. Raises UnsupportedSpecError."""
    products = [node for node in walk(expression) if isinstance(node, Call) and node.function == "matmul"]
    if len(products) > 1:
        raise UnsupportedSpecError("a second matmul(…)", "its kernels compute one product")
    left, (right, transposed) = products[0].arguments[0], _second(products[0].arguments[1])
    if isinstance(left, Call) and left.function == "transpose":
        raise UnsupportedSpecError(
            "matmul(transpose(…), …)", "the matrix unit transposes tiles of the second operand only"
        )
    if not isinstance(left, Input) or not isinstance(right, Input):
        wrong = next(item for item in (left, right) if not isinstance(item, Input))
        what = f"{wrong.function}(…)" if isinstance(wrong, Call) else "a scalar"
        raise UnsupportedSpecError(f"{what} as an operand of matmul(…)", "its kernels multiply inputs as they are")
    if left.name == right.name:
        raise UnsupportedSpecError(f"matmul of {left.name!r} with itself", "each operand needs a buffer of its own")
    name = next(name for name in ("product", "matrix_product", "the_product") if name not in spec.input_names)
    rest = _replaced(expression, products[0], Input(name), {})
    used = {left.name, right.name} & input_names(rest)
    if used:
        raise UnsupportedSpecError(
            f"{min(used)!r} inside and outside of matmul(…)", "its tiles are read in another order there"
        )
    return Product(left.name, right.name, transposed, name, _batch_from(spec, left.name, right.name)), rest


def _batch_from(spec: Spec, left: str, right: str) -> str:
    positions = spec.input_names.index(left), spec.input_names.index(right)
    pairs = [tuple(case[position][:-2] for position in positions) for case in spec.shapes]
    return right if any(_is_one(a) and not _is_one(b) for a, b in pairs) else left


def _second(operand: Expr) -> tuple[Expr, bool]:
    if isinstance(operand, Call) and operand.function == "transpose":
        if {operand.option("i"), operand.option("j")} != {-1, -2}:
            raise UnsupportedSpecError(
                f"transpose(…, {operand.option('i')}, {operand.option('j')}) in matmul(…)",
                "an operand can be transposed in its last two dimensions, -2 and -1",
            )
        return operand.arguments[0], True
    return operand, False


def _replaced(node: Expr, old: Expr, new: Expr, done: dict[int, Expr]) -> Expr:
    if node is old:
        return new
    if not isinstance(node, Call):
        return node
    if id(node) not in done:
        arguments = tuple(_replaced(argument, old, new, done) for argument in node.arguments)
        done[id(node)] = Call(node.function, arguments, node.options)
    return done[id(node)]


def find_extras(spec: Spec, product: Product) -> tuple[Extra, ...]:
    """Inputs besides the operands, and how each spreads over the product. Raises UnsupportedSpecError."""
    found = []
    for position, name in enumerate(spec.input_names):
        if name in {product.left, product.right}:
            continue
        options = ["", "ROW", "COL", "SCALAR"]
        for case in spec.shapes:
            output = spec.output_shape(case)
            shape = (1, 1, *case[position])
            tail, full = shape[-2:], output[-2:]
            fits = {"": full, "ROW": (1, full[1]), "COL": (full[0], 1), "SCALAR": (1, 1)}
            options = [option for option in options if tail == fits[option]]
            if not _is_one(case[position][:-2]) and (options == ["ROW"] or case[position][:-2] != output[:-2]):
                options = []
        if not options:
            raise UnsupportedSpecError(
                f"the shapes of {name!r} beside the product",
                "they must be the product's, one row, one column or 1×1 in all cases",
            )
        batches = [(case[position][:-2], spec.output_shape(case)[:-2]) for case in spec.shapes]
        shared = any(_is_one(own) and not _is_one(output) for own, output in batches)
        found.append(Extra(name, options[0], batched=spec.inputs[position].rank[1] > 2, shared=shared))
    return tuple(found)
