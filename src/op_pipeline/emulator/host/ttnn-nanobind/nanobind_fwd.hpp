// For headers that only name nb::module_.
#pragma once

namespace nanobind {
class module_;
}
namespace nb = nanobind;
