// Fault records: text for people, JSON for programs, bytes for the pipe between child and parent.
#include "fault.hpp"

#include <unistd.h>

#include <cstring>

#include "core.hpp"
#include "fault_channel.hpp"

namespace op_emulator {
namespace {

int g_channel = -1;
constexpr char kFaults = 'F', kReport = 'R';

std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            constexpr char digits[] = "0123456789abcdef";
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

class Writer {
public:
    void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void real(double value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void text(const std::string& value) {
        number(value.size());
        bytes_ += value;
    }
    [[noreturn]] void send_and_exit(char kind) {
        const std::string message = kind + bytes_;
        for (std::size_t sent = 0; sent < message.size();) {
            const ssize_t n = ::write(g_channel, message.data() + sent, message.size() - sent);
            if (n <= 0) {
                break;
            }
            sent += static_cast<std::size_t>(n);
        }
        ::_exit(0);
    }

private:
    std::string bytes_;
};

class Reader {
public:
    explicit Reader(const std::string& bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    std::uint64_t number() { return plain<std::uint64_t>(); }
    double real() { return plain<double>(); }
    std::string text() {
        const std::uint64_t size = number();
        if (!ok_ || size > bytes_.size() - at_) {
            ok_ = false;
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }

private:
    template <class T>
    T plain() {
        T value{};
        if (!ok_ || bytes_.size() - at_ < sizeof value) {
            ok_ = false;
            return value;
        }
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    const std::string& bytes_;
    std::size_t at_ = 1;  // behind the kind
    bool ok_ = true;
};

}  // namespace

std::string FaultRecord::to_json() const {
    return "{\"fault_class\": " + json_text(fault_class) + ", \"kernel\": " + json_text(kernel) +
           ", \"file\": " + json_text(file) + ", \"line\": " + std::to_string(line) +
           ", \"core_x\": " + std::to_string(core_x) + ", \"core_y\": " + std::to_string(core_y) +
           ", \"risc\": " + json_text(risc) + ", \"message\": " + json_text(message) +
           ", \"hint\": " + json_text(hint) + "}";
}

std::string FaultRecord::to_text() const {
    std::string text = fault_class + ": ";
    if (!kernel.empty()) {
        text += kernel + " core (" + std::to_string(core_x) + "," + std::to_string(core_y) + ") " + risc + " ";
    }
    if (!file.empty()) {
        text += file + ":" + std::to_string(line) + ": ";
    }
    text += message;
    return hint.empty() ? text : text + " (" + hint + ")";
}

namespace {

std::string joined(const std::vector<FaultRecord>& records) {
    std::string text;
    for (const FaultRecord& record : records) {
        text += (text.empty() ? "" : "\n") + record.to_text();
    }
    return text;
}

}  // namespace

ProgramFault::ProgramFault(std::vector<FaultRecord> list) :
    std::runtime_error(joined(list)), records(std::move(list)) {}

FaultRecord make_record(
    const KernelContext& context, const char* fault_class, std::string message, Where where, std::string hint) {
    FaultRecord record;
    record.fault_class = fault_class;
    record.kernel = context.kernel->name;
    record.file = where.file;
    record.line = where.line;
    record.core_x = context.core.x;
    record.core_y = context.core.y;
    record.risc = risc_name(context.risc);
    record.message = std::move(message);
    record.hint = std::move(hint);
    return record;
}

void set_fault_channel(int descriptor) { g_channel = descriptor; }

void end_with_faults(const std::vector<FaultRecord>& records) {
    Writer out;
    out.number(records.size());
    for (const FaultRecord& record : records) {
        for (const std::string* text :
             {&record.fault_class, &record.kernel, &record.file, &record.risc, &record.message, &record.hint}) {
            out.text(*text);
        }
        out.number(record.line);
        out.number(record.core_x);
        out.number(record.core_y);
    }
    out.send_and_exit(kFaults);
}

namespace {

void put(Writer& out, CoreXY core) {
    out.number(core.x);
    out.number(core.y);
}

void get(Reader& in, CoreXY& core) {
    core.x = static_cast<std::uint32_t>(in.number());
    core.y = static_cast<std::uint32_t>(in.number());
}

// Fields of the counters in the order in which they travel.
constexpr std::uint64_t CbCounts::* kCbFields[] = {
    &CbCounts::pushed, &CbCounts::popped, &CbCounts::waited_front, &CbCounts::waited_back, &CbCounts::highest_fill};
constexpr std::uint64_t NocCounts::* kNocFields[] = {
    &NocCounts::read, &NocCounts::written, &NocCounts::read_dram, &NocCounts::written_dram, &NocCounts::multicast};

void put_traffic(Writer& out, const RunReport& report) {
    out.number(report.circular_buffers.size());
    for (const CbTraffic& traffic : report.circular_buffers) {
        out.number(traffic.index);
        out.number(traffic.pages);
        out.number(traffic.cores);
        put(out, traffic.busiest_core);
        for (const auto field : kCbFields) {
            out.number(traffic.all.*field);
            out.number(traffic.busiest.*field);
        }
    }
    out.number(report.kernels.size());
    for (const KernelTraffic& traffic : report.kernels) {
        out.text(traffic.name);
        out.text(traffic.risc);
        out.number(traffic.compute_calls);
        out.number(traffic.dst_capacity);
        out.number(traffic.dst_most);
        out.number(traffic.cores);
        put(out, traffic.busiest_core);
        for (const auto field : kNocFields) {
            out.number(traffic.all.*field);
            out.number(traffic.busiest.*field);
        }
    }
}

void get_traffic(Reader& in, RunReport& report) {
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
        CbTraffic& traffic = report.circular_buffers.emplace_back();
        traffic.index = static_cast<std::uint32_t>(in.number());
        traffic.pages = static_cast<std::uint32_t>(in.number());
        traffic.cores = static_cast<std::uint32_t>(in.number());
        get(in, traffic.busiest_core);
        for (const auto field : kCbFields) {
            traffic.all.*field = in.number();
            traffic.busiest.*field = in.number();
        }
    }
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
        KernelTraffic& traffic = report.kernels.emplace_back();
        traffic.name = in.text();
        traffic.risc = in.text();
        traffic.compute_calls = in.number();
        traffic.dst_capacity = static_cast<std::uint32_t>(in.number());
        traffic.dst_most = static_cast<std::uint32_t>(in.number());
        traffic.cores = static_cast<std::uint32_t>(in.number());
        get(in, traffic.busiest_core);
        for (const auto field : kNocFields) {
            traffic.all.*field = in.number();
            traffic.busiest.*field = in.number();
        }
    }
}

}  // namespace

void end_with_report(const RunReport& report) {
    Writer out;
    out.number(report.api_calls);
    out.number(report.fibre_switches);
    out.real(report.seconds);
    out.number(report.warnings.size());
    for (const std::string& warning : report.warnings) {
        out.text(warning);
    }
    put_traffic(out, report);
    out.send_and_exit(kReport);
}

ChildAnswer parse_answer(const std::string& bytes) {
    ChildAnswer answer;
    if (bytes.empty()) {
        return answer;
    }
    Reader in(bytes);
    if (bytes[0] == kFaults) {
        for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
            FaultRecord& record = answer.faults.emplace_back();
            for (std::string* text :
                 {&record.fault_class, &record.kernel, &record.file, &record.risc, &record.message, &record.hint}) {
                *text = in.text();
            }
            record.line = static_cast<std::uint32_t>(in.number());
            record.core_x = static_cast<std::uint32_t>(in.number());
            record.core_y = static_cast<std::uint32_t>(in.number());
        }
        answer.complete = in.ok() && !answer.faults.empty();
        return answer;
    }
    answer.report.api_calls = in.number();
    answer.report.fibre_switches = in.number();
    answer.report.seconds = in.real();
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) {
        answer.report.warnings.push_back(in.text());
    }
    get_traffic(in, answer.report);
    answer.complete = bytes[0] == kReport && in.ok();
    return answer;
}

void raise_fault(const char* fault_class, std::string message, Where where, std::string hint) {
    if (where.line == 0) {
        where = current().last_call;
    }
    end_with_faults({make_record(current(), fault_class, std::move(message), where, std::move(hint))});
}

void add_warning(std::string text) {
    auto& warnings = program().warnings;
    if (warnings.size() < 100) {
        const KernelContext& context = current();
        warnings.push_back(
            context.kernel->name + " core (" + std::to_string(context.core.x) + "," + std::to_string(context.core.y) +
            "): " + std::move(text));
    }
}

}  // namespace op_emulator
