// State of one compute kernel on one core: DST registers, what is configured, which init was last.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../../kernel/op_emulator/compute_api.h"
#include "../context.hpp"
#include "sfpu_table.hpp"

namespace op_emulator {

// What a DST tile holds. Registers have no type on silicon; reading one as what it is not is a bug in the kernel.
enum class TileKind : std::uint8_t { Unwritten, Float, Int32, UInt32, UInt16, UInt8 };

// One DST tile, four faces of 16x16 in L1 order. Floats are kept as fp32 bits whatever the DST width is; a 16-bit DST
// holds only values that bf16 can hold. Integers are two's complement (silicon: sign and magnitude).
struct alignas(64) DstTile {
    std::array<float, kTileElements> values;
    TileKind kind = TileKind::Unwritten;
    bool packed = false;  // taken by a pack_tile that stands before the commit
    bool reduced = false;  // holds the result of a reduction, or what was made of it in place
};

// What tile_regs_acquire … tile_regs_release spans. The packer works on the oldest, the maths on the newest.
struct DstSection {
    std::vector<DstTile> tiles;
    bool committed = false;
    Where acquired;
};

enum class FpuOp : std::uint8_t {
    None, Copy, Binary, Reuse, UnaryBroadcast, Transpose, TransposeDest, Matmul, Reduce, Tilize, Untilize,
    CompensatedSub
};

struct FpuInit {  // the last init of the matrix unit
    FpuOp op = FpuOp::None;
    compute::Binary binary = compute::Binary::Add;
    compute::Broadcast broadcast = compute::Broadcast::None;
    compute::Reuse reuse = compute::Reuse::None;
    bool accumulate = false;  // add, sub: onto what DST holds (mul always does)
    bool transpose_faces = false, transpose_within = false;  // copy, transpose_dest; matmul: both or none, of in1
    compute::Pool pool = compute::Pool::Sum;
    compute::ReduceDim dim = compute::ReduceDim::Row;
    std::uint32_t columns = 1, rows = 1, inner = 1;  // matmul: block in tiles; tilize: columns
    const char* name = "";
    Where where;
};

struct SfpuState {
    std::bitset<static_cast<std::size_t>(SfpuInit::count)> done;
    std::optional<SfpuInit> owner;  // last init that loaded constants or macros
    Where owner_where;
    std::array<std::uint32_t, 2> init_values{};  // fmod, remainder take their parameters at init
    compute::SfpuMemory memory;
};

struct FormatConfig {
    DataFormat format = DataFormat::Invalid;
    std::uint32_t cb = 0;
    Where where;
};

// A unit that rearranges data until its uninit is called.
struct LayoutMode {
    const char* name = "";    // the init
    const char* uninit = "";  // what ends it
    std::uint32_t block = 0, full = 0;  // pack_untilize: tiles of a block, of a row
    Where where;
};

struct ReduceMask {  // what the packer zeroes after reduce_init
    compute::ReduceDim dim;
    Where where;
};

struct ComputeState {
    explicit ComputeState(const KernelImage& kernel);

    const ComputeSettings settings;
    const bool fp32;               // DST holds 32-bit values
    const std::uint32_t capacity;  // DST tiles a section has

    bool started = false;
    Where started_where;
    FormatConfig srca, srcb, packer;
    FpuInit fpu;
    SfpuState sfpu;

    std::deque<std::unique_ptr<DstSection>> sections;  // front: oldest not yet released
    std::vector<std::unique_ptr<DstSection>> pool;
    std::uint64_t calls = 0;     // for the report, as the next
    std::uint32_t dst_most = 0;  // tiles a section held when it was committed
    bool acquired = false;  // sections.back() belongs to the maths
    bool waited = false;    // the packer may read sections.front()
    Where waited_where;

    std::array<std::uint32_t, 32> pack_position{};  // next page of a CB for pack_tile in order
    compute::PackRelu relu = compute::PackRelu::None;
    float relu_threshold = 0;
    bool l1_accumulate = false;
    std::optional<ReduceMask> reduce_mask;
    std::optional<LayoutMode> unpack_layout;  // tilize, untilize
    std::optional<LayoutMode> pack_layout;    // pack_untilize

    void require_started(const char* what, Where where) const;
};

// The state of the kernel that is running; a fault when it is not a compute kernel.
ComputeState& compute_state(Where where);
// A DST tile the maths may write; faults for no acquire, bad index, already packed.
DstTile& writable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where);
// A DST tile the maths reads; additionally faults when nothing wrote it.
DstTile& readable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where);
void check_dst_index(const ComputeState& state, std::uint32_t dst, const char* what, Where where);

namespace compute {

std::string at(Where where);             // "file.cpp:12", the file without its folders
std::string cb_label(std::uint32_t cb);  // "c_0"
const char* name_of(DataFormat format);
const char* name_of(TileKind kind);
bool same_format(DataFormat a, DataFormat b);  // Int32 and UInt32 move alike
TileKind kind_of(DataFormat format);
// An operation of the vector unit that is no row of its table: start-up and init as for those.
void sfpu_check(ComputeState& state, SfpuOp op, Where where);
// Does a tile of this kind hold what `format` says? 32-bit integers may be looked at as signed or unsigned.
bool fits(TileKind kind, DataFormat format);

}  // namespace compute

}  // namespace op_emulator
