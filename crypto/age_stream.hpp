#pragma once
// age files of any size in bounded memory (about 0.4 MiB for each thread). Chunks are sealed and opened by several threads, read and written in
// order. Nothing of a chunk is written before it verified, and nothing after one that did not.
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string_view>

#include "crypto/age_header.hpp"
#include "crypto/error.hpp"

namespace gatehouse::crypto::age {

// Fills some of `into` and says how much; 0 only at the end. Called by one thread at a time, not always the same.
using Source = std::function<std::expected<std::size_t, Error>(std::span<char> into)>;
// Takes all of it. Called by one thread at a time, not always the same.
using Sink = std::function<std::expected<void, Error>(std::string_view bytes)>;

enum class Form : std::uint8_t { binary, armored, either };  // either: on opening, by how the file begins

std::expected<void, Error> seal_stream(const Sealing& to, const Source& plain, const Sink& file, Form form = Form::binary, unsigned threads = 1);

// What was written before an error is good plaintext from the start of the file, but cut short: the caller must say so.
std::expected<void, Error> open_stream(const Opening& with, const Source& file, const Sink& plain, Form form = Form::either, unsigned threads = 1);

}  // namespace gatehouse::crypto::age
