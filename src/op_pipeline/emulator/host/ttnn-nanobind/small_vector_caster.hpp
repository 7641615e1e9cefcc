// Python sequences <-> ttsl::SmallVector.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/stl/detail/nb_list.h>

#include <tt_stl/small_vector.hpp>

namespace nanobind::detail {
template <typename T, std::size_t N>
struct type_caster<ttsl::SmallVector<T, N>> : list_caster<ttsl::SmallVector<T, N>, T> {};
}  // namespace nanobind::detail
