// Runs one kernel of the generated table against the compute runtime, on circular buffers that are plain memory:
// every input page is waited for, every output page reserved. Prints "ok" or the fault.
//   driver CASE [fp32] [full_sync] [unpack_fp32] [fidelity=N] [repeat=N] [arg=WORD]... [in:CB:FORMAT:FILE[:HEIGHT:WIDTH:BYTES]]...
//   [out:CB:FORMAT:PAGES:FILE[:HEIGHT:WIDTH:BYTES]]...   shape and bytes of a tile, 32x32 where they are not given
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/context.hpp"
#include "runtime/trace.hpp"

using namespace op_emulator;

struct Buffer {
    CbInfo info;
    std::vector<std::byte> data;
    std::string file;
    std::uint32_t pushed = 0;
};

struct Fault {
    std::string fault_class, message, hint;
    Where where;
};

struct Case {
    const char* name;
    void (*run)();
};
extern const Case kCases[];
extern const std::size_t kCaseCount;

static std::map<std::uint32_t, Buffer> buffers;
static std::vector<std::uint32_t> arguments;
static KernelContext context;

namespace op_emulator {

KernelContext& current() { return context; }
// Nobody traces here.
TraceRing* g_trace = nullptr;
void TraceRing::count_step() {}
void trace_running(TraceKind, std::uint8_t, std::uint32_t, std::uint32_t, std::uint32_t) {}
void raise_fault(const char* fault_class, std::string message, Where where, std::string hint) {
    throw Fault{fault_class, std::move(message), std::move(hint), where};
}
void add_warning(std::string text) { std::printf("warning\t%s\n", text.c_str()); }

static Buffer& buffer(std::uint32_t cb, Where where) {
    const auto found = buffers.find(cb);
    if (found == buffers.end()) raise_fault("cb_undeclared", "c_" + std::to_string(cb), where);
    return found->second;
}
CbInfo cb_info(std::uint32_t cb, Where where) { return buffer(cb, where).info; }
const std::byte* cb_front_page(std::uint32_t cb, std::uint32_t index, Where where) {
    Buffer& b = buffer(cb, where);
    if (index >= b.info.pages) raise_fault("cb_read_before_wait", "page " + std::to_string(index), where);
    return b.data.data() + index * b.info.page_size;
}
std::byte* cb_back_page(std::uint32_t cb, std::uint32_t index, Where where) {
    Buffer& b = buffer(cb, where);
    if (b.pushed + index >= b.info.pages) raise_fault("cb_write_before_reserve", "page " + std::to_string(index), where);
    return b.data.data() + (b.pushed + index) * b.info.page_size;
}
// What the runtime knows about memory that nobody has written; here the inputs are files.
void check_page_is_written(std::uint32_t, const std::byte*, std::uint64_t, const char*, Where) {}
void check_sum_is_written(std::uint32_t, const std::byte*, std::uint64_t, const char*, Where) {}

namespace abi {
std::uint32_t argument(std::int32_t index, Where) { return arguments.at(static_cast<std::size_t>(index)); }
void cb_push_back(std::uint32_t cb, std::int32_t pages, Where where) {
    buffer(cb, where).pushed += static_cast<std::uint32_t>(pages);
    compute_cb_pushed(*context.compute, cb);
}
void not_modelled(const char* name, const char*, Where where) { raise_fault("not_modelled", name, where); }
}  // namespace abi

}  // namespace op_emulator

static std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::stringstream stream(text);
    for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
    return parts;
}

static Buffer make_buffer(std::uint32_t format, std::uint32_t pages) {
    const auto data_format = static_cast<DataFormat>(format);
    return {{data_format, tile_bytes(data_format), pages, 32, 32}, {}, {}, 0};
}

static void declare(const std::vector<std::string>& parts) {
    const auto number = [&parts](std::size_t i) { return static_cast<std::uint32_t>(std::stoul(parts.at(i))); };
    Buffer& b = buffers[number(1)];
    const std::size_t shape = parts[0] == "out" ? 5 : 4;
    const auto small = [&](CbInfo& info) {
        if (parts.size() <= shape) return;
        info.tile_height = number(shape);
        info.tile_width = number(shape + 1);
        info.page_size = number(shape + 2);
    };
    if (parts[0] == "out") {
        b = make_buffer(number(2), number(3));
        small(b.info);
        b.data.assign(std::size_t{b.info.page_size} * b.info.pages, std::byte{0xFF});
        b.file = parts.at(4);
        return;
    }
    std::ifstream stream(parts.at(3), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    b = make_buffer(number(2), 1);
    small(b.info);
    b.info.pages = static_cast<std::uint32_t>(bytes.size() / b.info.page_size);
    b.data.resize(bytes.size());
    std::memcpy(b.data.data(), bytes.data(), bytes.size());
}

static void run(const Case& chosen, const KernelImage& kernel) {
    context.compute = make_compute_state(kernel);
    for (auto& [index, b] : buffers) b.pushed = 0;
    chosen.run();
    finish_compute_state(*context.compute, {"end", 0});
    destroy_compute_state(context.compute);
}

int main(int count, char** words) {
    KernelImage kernel;
    kernel.risc = Risc::TRISC;
    int repeat = 1;
    for (int i = 2; i < count; ++i) {
        const std::string word = words[i];
        if (word == "fp32") kernel.compute.fp32_dest_acc_en = true;
        else if (word == "full_sync") kernel.compute.dst_full_sync_en = true;
        else if (word == "unpack_fp32") kernel.compute.unpack_to_dest_fp32.fill(true);
        else if (word.rfind("fidelity=", 0) == 0)
            kernel.compute.math_fidelity = static_cast<std::uint8_t>(std::stoi(word.substr(9)));
        else if (word.rfind("repeat=", 0) == 0) repeat = std::stoi(word.substr(7));
        else if (word.rfind("arg=", 0) == 0) arguments.push_back(static_cast<std::uint32_t>(std::stoul(word.substr(4))));
        else declare(split(word));
    }
    for (std::size_t i = 0; i < kCaseCount; ++i) {
        if (std::strcmp(kCases[i].name, words[1]) != 0) continue;
        try {
            const auto start = std::chrono::steady_clock::now();
            for (int n = 0; n < repeat; ++n) run(kCases[i], kernel);
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
            for (const auto& [index, b] : buffers) {
                if (b.file.empty()) continue;
                std::ofstream(b.file, std::ios::binary)
                    .write(reinterpret_cast<const char*>(b.data.data()), static_cast<std::streamsize>(b.data.size()));
            }
            std::printf("ok\t%.9f\n", seconds.count());
        } catch (const Fault& f) {
            std::printf("fault\t%s\t%u\t%s\t%s\n", f.fault_class.c_str(), f.where.line, f.message.c_str(), f.hint.c_str());
        }
        return 0;
    }
    std::printf("no such case\n");
    return 2;
}
