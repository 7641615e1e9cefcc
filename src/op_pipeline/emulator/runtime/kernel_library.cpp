#include "kernel_library.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#ifdef __linux__
#include <elf.h>
#endif

namespace op_emulator {
namespace {

std::vector<char> read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

#ifdef __linux__
// Objects the compiler's start-up files bring along.
bool is_start_up_object(const char* name) {
    return std::strncmp(name, "completed.", 10) == 0 || std::strcmp(name, "__dso_handle") == 0 ||
           std::strcmp(name, "__TMC_END__") == 0 || std::strncmp(name, "_DYNAMIC", 8) == 0 ||
           std::strncmp(name, "_GLOBAL_OFFSET_TABLE_", 21) == 0;
}

template <class T>
const T* at(const std::vector<char>& file, std::uint64_t offset, std::uint64_t count = 1) {
    if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) {
        throw std::runtime_error("truncated ELF file");
    }
    return reinterpret_cast<const T*>(file.data() + offset);
}

bool writable_data(const Elf64_Shdr& section) {
    return (section.sh_flags & SHF_WRITE) != 0 && (section.sh_flags & SHF_ALLOC) != 0 &&
           (section.sh_type == SHT_PROGBITS || section.sh_type == SHT_NOBITS);
}

bool symbols_in_writable_data(const std::vector<char>& file) {
    const auto& header = *at<Elf64_Ehdr>(file, 0);
    const auto* sections = at<Elf64_Shdr>(file, header.e_shoff, header.e_shnum);
    const char* section_names = at<char>(file, sections[header.e_shstrndx].sh_offset);
    for (unsigned i = 0; i < header.e_shnum; ++i) {
        if (sections[i].sh_type != SHT_SYMTAB) {
            continue;
        }
        const auto count = sections[i].sh_size / sizeof(Elf64_Sym);
        const auto* symbols = at<Elf64_Sym>(file, sections[i].sh_offset, count);
        const char* names = at<char>(file, sections[sections[i].sh_link].sh_offset);
        for (std::uint64_t s = 0; s < count; ++s) {
            const Elf64_Sym& symbol = symbols[s];
            if (ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx == SHN_UNDEF ||
                symbol.st_shndx >= header.e_shnum || symbol.st_size == 0) {
                continue;
            }
            const Elf64_Shdr& home = sections[symbol.st_shndx];
            // .data.rel.ro is read-only once the loader is done with it.
            if (writable_data(home) && std::strncmp(section_names + home.sh_name, ".data.rel.ro", 12) != 0 &&
                !is_start_up_object(names + symbol.st_name)) {
                return true;
            }
        }
    }
    return false;
}
#endif

std::string private_copy(const std::string& library) {
    const char* folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/op-emulator-kernel-XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    if (descriptor < 0) {
        throw std::runtime_error("cannot create a temporary file in " + path);
    }
    const std::vector<char> bytes = read_all(library);
    ::unlink(path.c_str());
    if (::write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("cannot write " + path);
    }
    return "/proc/self/fd/" + std::to_string(descriptor);  // stays open: it is the file's only name
}

}  // namespace

bool has_mutable_globals(const std::string& library) {
#ifdef __linux__
    const std::vector<char> file = read_all(library);
    if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0 ||
        file[EI_CLASS] != ELFCLASS64) {
        return false;
    }
    return symbols_in_writable_data(file);
#else
    (void)library;
    return false;
#endif
}

std::vector<std::string> imported_names(const std::string& library) {
    std::vector<std::string> names;
#ifdef __linux__
    const std::vector<char> file = read_all(library);
    if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0 ||
        file[EI_CLASS] != ELFCLASS64) {
        return names;
    }
    const auto& header = *at<Elf64_Ehdr>(file, 0);
    const auto* sections = at<Elf64_Shdr>(file, header.e_shoff, header.e_shnum);
    for (unsigned i = 0; i < header.e_shnum; ++i) {
        if (sections[i].sh_type != SHT_DYNSYM || sections[i].sh_link >= header.e_shnum) {
            continue;
        }
        const auto count = sections[i].sh_size / sizeof(Elf64_Sym);
        const auto* symbols = at<Elf64_Sym>(file, sections[i].sh_offset, count);
        const Elf64_Shdr& home = sections[sections[i].sh_link];
        const char* texts = at<char>(file, home.sh_offset, home.sh_size);
        for (std::uint64_t s = 0; s < count; ++s) {
            if (symbols[s].st_shndx == SHN_UNDEF && symbols[s].st_name != 0 && symbols[s].st_name < home.sh_size) {
                names.emplace_back(texts + symbols[s].st_name);
            }
        }
    }
#else
    (void)library;
#endif
    return names;
}

std::vector<std::string> private_copies(const std::string& library, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back(private_copy(library));
    }
    return names;
}

KernelEntry load_kernel(const std::string& library) {
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        throw std::runtime_error(::dlerror());
    }
    void* symbol = ::dlsym(handle, "op_emulator_kernel_entry");
    if (symbol == nullptr) {
        throw std::runtime_error(library + " has no op_emulator_kernel_entry");
    }
    return reinterpret_cast<KernelEntry>(symbol);
}

void publish_runtime_symbols() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<void*>(&publish_runtime_symbols), &info) != 0 && info.dli_fname != nullptr) {
        // Fails harmlessly when the runtime is linked into the program itself, whose symbols are visible anyway.
        ::dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    }
}

}  // namespace op_emulator
