"""C++ sources as syntax trees: calls in every form, edits that keep lines."""

from __future__ import annotations

import pytest

from op_pipeline.certify.source import Source, after, before, remove, replace, within

TEXT = """// a comment with f(1)
namespace n {
void f() {
    noc.async_read(a, {.page_id = i}, g(2));
    cb_wait_front(cb, 1);
    const auto n = ns::get_arg_val<uint32_t>(3);  // ψ
    x->push_back(1); desc.cbs.push_back(2);
}
}
"""


def source(text: str = TEXT) -> Source:
    return Source("ops/f.cpp", text)


@pytest.mark.parametrize(
    ("verb", "receiver", "arguments", "alone"),
    [
        ("async_read", "noc", ["a", "{.page_id = i}", "g(2)"], True),
        ("g", "", ["2"], False),
        ("cb_wait_front", "", ["cb", "1"], True),
        ("get_arg_val", "", ["3"], False),
    ],
)
def test_calls_in_every_form(verb: str, receiver: str, arguments: list[str], alone: bool) -> None:
    here = source()
    (call,) = here.calls_of(verb)
    assert (call.receiver, [here.of(item) for item in call.arguments]) == (receiver, arguments)
    assert (call.statement is not None) == alone
    assert bool(here.statements_of(verb)) == alone


def test_calls_on_one_line_are_told_apart_by_their_object() -> None:
    assert [call.receiver for call in source().calls_of("push_back")] == ["x", "desc.cbs"]


def test_calls_below_a_node() -> None:
    here = source()
    outer = here.calls_of("async_read")[0].node
    (inner,) = here.calls_of("g", "cb_wait_front", under=outer)
    assert inner.verb == "g"
    assert within(inner.node, outer)
    assert not within(outer, inner.node)


def test_edits_are_made_together_and_keep_the_lines() -> None:
    here = source()
    _, read = here.statements_of("async_read")[0]
    call, wait = here.statements_of("cb_wait_front")[0]
    text = here.edited(
        [remove(here, read), replace(call.arguments[1], "2"), before(wait, "one();"), after(wait, "two();")]
    )
    assert "one(); cb_wait_front(cb, 2); two();" in text
    assert "async_read" not in text
    assert text.count("\n") == TEXT.count("\n")
    assert "ψ" in text


def test_a_statement_of_several_lines_leaves_as_many() -> None:
    here = source("void f() {\n    g(1,\n      2);\n}\n")
    _, statement = here.statements_of("g")[0]
    assert here.edited([remove(here, statement)]) == "void f() {\n    ;\n\n}\n"


def test_edits_that_overlap_are_refused() -> None:
    here = source()
    call = here.calls_of("async_read")[0]
    with pytest.raises(ValueError, match="overlap"):
        here.edited([replace(call.node, "a"), replace(call.arguments[0], "b")])


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (TEXT.replace("// a comment with f(1)", "/* another */"), True),
        (TEXT.replace("    ", "  "), True),
        (TEXT.replace("get_arg_val<uint32_t>(3)", "get_arg_val<uint32_t>(4)"), False),
        ('const char* s = "a b";', False),
    ],
)
def test_tokens_leave_out_what_does_not_count(other: str, same: bool) -> None:
    assert (source(other).tokens() == source().tokens()) == same


def test_white_space_in_a_string_counts() -> None:
    assert source('auto s = "a b";').tokens() != source('auto s = "a  b";').tokens()


def test_a_place_is_file_and_line() -> None:
    here = source()
    assert here.at(here.calls_of("cb_wait_front")[0].node) == "f.cpp:5"
