// Several tensors at once: tuples of accessors, and an accessor of any type behind one.
#pragma once

namespace op_emulator {

template <typename... Args, std::size_t... I>
auto accessors(const std::tuple<Args...>& args, uint32_t first_address, std::index_sequence<I...>, Where where) {
    return std::make_tuple(TensorAccessor(
        std::get<I>(args), get_arg_val<uint32_t>(static_cast<int>(first_address + I), where))...);
}

}  // namespace op_emulator

// The addresses are runtime arguments, one after the other.
template <typename... Args>
auto make_tensor_accessor_tuple(
    const std::tuple<Args...>& args, uint32_t address_rt_arg_index_start, OP_EMULATOR_HERE) {
    return op_emulator::accessors(args, address_rt_arg_index_start, std::index_sequence_for<Args...>(), where);
}

template <typename... Tokens>
auto make_tensor_accessors(const std::tuple<Tokens...>& tokens) {
    return std::apply([](const auto&... each) { return std::make_tuple(TensorAccessor(each)...); }, tokens);
}

// Refers to an accessor, which must outlive it.
class AbstractTensorAccessorWrapper {
public:
    AbstractTensorAccessorWrapper() = default;
    template <typename Accessor>
        requires(!std::is_same_v<Accessor, AbstractTensorAccessorWrapper>)
    AbstractTensorAccessorWrapper(const Accessor& accessor) :
        accessor_(&accessor),
        address_([](const void* to, uint32_t page, uint32_t offset, uint8_t noc, op_emulator::Where where) {
            return static_cast<const Accessor*>(to)->get_noc_addr(page, offset, noc, where);
        }) {}

    uint64_t get_noc_addr(uint32_t page_idx, uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return address_(accessor_, page_idx, offset, noc, where);
    }

private:
    const void* accessor_ = nullptr;
    uint64_t (*address_)(const void*, uint32_t, uint32_t, uint8_t, op_emulator::Where) = nullptr;
};

template <typename... Accessors>
auto make_abstract_tensor_accessor_wrappers(const std::tuple<Accessors...>& accessors) {
    return std::apply(
        [](const auto&... each) { return std::array<AbstractTensorAccessorWrapper, sizeof...(Accessors)>{each...}; },
        accessors);
}

// Ends of a transfer that count pages, or whole shards, of an accessor.
template <typename Accessor>
struct PageView {
    const Accessor& accessor;
    explicit PageView(const Accessor& of) : accessor(of) {}
    uint64_t get_noc_addr(uint32_t page_id, uint32_t offset, uint8_t noc, OP_EMULATOR_HERE) const {
        return accessor.get_noc_addr(page_id, offset, noc, where);
    }
};

template <typename Accessor>
struct ShardView {
    const Accessor& accessor;
    explicit ShardView(const Accessor& of) : accessor(of) {}
    bool is_local_shard(uint32_t shard_id, uint8_t noc, OP_EMULATOR_HERE) const {
        return accessor.is_local_shard(shard_id, noc, where);
    }
    uint64_t get_noc_addr(uint32_t shard_id, uint32_t offset, uint8_t noc, OP_EMULATOR_HERE) const {
        return accessor.get_shard_noc_addr(shard_id, offset, noc, where);
    }
};
