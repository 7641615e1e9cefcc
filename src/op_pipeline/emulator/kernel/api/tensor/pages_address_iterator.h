// Pages of a tensor one after the other, or every n-th of them.
#pragma once
#include "api/tensor/page.h"

namespace op_emulator {

template <typename Accessor>
class PagesIterator : public PageIterator<PagesIterator<Accessor>> {
public:
    using value_type = tensor_accessor::AccessorPage<Accessor>;

    PagesIterator(const Accessor& accessor, uint32_t page, uint32_t end, uint32_t stride, uint8_t noc) :
        accessor_(&accessor), number_(page < end ? page : end), end_(end), stride_(stride), noc_(noc) {}

    uint32_t page_id() const { return number_; }
    tensor_accessor::AccessorPage<Accessor> operator*() const {
        return {accessor_->get_noc_addr(number_, 0, noc_, Where{}), number_, accessor_, noc_};
    }
    PagesIterator& operator+=(std::ptrdiff_t steps) {
        number_ += static_cast<uint32_t>(steps) * stride_;
        number_ = number_ < end_ ? number_ : end_;
        return *this;
    }

private:
    friend bool operator==(const PagesIterator& a, const PagesIterator& b) { return a.number_ == b.number_; }
    friend auto operator<=>(const PagesIterator& a, const PagesIterator& b) { return a.number_ <=> b.number_; }
    const Accessor* accessor_;
    uint32_t number_, end_, stride_;
    uint8_t noc_;
};

}  // namespace op_emulator

namespace tensor_accessor {

template <typename Accessor>
class Pages {
public:
    using iterator = op_emulator::PagesIterator<Accessor>;
    using const_iterator = iterator;

    Pages(const Accessor& accessor, uint32_t from, uint32_t to, uint32_t stride = 1, uint8_t noc = noc_index) :
        accessor_(accessor), from_(from), to_(to), stride_(stride), noc_(noc) {}
    iterator begin() const { return {accessor_, from_, to_, stride_, noc_}; }
    iterator end() const { return {accessor_, to_, to_, stride_, noc_}; }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }

private:
    const Accessor& accessor_;
    uint32_t from_, to_, stride_;
    uint8_t noc_;
};

}  // namespace tensor_accessor
