// Runs one program that stdin describes, word by word, and answers with one JSON object. See programs.py for the words.
#include <cstring>
#include <iostream>
#include <map>

#include "device.hpp"
#include "fault.hpp"
#include "program_image.hpp"

using namespace op_emulator;

namespace {

template <class T>
T next() {
    T value{};
    std::cin >> value;
    return value;
}

std::vector<std::uint32_t> words() {
    std::vector<std::uint32_t> values(next<std::size_t>());
    for (auto& value : values) {
        value = next<std::uint32_t>();
    }
    return values;
}

std::vector<CoreXY> cores() {
    std::vector<CoreXY> list(next<std::size_t>());
    for (auto& core : list) {
        core.x = next<std::uint32_t>();
        core.y = next<std::uint32_t>();
    }
    return list;
}

BankKind kind() { return next<std::string>() == "dram" ? BankKind::Dram : BankKind::L1; }

KernelImage kernel() {
    KernelImage image;
    image.name = next<std::string>();
    const auto risc = next<std::string>();
    image.risc = risc == "BRISC" ? Risc::BRISC : risc == "NCRISC" ? Risc::NCRISC : Risc::TRISC;
    image.library = next<std::string>();
    image.cores = cores();
    image.common_runtime_args = words();
    for (auto entries = next<std::size_t>(); entries > 0; --entries) {
        KernelArguments arguments;
        arguments.core.x = next<std::uint32_t>();
        arguments.core.y = next<std::uint32_t>();
        arguments.values = words();
        image.runtime_args.push_back(arguments);
    }
    return image;
}

CircularBufferImage circular_buffer() {
    CircularBufferImage cb;
    cb.index = next<std::uint32_t>();
    cb.address = next<std::uint32_t>();
    cb.total_size = next<std::uint32_t>();
    cb.page_size = next<std::uint32_t>();
    cb.format = static_cast<DataFormat>(next<int>());
    cb.globally_allocated = next<bool>();
    cb.cores = cores();
    return cb;
}

SemaphoreImage semaphore() {
    SemaphoreImage image;
    image.id = next<std::uint32_t>();
    image.address = next<std::uint32_t>();
    image.initial_value = next<std::uint32_t>();
    image.cores = cores();
    return image;
}

struct Job {
    ChipShape shape;
    ProgramImage program;
    RunOptions options;
    std::unique_ptr<Device> device;
};

Device& device(Job& job) {
    if (!job.device) {
        job.device = std::make_unique<Device>(job.shape);
    }
    return *job.device;
}

std::uint32_t* memory(Job& job, std::size_t& count) {
    const BankKind bank_kind = kind();
    const auto bank = next<std::uint32_t>();
    const auto offset = next<std::uint64_t>();
    count = next<std::size_t>();
    return reinterpret_cast<std::uint32_t*>(device(job).bank(bank_kind, bank, offset, count * 4));
}

void answer(Job& job) {
    try {
        const RunReport report = run_program(device(job), job.program, job.options);
        std::cout << "\"faults\": [], \"api_calls\": " << report.api_calls << ", \"switches\": " << report.fibre_switches
                  << ", \"seconds\": " << report.seconds << ", \"warnings\": [";
        for (std::size_t i = 0; i < report.warnings.size(); ++i) {
            std::cout << (i > 0 ? ", " : "") << '"' << report.warnings[i] << '"';
        }
        std::cout << "]";
    } catch (const ProgramFault& fault) {
        std::cout << "\"faults\": [";
        for (std::size_t i = 0; i < fault.records.size(); ++i) {
            std::cout << (i > 0 ? ", " : "") << fault.records[i].to_json();
        }
        std::cout << "]";
    } catch (const std::invalid_argument& problem) {
        std::cout << "\"malformed\": \"" << problem.what() << "\"";
    }
}

bool step(Job& job, const std::string& word) {
    std::size_t count = 0;
    if (word == "grid") {
        job.shape.grid_x = next<std::uint32_t>();
        job.shape.grid_y = next<std::uint32_t>();
    } else if (word == "options") {
        job.options.schedule_seed = next<std::uint64_t>();
        job.options.stall_seconds = next<double>();
        job.options.deadline_seconds = next<double>();
    } else if (word == "buffer") {
        const BankKind where = kind();
        const auto address = next<std::uint64_t>();
        device(job).register_buffer({where, address, next<std::uint64_t>()});
    } else if (word == "release") {
        const BankKind where = kind();
        device(job).release_buffer(where, next<std::uint64_t>());
    } else if (word == "fill") {
        std::uint32_t* at = memory(job, count);
        const auto first = next<std::uint32_t>();
        for (std::size_t i = 0; i < count; ++i) {
            at[i] = first + static_cast<std::uint32_t>(i);
        }
    } else if (word == "kernel") {
        job.program.kernels.push_back(kernel());
    } else if (word == "cb") {
        job.program.circular_buffers.push_back(circular_buffer());
    } else if (word == "semaphore") {
        job.program.semaphores.push_back(semaphore());
    } else if (word == "run") {
        answer(job);
    } else if (word == "dump") {
        const std::uint32_t* at = memory(job, count);
        std::cout << ", \"dump\": [";
        for (std::size_t i = 0; i < count; ++i) {
            std::cout << (i > 0 ? ", " : "") << at[i];
        }
        std::cout << "]";
    } else {
        return false;
    }
    return true;
}

}  // namespace

int main() {
    Job job;
    std::cout << "{";
    for (std::string word; std::cin >> word;) {
        if (!step(job, word)) {
            std::cerr << "unknown word " << word << "\n";
            return 2;
        }
    }
    std::cout << "}\n";
}
