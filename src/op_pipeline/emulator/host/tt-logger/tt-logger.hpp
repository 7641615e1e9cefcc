// Log calls are type-checked and dropped: a gate shows faults, not logs.
#pragma once
#include "op_emulator/format.hpp"

namespace tt {
enum class LogType { LogAlways, LogOp, LogTest, LogMetal, LogDevice };
using enum LogType;

template <typename... Arguments>
void log_nothing(LogType, op_emulator::FormatText<std::type_identity_t<Arguments>...>, const Arguments&...) {}
}  // namespace tt

#define log_trace(...) ::tt::log_nothing(__VA_ARGS__)
#define log_debug(...) ::tt::log_nothing(__VA_ARGS__)
#define log_info(...) ::tt::log_nothing(__VA_ARGS__)
#define log_warning(...) ::tt::log_nothing(__VA_ARGS__)
#define log_error(...) ::tt::log_nothing(__VA_ARGS__)
