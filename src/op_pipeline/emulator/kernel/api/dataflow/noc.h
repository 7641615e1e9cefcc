// Noc: transfers between anything that has noc_traits_t, and the barriers.
#pragma once
#include "api/dataflow/dataflow_api.h"

struct DataflowBufferArgs {
    uint32_t offset_bytes{};
};

template <typename DSpecT>
struct TensorAccessor;

// Each endpoint header specialises this; a type without it is no endpoint.
template <typename T>
struct noc_traits_t {
    static_assert(sizeof(T) == 0, "NoC transactions are not supported for this type: is its header included?");
};

enum class NocOptions : uint32_t {
    DEFAULT = 0,
    TXN_ID = 1u << 0,
    POSTED = 1u << 1,
    CUSTOM_VC = 1u << 2,
    MCAST_INCL_SRC = 1u << 3,
    INLINE_L1 = 1u << 4,
    INLINE_REG = 1u << 5,
};

constexpr NocOptions operator|(NocOptions a, NocOptions b) noexcept {
    return static_cast<NocOptions>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}
constexpr bool has_flag(NocOptions opts, NocOptions flag) noexcept {
    return (static_cast<uint32_t>(opts) & static_cast<uint32_t>(flag)) != 0;
}

struct NocOptVals {
    uint32_t vc = NOC_UNICAST_WRITE_VC;
    uint32_t trid = 0;
};

class Noc {
public:
    enum class AddressType { NOC, LOCAL_L1 };
    static constexpr uint32_t INVALID_TXN_ID = 0xFFFFFFFF;

private:
    template <typename T>
    using src_args_t = typename noc_traits_t<T>::src_args_type;
    template <typename T>
    using dst_args_t = typename noc_traits_t<T>::dst_args_type;
    template <typename T>
    using dst_args_mcast_t = typename noc_traits_t<T>::dst_args_mcast_type;

    template <NocOptions opts>
    static constexpr uint32_t transaction_id(const NocOptVals& values) {
        return has_flag(opts, NocOptions::TXN_ID) ? values.trid : op_emulator::abi::kNoTransactionId;
    }

public:
    Noc() : noc_id_(noc_index) {}
    explicit Noc(uint8_t noc_id) : noc_id_(noc_id) {}

    uint8_t get_noc_id() const { return noc_id_; }
    bool is_local_bank(uint32_t virtual_x, uint32_t virtual_y) const {
        return op_emulator::abi::is_own_coordinate(virtual_x, virtual_y);
    }
    bool is_local_addr(const uint64_t noc_addr) const { return is_local_bank(noc_addr >> 36 & 63, noc_addr >> 42 & 63); }

    // L1 of this core is always the other end: the destination of a read, the source of a write.
    template <
        NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
        bool enable_noc_tracing = true, typename Src, typename Dst>
    FORCE_INLINE void async_read(
        const Src& src, const Dst& dst, uint32_t size_bytes, const src_args_t<Src>& src_args,
        const dst_args_t<Dst>& dst_args, const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_read(
            noc_traits_t<Src>::template src_addr<AddressType::NOC>(src, *this, src_args),
            noc_traits_t<Dst>::template dst_addr<AddressType::LOCAL_L1>(dst, *this, dst_args), size_bytes, noc_id_,
            transaction_id<opts>(noc_opts), where);
    }

    template <
        NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
        bool enable_noc_tracing = true, typename Src, typename Dst>
    FORCE_INLINE void async_write(
        const Src& src, const Dst& dst, uint32_t size_bytes, const src_args_t<Src>& src_args,
        const dst_args_t<Dst>& dst_args, const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_write(
            noc_traits_t<Src>::template src_addr<AddressType::LOCAL_L1>(src, *this, src_args),
            noc_traits_t<Dst>::template dst_addr<AddressType::NOC>(dst, *this, dst_args), size_bytes, noc_id_,
            has_flag(opts, NocOptions::POSTED), transaction_id<opts>(noc_opts), where);
    }

    template <
        NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1,
        bool enable_noc_tracing = true, typename Src, typename Dst>
    FORCE_INLINE void async_write_multicast(
        const Src& src, const Dst& dst, uint32_t size_bytes, uint32_t num_dsts, const src_args_t<Src>& src_args,
        const dst_args_mcast_t<Dst>& dst_args, bool linked = false, OP_EMULATOR_HERE) const {
        static_assert(!has_flag(opts, NocOptions::TXN_ID), "multicast takes no transaction id");
        static_assert(!has_flag(opts, NocOptions::POSTED), "multicast cannot be posted");
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_write_multicast(
            noc_traits_t<Src>::template src_addr<AddressType::LOCAL_L1>(src, *this, src_args),
            noc_traits_t<Dst>::template dst_addr_mcast<AddressType::NOC>(dst, *this, dst_args), size_bytes, num_dsts,
            has_flag(opts, NocOptions::MCAST_INCL_SRC), linked, noc_id_, where);
    }

