// One launch of a device operation: its phases, what it decided, and the run on the emulated device.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tt-metalium/program_descriptors.hpp>

#include "op_emulator/attributes.hpp"
#include "ttnn/metal_v2_artifacts.hpp"
#include "ttnn/tensor/tensor.hpp"

namespace op_emulator {

struct DescribedProgram;  // program_spec.hpp
struct LoweredLaunch;     // program_lowering.hpp

struct LaunchRecord {
    std::string operation;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::vector<std::string> phases;
    std::vector<tt::tt_metal::TensorSpec> output_specs;
    std::string factory;
    std::shared_ptr<const DescribedProgram> program;
    std::shared_ptr<const LoweredLaunch> lowered;
    std::optional<std::string> error;
};

// Between start and stop every launch of this process is recorded. Without `dispatch` a launch ends when its program
// is lowered and returns the output unwritten; a program that cannot be lowered is noted in its record, not thrown.
void start_recording(bool dispatch);
std::vector<LaunchRecord> stop_recording();

// Calls `visit` for every tensor or spec in a return value: a plain one, optional, vector or tuple.
template <typename Leaf, typename Value, typename Visit>
void visit_leaves(const Value& value, const Visit& visit) {
    if constexpr (std::is_same_v<Value, Leaf>) {
        visit(value);
    } else if constexpr (requires { value.has_value(); *value; }) {
        if (value.has_value()) visit_leaves<Leaf>(*value, visit);
    } else if constexpr (requires { value.begin(); value.end(); }) {
        for (const auto& element : value) visit_leaves<Leaf>(element, visit);
    } else {
        std::apply([&](const auto&... elements) { (visit_leaves<Leaf>(elements, visit), ...); }, value);
    }
}

class LaunchScope {
public:
    explicit LaunchScope(std::string_view operation);
    ~LaunchScope();
    LaunchScope(const LaunchScope&) = delete;
    LaunchScope& operator=(const LaunchScope&) = delete;

    void enter(std::string_view phase);
    void factory(std::string_view name) { record_.factory = name; }
    void failed(std::string_view text) { record_.error = std::string(text); }

    template <typename Attributes>
    void attributes(const Attributes& attributes) {
        record_.attributes = attribute_texts(attributes);
    }
    template <typename Specs>
    void output_specs(const Specs& specs) {
        visit_leaves<tt::tt_metal::TensorSpec>(specs, [this](const auto& spec) { record_.output_specs.push_back(spec); });
    }
    // `program`: ProgramDescriptor, or ProgramArtifacts of a Metal 2.0 operation.
    template <typename Program, typename Output>
    void dispatch(Program program, const Output& output) {
        tt::tt_metal::distributed::MeshDevice* device = nullptr;
        visit_leaves<tt::tt_metal::Tensor>(output, [&](const auto& tensor) {
            if (!device) device = tensor.device();
        });
        run(std::move(program), device);
    }
    void run(tt::tt_metal::ProgramDescriptor program, tt::tt_metal::distributed::MeshDevice* device);
    void run(ttnn::device_operation::ProgramArtifacts artifacts, tt::tt_metal::distributed::MeshDevice* device);

private:
    template <typename Describe>
    void lower_and_run(tt::tt_metal::distributed::MeshDevice* device, const Describe& describe);
    LaunchRecord record_;
};

}  // namespace op_emulator
