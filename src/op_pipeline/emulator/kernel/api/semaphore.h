// Semaphore: a word in L1 that every core it is declared on has at the same address.
#pragma once
#if defined(COMPILE_FOR_TRISC)
#error "semaphores of compute kernels are not modelled by the emulator"
#endif
#include "api/dataflow/noc.h"
#include "api/dataflow/semaphore_binding_token.h"

template <ProgrammableCoreType core_type = ProgrammableCoreType::TENSIX>
class Semaphore {
public:
    explicit Semaphore(SemaphoreBindingToken token, OP_EMULATOR_HERE) : Semaphore(token.id, where) {}
    explicit Semaphore(uint32_t semaphore_id, OP_EMULATOR_HERE) :
        address_(op_emulator::abi::semaphore_address(semaphore_id, where)) {}

    // This core's own word.
    void up(uint32_t value, OP_EMULATOR_HERE) {
        op_emulator::abi::semaphore_add(address_, static_cast<int32_t>(value), where);
    }
    void down(uint32_t value, OP_EMULATOR_HERE) {
        op_emulator::abi::semaphore_wait(address_, value, true, where);
        op_emulator::abi::semaphore_add(address_, -static_cast<int32_t>(value), where);
    }
    void wait(uint32_t value, OP_EMULATOR_HERE) const { op_emulator::abi::semaphore_wait(address_, value, false, where); }
    void wait_min(uint32_t value, OP_EMULATOR_HERE) const { op_emulator::abi::semaphore_wait(address_, value, true, where); }
    void set(uint32_t value, OP_EMULATOR_HERE) { op_emulator::abi::semaphore_set(address_, value, where); }
    uint32_t value(OP_EMULATOR_HERE) const { return op_emulator::abi::semaphore_value(address_, where); }

    // Other cores' words.
    void up(
        const Noc& noc, uint32_t noc_x, uint32_t noc_y, uint32_t value, uint8_t vc = NOC_UNICAST_WRITE_VC,
        OP_EMULATOR_HERE) {
        noc_semaphore_inc(::get_noc_addr(noc_x, noc_y, address_, noc.get_noc_id()), value, noc.get_noc_id(), vc, where);
    }
    template <ProgrammableCoreType dst_core_type = core_type>
    void relay_unicast(
        const Noc& noc, const Semaphore<dst_core_type>& dst_sem, uint32_t noc_x, uint32_t noc_y, OP_EMULATOR_HERE) {
        noc_semaphore_set_remote(
            address_, ::get_noc_addr(noc_x, noc_y, dst_sem.address_, noc.get_noc_id()), noc.get_noc_id(), where);
    }
    template <NocOptions opts = NocOptions::DEFAULT>
    void set_multicast(
        const Noc& noc, uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end, uint32_t noc_y_end,
        uint32_t num_dests, bool linked = false, OP_EMULATOR_HERE) {
        relay_multicast<opts>(noc, *this, noc_x_start, noc_y_start, noc_x_end, noc_y_end, num_dests, linked, where);
    }
    template <NocOptions opts = NocOptions::DEFAULT, ProgrammableCoreType dst_core_type = core_type>
    void relay_multicast(
        const Noc& noc, const Semaphore<dst_core_type>& dst_sem, uint32_t noc_x_start, uint32_t noc_y_start,
        uint32_t noc_x_end, uint32_t noc_y_end, uint32_t num_dests, bool linked = false, OP_EMULATOR_HERE) {
        op_emulator::abi::semaphore_send_multicast(
            address_, get_noc_multicast_addr(noc_x_start, noc_y_start, noc_x_end, noc_y_end, dst_sem.address_), num_dests,
            has_flag(opts, NocOptions::MCAST_INCL_SRC), linked, noc.get_noc_id(), where);
    }
    void inc_multicast(
        const Noc& noc, uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end, uint32_t noc_y_end, uint32_t value,
        uint32_t num_dests, OP_EMULATOR_HERE) {
        op_emulator::abi::semaphore_increment_multicast(
            get_noc_multicast_addr(noc_x_start, noc_y_start, noc_x_end, noc_y_end, address_), value, num_dests,
            noc.get_noc_id(), false, where);
    }

private:
    template <ProgrammableCoreType>
    friend class Semaphore;
    uint32_t address_;
};
