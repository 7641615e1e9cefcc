#include "op_emulator/launch.hpp"

#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>

#include "op_emulator/dispatch.hpp"
#include "op_emulator/program_lowering.hpp"

namespace op_emulator {
namespace {

struct Recording {
    bool dispatch = true;
    std::vector<LaunchRecord> launches;
};

std::optional<Recording>& recording() {
    static std::optional<Recording> current;
    return current;
}

}  // namespace

void start_recording(bool dispatch) {
    TT_FATAL(!recording(), "launches are being recorded already");
    recording() = Recording{dispatch, {}};
}

std::vector<LaunchRecord> stop_recording() {
    TT_FATAL(recording(), "launches are not being recorded");
    auto launches = std::move(recording()->launches);
    recording().reset();
    return launches;
}

LaunchScope::LaunchScope(std::string_view operation) { record_.operation = operation; }

LaunchScope::~LaunchScope() {
    if (recording()) recording()->launches.push_back(std::move(record_));
}

void LaunchScope::enter(std::string_view phase) { record_.phases.emplace_back(phase); }

template <typename Describe>
void LaunchScope::lower_and_run(tt::tt_metal::distributed::MeshDevice* device, const Describe& describe) {
    TT_FATAL(device != nullptr, "{} returned no tensor on a device", record_.operation);
    const bool dispatch = !recording() || recording()->dispatch;
    if (dispatch) enter("dispatch");
    auto lowered = std::make_shared<LoweredLaunch>();
    record_.lowered = lowered;
    try {
        auto described = std::make_shared<DescribedProgram>(describe(*device));
        record_.program = described;
        lowered->live = device->chip().live_buffers();
        lowered->image = lower_program(*described, *device, record_.operation);
    } catch (const std::exception& error) {
        if (dispatch) throw;
        failed(error.what());
    }
    if (dispatch) dispatch_program(*lowered->image, *device);
}

void LaunchScope::run(tt::tt_metal::ProgramDescriptor program, tt::tt_metal::distributed::MeshDevice* device) {
    lower_and_run(device, [&](auto&) { return DescribedProgram{std::move(program), {}, {}}; });
}

void LaunchScope::run(ttnn::device_operation::ProgramArtifacts artifacts, tt::tt_metal::distributed::MeshDevice* device) {
    const bool elsewhere = recording() && !recording()->dispatch;
    lower_and_run(device, [&](auto& chip) {
        // Another process gets the operation's inputs, not tensors the operation has made itself.
        TT_FATAL(
            !elsewhere || artifacts.op_owned_tensors.empty(),
            "{} has tensors of its own (op_owned_tensors), which cannot be carried to where its kernels run",
            record_.operation);
        return describe_program(artifacts.spec, artifacts.run_params, chip);
    });
}

}  // namespace op_emulator