    // Coordinates stay for later transfers with state; so does the size where max_page_size says one packet.
    template <NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Src>
    FORCE_INLINE void set_async_read_state(
        const Src& src, uint32_t size_bytes, const src_args_t<Src>& src_args, const NocOptVals& noc_opts = {},
        OP_EMULATOR_HERE) const {
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_set_state(
            false, noc_traits_t<Src>::template src_addr<AddressType::NOC>(src, *this, src_args),
            packet_size<max_page_size>(size_bytes, where), noc_id_, where);
        if constexpr (has_flag(opts, NocOptions::TXN_ID)) {
            op_emulator::abi::noc_set_transaction_id(false, noc_opts.trid, noc_id_, where);
        }
    }
    template <
        NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Src, typename Dst>
    FORCE_INLINE void async_read_with_state(
        const Src& src, const Dst& dst, uint32_t size_bytes, const src_args_t<Src>& src_args,
        const dst_args_t<Dst>& dst_args, const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        static_assert(
            !has_flag(opts, NocOptions::TXN_ID) || max_page_size <= NOC_MAX_BURST_SIZE,
            "async_read_with_state takes a transaction id in one-packet mode only");
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_read_with_state(
            static_cast<uint32_t>(noc_traits_t<Src>::template src_addr<AddressType::NOC>(src, *this, src_args)),
            noc_traits_t<Dst>::template dst_addr<AddressType::LOCAL_L1>(dst, *this, dst_args),
            size_with_state<max_page_size>(size_bytes, where), noc_id_, transaction_id<opts>(noc_opts), where);
    }
    template <NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Dst>
    FORCE_INLINE void set_async_write_state(
        const Dst& dst, uint32_t size_bytes, const dst_args_t<Dst>& dst_args, const NocOptVals& noc_opts = {},
        OP_EMULATOR_HERE) const {
        static_assert(!has_flag(opts, NocOptions::TXN_ID), "set_async_write_state takes no transaction id");
        static_cast<void>(noc_opts);
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_set_state(
            true, noc_traits_t<Dst>::template dst_addr<AddressType::NOC>(dst, *this, dst_args),
            packet_size<max_page_size>(size_bytes, where), noc_id_, where);
    }
    template <
        NocOptions opts = NocOptions::DEFAULT, uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, typename Src, typename Dst>
    FORCE_INLINE void async_write_with_state(
        const Src& src, const Dst& dst, uint32_t size_bytes, const src_args_t<Src>& src_args,
        const dst_args_t<Dst>& dst_args, const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        static_assert(!has_flag(opts, NocOptions::TXN_ID), "async_write_with_state takes no transaction id");
        static_cast<void>(noc_opts);
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_write_with_state(
            noc_traits_t<Src>::template src_addr<AddressType::LOCAL_L1>(src, *this, src_args),
            static_cast<uint32_t>(noc_traits_t<Dst>::template dst_addr<AddressType::NOC>(dst, *this, dst_args)),
            size_with_state<max_page_size>(size_bytes, where), noc_id_, has_flag(opts, NocOptions::POSTED),
            op_emulator::abi::kNoTransactionId, where);
    }

    template <NocOptions opts = NocOptions::DEFAULT, typename Dst>
    FORCE_INLINE void inline_dw_write(
        const Dst& dst, uint32_t val, const dst_args_t<Dst>& dst_args, uint8_t be = 0xF, const NocOptVals& noc_opts = {},
        OP_EMULATOR_HERE) const {
        static_assert(!has_flag(opts, NocOptions::INLINE_REG), "inline writes to stream registers: not modelled by the emulator");
        static_cast<void>(noc_opts);
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_write_word(
            noc_traits_t<Dst>::template dst_addr<AddressType::NOC>(dst, *this, dst_args), val, be, noc_id_,
            has_flag(opts, NocOptions::POSTED), where);
    }

