#include "kernel_names.hpp"

#include <nanobind/stl/vector.h>

namespace op_emulator::bindings {

namespace {

constexpr const char* kKinds[] = {"runtime", "common", "compile_time"};
constexpr std::size_t kMostNames = 4096;

template <typename Entry, typename Fill>
nb::list list_of(const std::vector<Entry>& entries, const Fill& fill) {
    nb::list list;
    for (const Entry& entry : entries) {
        nb::dict record;
        record["name"] = entry.name;
        fill(record, entry);
        list.append(record);
    }
    return list;
}

KernelNames::Argument argument(const Node& node) {
    const std::string kind = node.at("kind").text();
    for (unsigned i = 0; i < std::size(kKinds); ++i) {
        if (kind != kKinds[i]) continue;
        return {
            node.at("name").text(), static_cast<KernelNames::ArgumentKind>(i), node.at("value").number<std::uint32_t>()};
    }
    node.at("kind").refuse("runtime, common or compile_time");
}

std::uint32_t number(const Node& node, const char* key) { return node.at(key).number<std::uint32_t>(); }

}  // namespace

nb::dict names_record(const KernelNames& names) {
    nb::dict record;
    record["args"] = list_of(names.args, [](nb::dict& entry, const auto& argument) {
        entry["kind"] = kKinds[static_cast<unsigned>(argument.kind)];
        entry["value"] = argument.value;
    });
    record["dfbs"] = list_of(names.dfbs, [](nb::dict& entry, const auto& buffer) {
        entry["index"] = buffer.index;
        entry["buffer"] = buffer.buffer;
    });
    record["tensors"] = list_of(names.tensors, [](nb::dict& entry, const auto& tensor) {
        entry["offset"] = tensor.offset;
        entry["address"] = tensor.address;
    });
    record["semaphores"] = list_of(
        names.semaphores, [](nb::dict& entry, const auto& semaphore) { entry["index"] = semaphore.index; });
    record["scratchpads"] = list_of(names.scratchpads, [](nb::dict& entry, const auto& pad) {
        entry["address"] = pad.address;
        entry["size"] = pad.size;
    });
    nb::list sequences;
    for (const auto& [name, members] : names.sequences) sequences.append(nb::make_tuple(name, members));
    record["sequences"] = sequences;
    record["varargs"] = names.varargs;
    record["common_varargs"] = names.common_varargs;
    record["compile_time_varargs"] = names.compile_time_varargs;
    return record;
}

KernelNames names_from(const Node& node) {
    KernelNames names;
    const auto entries = [&](const char* key) { return node.at(key).items(kMostNames); };
    for (const Node& entry : entries("args")) names.args.push_back(argument(entry));
    for (const Node& entry : entries("dfbs")) {
        names.dfbs.push_back({entry.at("name").text(), entry.at("buffer").text(), number(entry, "index")});
    }
    for (const Node& entry : entries("tensors")) {
        names.tensors.push_back({entry.at("name").text(), number(entry, "offset"), number(entry, "address")});
    }
    for (const Node& entry : entries("semaphores")) {
        names.semaphores.push_back({entry.at("name").text(), number(entry, "index")});
    }
    for (const Node& entry : entries("scratchpads")) {
        names.scratchpads.push_back({entry.at("name").text(), number(entry, "address"), number(entry, "size")});
    }
    for (const Node& entry : entries("sequences")) {
        const auto [name, members] = entry.two();
        auto& sequence = names.sequences.emplace_back(name.text(), std::vector<std::string>());
        for (const Node& member : members.items(kMostNames)) sequence.second.push_back(member.text());
    }
    names.varargs = number(node, "varargs");
    names.common_varargs = number(node, "common_varargs");
    names.compile_time_varargs = number(node, "compile_time_varargs");
    return names;
}

}  // namespace op_emulator::bindings
