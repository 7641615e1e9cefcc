// Pages as the iterators of an accessor hand them out: with their address and their place in the tensor.
#pragma once
#include "op_emulator/addresses.h"

namespace tensor_accessor {

class Page {
public:
    Page(uint64_t noc_addr, uint32_t global_page_id) : noc_addr_(noc_addr), page_id_(global_page_id) {}
    uint64_t noc_addr() const { return noc_addr_; }
    uint32_t page_id() const { return page_id_; }

private:
    uint64_t noc_addr_;
    uint32_t page_id_;
};

template <typename Accessor>
class AccessorPage : public Page {
public:
    AccessorPage(uint64_t noc_addr, uint32_t global_page_id, const Accessor* accessor, uint8_t noc = noc_index) :
        Page(noc_addr, global_page_id), accessor_(accessor), noc_(noc) {}
    const Accessor& accessor() const { return *accessor_; }

private:
    const Accessor* accessor_;
    uint8_t noc_;
};

// A page of one shard, counted within it.
template <typename Accessor>
class ShardPage : public AccessorPage<Accessor> {
public:
    ShardPage(
        uint64_t noc_addr, uint32_t global_page_id, const Accessor* accessor, uint32_t shard_id, uint32_t page_in_shard,
        uint8_t noc = noc_index) :
        AccessorPage<Accessor>(noc_addr, global_page_id, accessor, noc), shard_id_(shard_id), page_in_shard_(page_in_shard) {}
    uint32_t shard_id() const { return shard_id_; }
    uint32_t page_in_shard() const { return page_in_shard_; }

private:
    uint32_t shard_id_, page_in_shard_;
};

}  // namespace tensor_accessor

namespace op_emulator {

// Steps of an iterator that can make the page it stands at; Derived has operator*() and operator+=().
template <typename Derived>
class PageIterator {
public:
    using difference_type = std::ptrdiff_t;

    Derived& operator++() { return self() += 1; }
    Derived operator++(int) {
        const Derived before = self();
        self() += 1;
        return before;
    }
    Derived operator+(difference_type steps) const {
        Derived copy = self();
        copy += steps;
        return copy;
    }
    auto operator[](difference_type steps) const { return *(*this + steps); }
    auto operator->() const {
        struct Held {
            decltype(*std::declval<const Derived&>()) page;
            const auto* operator->() const { return &page; }
        };
        return Held{*self()};
    }

private:
    Derived& self() { return static_cast<Derived&>(*this); }
    const Derived& self() const { return static_cast<const Derived&>(*this); }
};

}  // namespace op_emulator
