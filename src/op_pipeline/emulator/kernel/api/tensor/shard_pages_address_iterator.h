// Pages of one shard in the order in which they lie there; places where it sticks out of the tensor are passed over.
#pragma once
#include "api/tensor/page.h"

namespace tensor_accessor {

template <typename Accessor>
class ShardPagesAddressIterator : public op_emulator::PageIterator<ShardPagesAddressIterator<Accessor>> {
public:
    using value_type = ShardPage<Accessor>;

    ShardPagesAddressIterator(const Accessor& accessor, uint32_t shard, uint32_t place, uint32_t end, uint8_t noc) :
        accessor_(&accessor), shard_(shard), number_(place < end ? place : end), end_(end), noc_(noc) {
        settle();
    }

    uint32_t page_id() const { return page_; }
    ShardPage<Accessor> operator*() const {
        const uint32_t offset = number_ * accessor_->get_aligned_page_size();
        return {
            accessor_->get_shard_noc_addr(shard_, offset, noc_, op_emulator::Where{}), page_, accessor_, shard_, number_, noc_};
    }
    ShardPagesAddressIterator& operator+=(std::ptrdiff_t steps) {
        do {
            number_ += static_cast<uint32_t>(steps);
        } while (number_ < end_ && !find_page());
        number_ = number_ < end_ ? number_ : end_;
        return *this;
    }

private:
    friend bool operator==(const ShardPagesAddressIterator& a, const ShardPagesAddressIterator& b) {
        return a.number_ == b.number_ && a.shard_ == b.shard_;
    }
    friend auto operator<=>(const ShardPagesAddressIterator& a, const ShardPagesAddressIterator& b) {
        return a.number_ <=> b.number_;
    }

    void settle() {
        while (number_ < end_ && !find_page()) {
            ++number_;
        }
    }

    // The page of the tensor at this place of the shard; false where there is none.
    bool find_page() {
        const auto& dspec = accessor_->dspec();
        uint32_t shard = shard_, place = number_;
        page_ = 0;
        for (uint32_t i = dspec.rank(); i-- > 0;) {
            const uint32_t at =
                shard % dspec.shard_grid()[i] * dspec.shard_shape()[i] + place % dspec.shard_shape()[i];
            shard /= dspec.shard_grid()[i];
            place /= dspec.shard_shape()[i];
            if (at >= dspec.tensor_shape()[i]) {
                return false;
            }
            page_ += at * dspec.tensor_strides()[i];
        }
        return true;
    }

    const Accessor* accessor_;
    uint32_t shard_, number_, end_, page_ = 0;
    uint8_t noc_;
};

template <typename Accessor>
class ShardPages {
public:
    using iterator = ShardPagesAddressIterator<Accessor>;
    using const_iterator = iterator;

    ShardPages(const Accessor& accessor, uint32_t shard, uint32_t from, uint32_t to, uint8_t noc = noc_index) :
        accessor_(accessor), shard_(shard), from_(from), to_(to), noc_(noc) {}
    iterator begin() const { return {accessor_, shard_, from_, to_, noc_}; }
    iterator end() const { return {accessor_, shard_, to_, to_, noc_}; }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }

private:
    const Accessor& accessor_;
    uint32_t shard_, from_, to_;
    uint8_t noc_;
};

// Whole shards one after the other, or every n-th of them.
template <typename Accessor>
class StridedShardPages {
public:
    class iterator {
    public:
        iterator(const Accessor& accessor, uint32_t shard, uint32_t end, uint32_t stride, uint8_t noc) :
            accessor_(&accessor), shard_(shard < end ? shard : end), end_(end), stride_(stride), noc_(noc) {}
        ShardPages<Accessor> operator*() const {
            return {*accessor_, shard_, 0, static_cast<uint32_t>(accessor_->dspec().shard_volume()), noc_};
        }
        iterator& operator++() {
            shard_ = shard_ + stride_ < end_ ? shard_ + stride_ : end_;
            return *this;
        }
        bool operator==(const iterator& other) const { return shard_ == other.shard_; }

    private:
        const Accessor* accessor_;
        uint32_t shard_, end_, stride_;
        uint8_t noc_;
    };

    StridedShardPages(const Accessor& accessor, uint32_t from, uint32_t to, uint32_t stride, uint8_t noc = noc_index) :
        accessor_(accessor), from_(from), to_(to), stride_(stride), noc_(noc) {}
    iterator begin() const { return {accessor_, from_, to_, stride_, noc_}; }
    iterator end() const { return {accessor_, to_, to_, stride_, noc_}; }

private:
    const Accessor& accessor_;
    uint32_t from_, to_, stride_;
    uint8_t noc_;
};

}  // namespace tensor_accessor
