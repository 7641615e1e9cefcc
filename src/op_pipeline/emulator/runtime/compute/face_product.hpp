// Products of 16x16 faces, the unit in which the matrix unit multiplies.
#pragma once

namespace op_emulator::compute {

// out[16x16] = b @ a. Each element sums over k = 0 … 15 in this order, so results are the same on every machine.
void face_product(const float* b, const float* a, float* out);

}  // namespace op_emulator::compute
