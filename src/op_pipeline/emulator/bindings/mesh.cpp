// Meshes, as far as one device needs them, and functions over whole program descriptors.
#include "mesh.hpp"

#include <algorithm>
#include <functional>
#include <sstream>

#include <nanobind/make_iterator.h>
#include <nanobind/operators.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <tt_stl/assert.hpp>

#include "bindings.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

std::string listed(const std::vector<std::uint32_t>& values) {
    std::string text;
    for (const std::uint32_t value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "([" + text + "])";
}

std::string text_of(const MeshCoordinate& coordinate) { return "MeshCoordinate" + listed(coordinate.values); }

std::uint32_t element(const std::vector<std::uint32_t>& values, std::int64_t index) {
    const auto size = static_cast<std::int64_t>(values.size());
    TT_FATAL(index >= -size && index < size, "index {} is out of bounds for {} dimensions", index, size);
    return values[static_cast<std::size_t>(index < 0 ? index + size : index)];
}

template <typename Type>
nb::class_<Type> bind_point(nb::module_& module, const char* name, const char* first, const char* list) {
    const std::string prefix(first);
    const std::string a = prefix + "0", b = prefix + "1", c = prefix + "2";
    nb::class_<Type> type(module, name);
    type.def(
            "__init__", [](Type* self, std::uint32_t x, std::uint32_t y) { new (self) Type{{x, y}}; }, nb::arg(a.c_str()),
            nb::arg(b.c_str()))
        .def(
            "__init__", [](Type* self, std::uint32_t x, std::uint32_t y, std::uint32_t z) { new (self) Type{{x, y, z}}; },
            nb::arg(a.c_str()), nb::arg(b.c_str()), nb::arg(c.c_str()))
        .def(
            "__init__", [](Type* self, std::vector<std::uint32_t> values) { new (self) Type{std::move(values)}; },
            nb::arg(list))
        .def("__getitem__", [](const Type& self, std::int64_t index) { return element(self.values, index); }, "index"_a)
        .def("__iter__", [](const Type& self) { return nb::iter(nb::cast(self.values)); })
        .def("dims", [](const Type& self) { return self.values.size(); })
        .def(nb::self == nb::self)
        .def("__hash__", [type = std::string(name)](const Type& self) { return std::hash<std::string>()(type + listed(self.values)); })
        .def("__repr__", [type = std::string(name)](const Type& self) { return type + listed(self.values); });
    return type;
}

MeshCoordinateRange checked_range(MeshCoordinate start, MeshCoordinate end) {
    TT_FATAL(start.values.size() == end.values.size(), "{} and {} differ in rank", text_of(start), text_of(end));
    for (std::size_t i = 0; i < start.values.size(); ++i) {
        TT_FATAL(start.values[i] <= end.values[i], "a range cannot start at {} and end at {}", text_of(start), text_of(end));
    }
    return {std::move(start), std::move(end)};
}

MeshCoordinateRange range_of(const MeshShape& shape) {
    MeshCoordinateRange range;
    for (const std::uint32_t extent : shape.values) {
        TT_FATAL(extent > 0, "MeshShape{} has no coordinates", listed(shape.values));
        range.start.values.push_back(0);
        range.end.values.push_back(extent - 1);
    }
    return range;
}

std::vector<MeshCoordinate> coordinates(const MeshCoordinateRange& range) {
    std::vector<MeshCoordinate> all{range.start};
    for (std::size_t axis = 0; axis < range.start.values.size(); ++axis) {
        std::vector<MeshCoordinate> more;
        for (const MeshCoordinate& one : all) {
            for (std::uint32_t i = range.start.values[axis]; i <= range.end.values[axis]; ++i) {
                more.push_back(one);
                more.back().values[axis] = i;
            }
        }
        all = std::move(more);
    }
    return all;
}

ProgramDescriptor* find(MeshProgramDescriptor& mesh, const MeshCoordinateRange& range) {
    const auto found = std::ranges::find(mesh.programs, range, [](const auto& entry) { return entry.first; });
    return found == mesh.programs.end() ? nullptr : &found->second;
}

void set(MeshProgramDescriptor& mesh, const MeshCoordinateRange& range, const ProgramDescriptor& program) {
    if (ProgramDescriptor* found = find(mesh, range)) {
        *found = program;
    } else {
        mesh.programs.emplace_back(range, program);
    }
}

void bind_mesh_types(nb::module_& module) {
    bind_point<MeshCoordinate>(module, "MeshCoordinate", "c", "coords");
    bind_point<MeshShape>(module, "MeshShape", "s", "shape").def("mesh_size", [](const MeshShape& self) {
        std::size_t size = 1;
        for (const std::uint32_t extent : self.values) size *= extent;
        return size;
    });
    nb::class_<MeshCoordinateRange>(module, "MeshCoordinateRange")
        .def(
            "__init__",
            [](MeshCoordinateRange* self, MeshCoordinate start, MeshCoordinate end) {
                new (self) MeshCoordinateRange(checked_range(std::move(start), std::move(end)));
            },
            "start"_a, "end"_a)
        .def("__init__", [](MeshCoordinateRange* self, const MeshShape& shape) { new (self) MeshCoordinateRange(range_of(shape)); }, "shape"_a)
        .def("__iter__", [](const MeshCoordinateRange& self) { return nb::iter(nb::cast(coordinates(self))); })
        .def("__repr__", [](const MeshCoordinateRange& self) {
            return "MeshCoordinateRange(start=" + text_of(self.start) + ", end=" + text_of(self.end) + ")";
        });
    nb::class_<MeshProgramDescriptor>(module, "MeshProgramDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](MeshProgramDescriptor* self, const nb::dict& programs) {
                MeshProgramDescriptor made;
                for (const auto& [range, program] : programs) {
                    set(made, nb::cast<const MeshCoordinateRange&>(range), nb::cast<const ProgramDescriptor&>(program));
                }
                new (self) MeshProgramDescriptor(std::move(made));
            },
            "mesh_programs"_a)
        .def(
            "__getitem__",
            [](MeshProgramDescriptor& self, const MeshCoordinateRange& key) -> ProgramDescriptor& {
                ProgramDescriptor* found = find(self, key);
                TT_FATAL(found, "no program for this range of coordinates");
                return *found;
            },
            "key"_a, nb::rv_policy::reference_internal)
        .def("__setitem__", &set, "key"_a, "value"_a)
        .def("__iter__", [](MeshProgramDescriptor& self) { return nb::iter(nb::cast(self.programs)); });
}

