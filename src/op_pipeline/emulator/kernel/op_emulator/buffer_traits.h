// A ring buffer as the local end of a NOC transfer: read pointer as a source, write pointer as a target.
#pragma once
#include "api/dataflow/noc.h"

namespace op_emulator {

template <typename Buffer, typename Args = LocalArgs>
struct BufferTraits {
    using src_args_type = Args;
    using dst_args_type = Args;
    using dst_args_mcast_type = LocalMulticastArgs;

    template <typename B>
    static uint32_t read_address(const B& buffer) {
        if constexpr (requires { buffer.address(); }) {
            return buffer.address();
        } else {
            return buffer.get_read_ptr(Where{});
        }
    }
    template <typename B>
    static uint32_t write_address(const B& buffer) {
        if constexpr (requires { buffer.address(); }) {
            return buffer.address();
        } else {
            return buffer.get_write_ptr(Where{});
        }
    }
    template <Noc::AddressType address_type>
    static uint32_t src_addr(const Buffer& src, const Noc&, const Args& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1, "a circular buffer is local: it cannot be the remote end");
        return read_address(src) + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint32_t dst_addr(const Buffer& dst, const Noc&, const Args& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1, "a circular buffer is local: it cannot be the remote end");
        return write_address(dst) + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint64_t dst_addr_mcast(const Buffer& dst, const Noc& noc, const LocalMulticastArgs& args) {
        static_assert(address_type == Noc::AddressType::NOC, "a multicast goes over the NOC");
        return ::get_noc_multicast_addr(
            args.noc_x_start, args.noc_y_start, args.noc_x_end, args.noc_y_end, write_address(dst) + args.offset_bytes,
            noc.get_noc_id());
    }
};

}  // namespace op_emulator
