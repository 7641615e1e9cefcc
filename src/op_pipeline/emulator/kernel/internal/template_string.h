// A text as a template argument: get_token_if_present<"name">().
#pragma once
#include <cstddef>

namespace internal {

inline constexpr std::size_t MAX_TEMPLATE_STRING_LEN = 64;

struct TemplateString {
    char value[MAX_TEMPLATE_STRING_LEN + 1] = {};
    std::size_t length;  // with the zero at its end

    template <std::size_t N>
    constexpr TemplateString(const char (&text)[N]) : length(N) {
        static_assert(N <= MAX_TEMPLATE_STRING_LEN + 1, "TemplateString holds at most 64 characters");
        for (std::size_t at = 0; at < N; ++at) {
            value[at] = text[at];
        }
    }

    constexpr bool operator==(const TemplateString& other) const {
        for (std::size_t at = 0; at < length && at < other.length; ++at) {
            if (value[at] != other.value[at]) {
                return false;
            }
        }
        return length == other.length;
    }
};

}  // namespace internal