    // Fills local L1 with zeros; like a read, it has landed only after its barrier.
    template <typename Dst>
    FORCE_INLINE void async_write_zeros(
        const Dst& dst, uint32_t size_bytes, const dst_args_t<Dst>& args = {}, OP_EMULATOR_HERE) const {
        op_emulator::abi::begin_call(where);
        op_emulator::abi::noc_write_zeros(
            noc_traits_t<Dst>::template dst_addr<AddressType::LOCAL_L1>(dst, *this, args), size_bytes, noc_id_, where);
    }
    // Zeros for a page in DRAM, from local memory that holds zeros already: the first NOC_MAX_BURST_SIZE bytes of `scratch`.
    template <typename DSpecT, typename Scratch>
    FORCE_INLINE void async_write_zeros(
        const TensorAccessor<DSpecT>& accessor, uint32_t size_bytes, const dst_args_t<TensorAccessor<DSpecT>>& args,
        const Scratch& scratch, OP_EMULATOR_HERE) const {
        static_assert(DSpecT::is_dram, "async_write_zeros: the overload with scratch memory is for tensors in DRAM");
        for (uint32_t done = 0; done < size_bytes; done += NOC_MAX_BURST_SIZE) {
            const uint32_t left = size_bytes - done;
            async_write(
                scratch, accessor, left < NOC_MAX_BURST_SIZE ? left : NOC_MAX_BURST_SIZE, {},
                {.page_id = args.page_id, .offset_bytes = args.offset_bytes + done}, {}, where);
        }
    }
    FORCE_INLINE void write_zeros_dram_barrier(OP_EMULATOR_HERE) const { noc_async_write_barrier(noc_id_, where); }
    FORCE_INLINE void write_zeros_l1_barrier(OP_EMULATOR_HERE) const { noc_async_read_barrier(noc_id_, where); }

    bool is_read_trid_flushed(uint32_t trid, OP_EMULATOR_HERE) const {
        return op_emulator::abi::noc_reads_landed(noc_id_, trid, where);
    }

    template <NocOptions opts = NocOptions::DEFAULT>
    FORCE_INLINE void async_read_barrier(const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        op_emulator::abi::noc_barrier(
            op_emulator::abi::Barrier::Reads, noc_id_, transaction_id<opts>(noc_opts), where);
    }
    template <NocOptions opts = NocOptions::DEFAULT>
    FORCE_INLINE void async_write_barrier(const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        op_emulator::abi::noc_barrier(
            op_emulator::abi::Barrier::Writes, noc_id_, transaction_id<opts>(noc_opts), where);
    }
    template <NocOptions opts = NocOptions::DEFAULT>
    FORCE_INLINE void async_writes_flushed(const NocOptVals& noc_opts = {}, OP_EMULATOR_HERE) const {
        constexpr bool posted = has_flag(opts, NocOptions::POSTED);
        static_assert(!(posted && has_flag(opts, NocOptions::TXN_ID)), "posted writes have no transaction id to wait for");
        op_emulator::abi::noc_barrier(
            posted ? op_emulator::abi::Barrier::PostedWritesDeparted : op_emulator::abi::Barrier::WritesDeparted, noc_id_,
            transaction_id<opts>(noc_opts), where);
    }
    FORCE_INLINE void async_atomic_barrier(OP_EMULATOR_HERE) const { noc_async_atomic_barrier(noc_id_, where); }
    FORCE_INLINE void async_full_barrier(OP_EMULATOR_HERE) const { noc_async_full_barrier(noc_id_, where); }

private:
    // The size that belongs to the state: none where each transfer names its own.
    template <uint32_t max_page_size>
    static uint32_t packet_size(uint32_t bytes, op_emulator::Where where) {
        if constexpr (max_page_size > NOC_MAX_BURST_SIZE) {
            return 0;
        } else {
            op_emulator::one_packet(bytes, where);
            return bytes;
        }
    }
    template <uint32_t max_page_size>
    static uint32_t size_with_state(uint32_t bytes, op_emulator::Where where) {
        if constexpr (max_page_size <= NOC_MAX_BURST_SIZE) {
            return 0;
        } else {
            op_emulator::check_size(bytes, where);
            return bytes;
        }
    }

    uint8_t noc_id_;
};

namespace op_emulator {

// Traits of an endpoint that is a local L1 range.
struct LocalArgs {
    uint32_t offset_bytes{};
};
struct LocalMulticastArgs {
    uint32_t noc_x_start{};
    uint32_t noc_y_start{};
    uint32_t noc_x_end{};
    uint32_t noc_y_end{};
    uint32_t offset_bytes{};
};

}  // namespace op_emulator
