// Which words of a tensor accessor are common runtime arguments instead of compile-time ones.
#pragma once
#include <cstdint>

namespace tensor_accessor {

enum class ArgConfig : std::uint8_t {
    None = 0,
    Sharded = 1 << 0,
    IsDram = 1 << 1,
    RuntimeRank = 1 << 2,
    RuntimeNumBanks = 1 << 3,
    RuntimeTensorShape = 1 << 4,
    RuntimeShardShape = 1 << 5,
    RuntimeBankCoords = 1 << 6,
    RuntimePageSize = 1 << 7,
    Runtime = RuntimeRank | RuntimeNumBanks | RuntimeTensorShape | RuntimeShardShape | RuntimeBankCoords | RuntimePageSize,
};

class ArgsConfig {
public:
    constexpr ArgsConfig(ArgConfig flags = ArgConfig::None) : raw_(static_cast<std::uint8_t>(flags)) {}
    constexpr explicit ArgsConfig(std::uint8_t raw) : raw_(raw) {}
    constexpr bool test(ArgConfig flag) const { return (raw_ & static_cast<std::uint8_t>(flag)) != 0; }
    constexpr std::uint8_t raw() const { return raw_; }
    friend constexpr ArgsConfig operator|(ArgsConfig a, ArgsConfig b) {
        return ArgsConfig(static_cast<std::uint8_t>(a.raw_ | b.raw_));
    }
    friend constexpr bool operator==(const ArgsConfig&, const ArgsConfig&) = default;

private:
    std::uint8_t raw_;
};

constexpr ArgsConfig operator|(ArgConfig a, ArgConfig b) { return ArgsConfig(a) | ArgsConfig(b); }

}  // namespace tensor_accessor
