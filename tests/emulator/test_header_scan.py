from __future__ import annotations

import pytest

from op_pipeline.emulator.header_scan import declared_names


def names(text: str) -> list[str]:
    return [f"{item.owner}.{item.name}" if item.owner else item.name for item in declared_names(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("void plain(int a, int b);", ["plain"]),
        ("inline int body() { int hidden = 1; return hidden; }\nvoid next();", ["body", "next"]),
        ("template <typename T, int N = (3 > 2)> T typed(const T& x = {});", ["typed"]),
        ("namespace ckernel { void visible(); }", ["visible"]),
        ("namespace ckernel::sfpu { void deep(); }", ["sfpu::deep"]),
        ("namespace tt { enum CBIndex : int { c_0, c_1 = (1, 2), c_2 }; }", ["tt::CBIndex", "tt::c_0", "tt::c_1", "tt::c_2"]),
        ("enum class Mode { A, B };", ["Mode"]),
        ("namespace detail { void secret(); }", []),
        ("namespace { constexpr int local = 3; }", ["local"]),
        ("#define SQUARE(x) ((x) * (x))\n#define FLAG\n#undef OTHER", ["FLAG", "SQUARE"]),
        ("#if A\nvoid one();\n#else\nvoid two();\n#endif", ["one", "two"]),
        ("using Short = unsigned short; using std::uint32_t; using namespace std;", ["Short", "uint32_t"]),
        ("typedef unsigned int word;", ["word"]),
        ('extern "C" { void c_function(); }', ["c_function"]),
        ("constexpr auto table = make<3>(1, 2); int array[4]; extern int other;", ["array", "other", "table"]),
        ("// void comment();\n/* void block(); */ void real();", ["real"]),
        ('const char* text = "void quoted();"; void real();', ["real", "text"]),
        ("struct forward; class also;", []),
        ("struct S operator+(S a, S b); bool operator==(S, S) { return true; } void after();", ["after"]),
        ("__attribute__((always_inline)) inline void hot() {}", ["hot"]),
        ("static_assert(sizeof(int) == 4); void real();", ["real"]),
        ("inline std::enable_if_t<(3 > 2), int> chosen(int x) { return x; }", ["chosen"]),
    ],
)
def test_names_of_a_header(text: str, expected: list[str]) -> None:
    assert names(text) == expected


CLASS = """
class Noc {
public:
    enum class AddressType { NOC, LOCAL };
    static constexpr unsigned NONE = 0xFFFF;
    Noc() : id_(noc_index), other_{3} {}
    explicit Noc(int id) : id_(id) {}
    ~Noc();
    template <typename S = decltype(3)>
    void async_read(const S& source, const Options& options = {}) const {
        if constexpr (true) { auto issue = [&](int a) { return a; }; issue(1); }
    }
    bool operator==(const Noc&) const = default;
    int plain_member = 3;
protected:
    void not_shown();
private:
    int id_;
};
void after();
"""


def test_public_members_of_a_class_are_read_and_the_rest_of_the_file_too() -> None:
    assert names(CLASS) == ["Noc", "after", "Noc.AddressType", "Noc.NONE", "Noc.async_read", "Noc.plain_member"]


def test_members_of_a_struct_are_public() -> None:
    assert names("struct Opt { unsigned vc = 0; unsigned trid{}; };") == ["Opt", "Opt.trid", "Opt.vc"]


def test_a_deprecation_is_read_with_its_message() -> None:
    [item] = declared_names('[[deprecated("Use " "other() instead")]] ALWI void old();')
    assert (item.name, item.deprecated) == ("old", "Use other() instead")


def test_a_name_with_one_overload_that_is_not_deprecated_is_not_deprecated() -> None:
    [item] = declared_names('[[deprecated("x")]] void f(int);\nvoid f(float);')
    assert item.deprecated == ""


@pytest.mark.parametrize("text", ["", "}", "void open(", "class Unfinished {", "#define", "template <", "namespace x {"])
def test_a_broken_header_does_not_break_the_reader(text: str) -> None:
    declared_names(text)
