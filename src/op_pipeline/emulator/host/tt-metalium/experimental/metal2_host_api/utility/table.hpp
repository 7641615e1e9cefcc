// Table: a map with unique keys, which need no order. Small ones are looked up by walking over them.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <list>
#include <ranges>
#include <utility>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal::experimental {

template <typename K, typename V>
class Table {
public:
    using key_type = K;
    using mapped_type = V;
    using value_type = std::pair<const K, V>;
    using size_type = std::size_t;
    using iterator = typename std::list<value_type>::iterator;
    using const_iterator = typename std::list<value_type>::const_iterator;

    Table() = default;
    Table(std::initializer_list<value_type> entries) { add_all(entries); }
    template <std::ranges::input_range Range>
        requires(std::convertible_to<std::ranges::range_reference_t<Range>, value_type> && !std::same_as<Range, Table>)
    explicit Table(const Range& entries) {
        add_all(entries);
    }
    Table(const Table&) = default;
    Table(Table&&) = default;
    Table& operator=(const Table& other) {
        if (this != &other) entries_ = std::list<value_type>(other.entries_);
        return *this;
    }
    Table& operator=(Table&&) = default;

    iterator begin() { return entries_.begin(); }
    iterator end() { return entries_.end(); }
    const_iterator begin() const { return entries_.begin(); }
    const_iterator end() const { return entries_.end(); }
    const_iterator cbegin() const { return entries_.begin(); }
    const_iterator cend() const { return entries_.end(); }
    bool empty() const { return entries_.empty(); }
    size_type size() const { return entries_.size(); }
    void clear() { entries_.clear(); }

    iterator find(const K& key) { return std::ranges::find(entries_, key, &value_type::first); }
    const_iterator find(const K& key) const { return std::ranges::find(entries_, key, &value_type::first); }
    bool contains(const K& key) const { return find(key) != end(); }

    // Only where the key is absent.
    std::pair<iterator, bool> insert(value_type entry) {
        if (const auto found = find(entry.first); found != end()) return {found, false};
        entries_.push_back(std::move(entry));
        return {std::prev(entries_.end()), true};
    }
    template <typename... Arguments>
        requires std::constructible_from<value_type, Arguments...>
    std::pair<iterator, bool> emplace(Arguments&&... arguments) {
        return insert(value_type(std::forward<Arguments>(arguments)...));
    }
    size_type erase(const K& key) {
        const auto found = find(key);
        if (found == end()) return 0;
        entries_.erase(found);
        return 1;
    }
    V& operator[](const K& key) {
        if (const auto found = find(key); found != end()) return found->second;
        return insert(value_type{key, V{}}).first->second;
    }
    // Null where the key is absent.
    V* get(const K& key) { return pointer_to(find(key)); }
    const V* get(const K& key) const {
        const auto found = find(key);
        return found == end() ? nullptr : &found->second;
    }

    friend bool operator==(const Table& a, const Table& b) {
        return a.size() == b.size() && std::ranges::all_of(a, [&](const value_type& entry) {
            const V* other = b.get(entry.first);
            return other && *other == entry.second;
        });
    }

private:
    V* pointer_to(iterator found) { return found == end() ? nullptr : &found->second; }
    template <typename Range>
    void add_all(const Range& entries) {
        for (const auto& entry : entries) {
            TT_FATAL(insert(value_type(entry)).second, "a Table is built with the same key twice");
        }
    }
    std::list<value_type> entries_;
};

}  // namespace tt::tt_metal::experimental