template <typename Pairs>
void write_pairs(std::ostream& text, const Pairs& pairs) {
    for (const auto& [name, value] : pairs) text << name << '=' << value << ';';
}

void write(std::ostream& text, const KernelDescriptor& kernel) {
    text << "kernel " << kernel.kernel_source << '\n' << static_cast<int>(kernel.source_type) << kernel.core_ranges.str();
    text << listed(kernel.compile_time_args);
    write_pairs(text, kernel.named_compile_time_args);
    write_pairs(text, kernel.defines);
    for (const auto& [core, words] : kernel.runtime_args) text << core.str() << words.size();
    text << '/' << kernel.common_runtime_args.size() << '/' << kernel.config.index();
    if (const auto* movement = std::get_if<DataMovementConfigDescriptor>(&kernel.config)) {
        text << static_cast<int>(movement->processor) << static_cast<int>(movement->noc) << static_cast<int>(movement->noc_mode);
    }
    if (const auto* compute = std::get_if<ComputeConfigDescriptor>(&kernel.config)) {
        text << static_cast<int>(compute->math_fidelity) << compute->fp32_dest_acc_en << compute->dst_full_sync_en
             << compute->bfp8_pack_precise << compute->math_approx_mode;
        for (const UnpackToDestMode mode : compute->unpack_to_dest_mode) text << static_cast<int>(mode);
    }
}

// What a compiled program depends on: not the values of runtime arguments, only how many there are.
std::uint64_t descriptor_hash(const ProgramDescriptor& program) {
    if (program.custom_program_hash) return *program.custom_program_hash;
    std::ostringstream text;
    for (const KernelDescriptor& kernel : program.kernels) write(text, kernel);
    for (const CBDescriptor& cb : program.cbs) {
        text << "cb " << cb.total_size << cb.core_ranges.str() << (cb.buffer != nullptr) << cb.address_offset;
        for (const CBFormatDescriptor& format : cb.format_descriptors) {
            text << '/' << unsigned{format.buffer_index} << ' ' << static_cast<unsigned>(format.data_format) << ' ' << format.page_size;
        }
    }
    for (const SemaphoreDescriptor& semaphore : program.semaphores) {
        text << "semaphore " << semaphore.id << semaphore.core_ranges.str() << semaphore.initial_value;
    }
    return std::hash<std::string>()(text.str());
}

bool share_cores(const ProgramDescriptor& a, const ProgramDescriptor& b) {
    for (const KernelDescriptor& one : a.kernels) {
        for (const KernelDescriptor& two : b.kernels) {
            for (const CoreCoord& core : corerange_to_cores(one.core_ranges)) {
                if (two.core_ranges.contains(core)) return true;
            }
        }
    }
    return false;
}

ProgramDescriptor merged(const std::vector<ProgramDescriptor>& descriptors) {
    ProgramDescriptor whole;
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        const ProgramDescriptor& next = descriptors[i];
        for (std::size_t j = 0; j < i; ++j) {
            TT_FATAL(!share_cores(descriptors[j], next), "kernels of descriptors {} and {} share cores", j, i);
        }
        whole.kernels.insert(whole.kernels.end(), next.kernels.begin(), next.kernels.end());
        whole.semaphores.insert(whole.semaphores.end(), next.semaphores.begin(), next.semaphores.end());
        whole.cbs.insert(whole.cbs.end(), next.cbs.begin(), next.cbs.end());
    }
    return whole;
}

}  // namespace

void bind_mesh(nb::module_& module) {
    bind_mesh_types(module);
    module.def("merge_program_descriptors", &merged, "descriptors"_a);
    module.def("compute_program_descriptor_hash", &descriptor_hash, "program_descriptor"_a);
}

}  // namespace op_emulator::bindings
