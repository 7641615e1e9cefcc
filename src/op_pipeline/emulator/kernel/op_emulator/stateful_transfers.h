// Free functions for transfers that take coordinates, and perhaps the size, from an earlier call, or carry a transaction id.
#pragma once

// --- reads: the one-packet forms fix the size, the others name it each time --------------------------------------------
template <bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_set_state(
    uint64_t src_noc_addr, uint32_t size, const uint32_t vc = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::one_packet(size, where);
    op_emulator::abi::noc_set_state(false, src_noc_addr, size, noc, where);
}
template <bool inc_num_issued = true, bool use_vc = false>
FORCE_INLINE void noc_async_read_one_packet_with_state(
    uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, const uint32_t vc = 0, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::noc_read_with_state(
        src_local_l1_addr, dst_local_l1_addr, 0, noc, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_read_set_state(uint64_t src_noc_addr, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_set_state(false, src_noc_addr, 0, noc, where);
}
template <bool inc_num_issued = true, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_read_with_state(
    uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, uint32_t size, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::check_size(size, where);
    op_emulator::abi::noc_read_with_state(
        src_local_l1_addr, dst_local_l1_addr, size, noc, op_emulator::abi::kNoTransactionId, where);
}
// Reads are counted one by one here: nothing to catch up with.
FORCE_INLINE void noc_async_read_inc_num_issued(uint32_t num_issued_reads_inc, uint8_t noc = noc_index) {
    static_cast<void>(num_issued_reads_inc);
    static_cast<void>(noc);
}
FORCE_INLINE void noc_async_read_set_trid(uint32_t trid = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_set_transaction_id(false, trid, noc, where);
}
template <bool skip_ptr_update = false, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_read_one_packet_with_state_with_trid(
    uint32_t src_base_addr, uint32_t src_addr, uint32_t dest_addr, uint32_t trid = 0, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    op_emulator::abi::noc_read_with_state(src_base_addr + src_addr, dest_addr, 0, noc, trid, where);
}

// --- writes ---------------------------------------------------------------------------------------------------------------
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_set_state(
    uint64_t dst_noc_addr, uint32_t size, uint8_t noc = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::one_packet(size, where);
    op_emulator::abi::noc_set_state(true, dst_noc_addr, size, noc, where);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_state(
    uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_write_with_state(
        src_local_l1_addr, dst_local_l1_addr, 0, noc, posted, op_emulator::abi::kNoTransactionId, where);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_set_state(
    uint64_t dst_noc_addr, uint8_t noc = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::noc_set_state(true, dst_noc_addr, 0, noc, where);
}
template <bool posted = false, bool update_counter = true, bool skip_cmdbuf_chk = false>
FORCE_INLINE void noc_async_write_with_state(
    uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, uint32_t size, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::check_size(size, where);
    op_emulator::abi::noc_write_with_state(
        src_local_l1_addr, dst_local_l1_addr, size, noc, posted, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_write_set_trid(uint32_t trid = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_set_transaction_id(true, trid, noc, where);
}
template <bool update_counter = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size, uint32_t trid, uint8_t cmd_buf = write_cmd_buf,
    uint8_t noc = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(cmd_buf);
    static_cast<void>(vc);
    op_emulator::one_packet(size, where);
    op_emulator::abi::noc_write(src_local_l1_addr, dst_noc_addr, size, noc, posted, trid, where);
}
template <bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid_set_state(
    uint64_t dst_noc_addr, uint8_t cmd_buf = write_cmd_buf, uint8_t noc = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC,
    OP_EMULATOR_HERE) {
    static_cast<void>(cmd_buf);
    static_cast<void>(vc);
    op_emulator::abi::noc_set_state(true, dst_noc_addr, 0, noc, where);
}
template <bool update_counter = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet_with_trid_with_state(
    uint32_t src_local_l1_addr, uint32_t dst_local_l1_addr, uint32_t size, uint32_t trid, uint8_t cmd_buf = write_cmd_buf,
    uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    static_cast<void>(cmd_buf);
    op_emulator::one_packet(size, where);
    op_emulator::abi::noc_write_with_state(src_local_l1_addr, dst_local_l1_addr, size, noc, posted, trid, where);
}
