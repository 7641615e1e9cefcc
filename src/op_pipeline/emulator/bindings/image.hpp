// Program images as plain Python data (dictionaries, lists, numbers, strings: what JSON can carry), and back.
#pragma once
#include <vector>

#include "bindings.hpp"
#include "device.hpp"
#include "op_emulator/execution.hpp"
#include "program_image.hpp"

namespace op_emulator::bindings {

// One key per field of the structure, but for `library`. Cores are pairs, the processor is its name.
nb::dict image_record(const ProgramImage& image);
nb::list live_record(const std::vector<LiveBuffer>& live);  // (kind, address, bytes per bank[, banks])

// The data may come from anywhere: std::invalid_argument, with the place within it, for what is not of this form.
// Keys that are not known are ignored. What the numbers mean is checked by execute().
ProgramImage image_from(nb::handle record);
DescribedLaunch launch_from(nb::handle image, nb::handle live, nb::handle libraries);

}  // namespace op_emulator::bindings
