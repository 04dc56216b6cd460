#include "crypto/age_stream.hpp"

#include <sodium.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "crypto/age_armor.hpp"
#include "crypto/age_payload.hpp"

namespace gatehouse::crypto::age {
namespace {

constexpr std::size_t kBatch = 4;        // chunks a thread takes at a time
constexpr std::size_t kSealed = kChunk + kTag;

// Fills `into` unless the source ends before.
std::expected<std::size_t, Error> fill(const Source& source, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = source(into.subspan(done));
    if (!got) return got;
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

// The threads of one payload. Each takes the next batch of input under one lock, works on it alone, and writes it when its turn has come:
// reading, sealing and writing overlap, and the order is kept.
class Pipeline {
 public:
  Pipeline(const PayloadKey& key, ChunkCipher::Way way, const Source& source, const Sink& sink)
      : key_(key), way_(way), source_(source), sink_(sink), in_chunk_(way == ChunkCipher::Way::seal ? kChunk : kSealed) {}

  std::expected<void, Error> run(unsigned threads) {
    {
      std::vector<std::jthread> helpers;
      for (unsigned i = 1; i < std::min(threads, 16u); ++i) helpers.emplace_back([this] { work_safely(); });
      work_safely();
    }
    if (failure_) std::rethrow_exception(failure_);
    if (error_) return std::unexpected(std::move(*error_));
    return {};
  }

 private:
  struct Batch {
    std::uint64_t ticket = 0, first_chunk = 0;
    std::size_t size = 0;                // bytes of input
    bool last = false;
  };
  // Plaintext passes through; wiped when the thread ends.
  struct Buffer {
    explicit Buffer(std::size_t size_) : bytes(new char[size_]), size(size_) {}
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { sodium_memzero(bytes.get(), size); }
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  void work_safely() {
    try {
      work();
    } catch (...) {
      const std::scoped_lock both(in_, out_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
      turn_.notify_all();
    }
  }

  void work() {
    ChunkCipher cipher(key_, way_);
    // One buffer: the input stands at its end and the output grows from its front, a chunk behind, so that no chunk is written over one still to be read.
    Buffer buffer(kChunk + kBatch * kSealed);
    char* const out = buffer.bytes.get();
    char* const in = out + buffer.size - kBatch * in_chunk_;
    while (const auto batch = take(in)) {
      std::size_t written = 0;
      std::optional<Error> error = way_ == ChunkCipher::Way::seal ? seal(cipher, *batch, in, out, written) : open(cipher, *batch, in, out, written);
      if (!give(*batch, {out, written}, std::move(error))) return;
    }
  }

  std::optional<Batch> take(char* in) {
    const std::scoped_lock lock(in_);
    if (ended_ || stopped()) return std::nullopt;
    Batch batch{next_ticket_++, next_chunk_, 0, false};
    const std::size_t wanted = kBatch * in_chunk_;
    std::size_t held = 0;
    if (ahead_) {
      in[0] = *ahead_;
      ahead_.reset();
      held = 1;
    }
    auto got = fill(source_, {in + held, wanted - held});
    if (got && held + *got == wanted) {
      // Whether this batch is the last one hangs on one byte more.
      char byte = 0;
      const auto one = fill(source_, {&byte, 1});
      if (!one) {
        got = one;
      } else if (*one == 1) {
        ahead_ = byte;
      } else {
        ended_ = true;
      }
    } else {
      ended_ = true;
    }
    if (!got) {
      ended_ = true;
      const std::scoped_lock out(out_);
      if (!error_) error_ = got.error();
      stop_ = true;
      turn_.notify_all();
      return std::nullopt;
    }
    batch.size = held + *got;
    batch.last = ended_;
    next_chunk_ += kBatch;
    // Nothing at all: an empty plaintext is one empty chunk; an empty payload is refused by open().
    return batch;
  }

  bool stopped() {
    const std::scoped_lock lock(out_);
    return stop_;
  }

  bool give(const Batch& batch, std::string_view bytes, std::optional<Error> error) {
    std::unique_lock lock(out_);
    turn_.wait(lock, [&] { return stop_ || next_out_ == batch.ticket; });
    if (stop_) return false;
    if (!bytes.empty()) {
      if (auto done = sink_(bytes); !done && !error) error = std::move(done.error());
    }
    if (error) {
      error_ = std::move(error);
      stop_ = true;
    }
    ++next_out_;
    turn_.notify_all();
    return !stop_;
  }

  std::optional<Error> seal(ChunkCipher& cipher, const Batch& batch, const char* in, char* out, std::size_t& written) {
    std::size_t at = 0;
    std::uint64_t chunk = batch.first_chunk;
    do {
      const std::size_t size = std::min(kChunk, batch.size - at);
      const bool last = batch.last && at + size == batch.size;
      cipher.seal(chunk++, last, {in + at, size}, out + written);
      at += size;
      written += size + kTag;
    } while (at < batch.size);
    return std::nullopt;
  }

  std::optional<Error> open(ChunkCipher& cipher, const Batch& batch, const char* in, char* out, std::size_t& written) {
    std::size_t at = 0;
    std::uint64_t chunk = batch.first_chunk;
    do {
      const std::size_t size = std::min(kSealed, batch.size - at);
      const bool last = batch.last && at + size == batch.size;
      std::size_t good = 0;
      auto error = open_chunk(cipher, chunk++, last, {in + at, size}, out + written, good);
      written += good;
      if (error) return error;
      at += size;
    } while (at < batch.size);
    return std::nullopt;
  }

  const PayloadKey& key_;
  const ChunkCipher::Way way_;
  const Source& source_;
  const Sink& sink_;
  const std::size_t in_chunk_;

  std::mutex in_;                        // guards the source and these
  std::optional<char> ahead_;
  std::uint64_t next_ticket_ = 0, next_chunk_ = 0;
  bool ended_ = false;

  std::mutex out_;                       // guards the sink and these; taken after in_ where both are
  std::condition_variable turn_;
  std::uint64_t next_out_ = 0;
  bool stop_ = false;
  std::optional<Error> error_;
  std::exception_ptr failure_;
};

// Gives `first`, then what `rest` has.
Source after(std::string_view first, const Source& rest) {
  return [first, &rest](std::span<char> into) mutable -> std::expected<std::size_t, Error> {
    if (first.empty()) return rest(into);
    const std::size_t now = std::min(first.size(), into.size());
    first.copy(into.data(), now);
    first.remove_prefix(now);
    return now;
  };
}

std::expected<void, Error> open_binary(const Opening& with, const Source& file, const Sink& plain, unsigned threads) {
  std::string head(kLongestHeader + kPayloadNonce, '\0');
  const auto got = fill(file, head);
  if (!got) return std::unexpected(got.error());
  head.resize(*got);
  PayloadKey key;
  const auto offset = open_header(with, head, key);
  if (!offset) return std::unexpected(offset.error());
  const Source payload = after(std::string_view(head).substr(*offset), file);
  return Pipeline(key, ChunkCipher::Way::open, payload, plain).run(threads);
}

std::expected<void, Error> open_armored(const Opening& with, const Source& text, const Sink& plain, unsigned threads) {
  ArmorReader reader(text);
  const Source file = [&reader](std::span<char> into) { return reader.read(into); };
  return open_binary(with, file, plain, threads);
}

}  // namespace

std::expected<void, Error> seal_stream(const Sealing& to, const Source& plain, const Sink& file, Form form, unsigned threads) {
  FileKey key;
  PayloadKey payload;
  randombytes_buf(key.bytes.data(), key.bytes.size());
  std::string head;
  if (auto done = write_header(to, key, head, payload); !done) return done;
  if (form == Form::armored) {
    ArmorWriter writer(file);
    const Sink armor = [&writer](std::string_view bytes) { return writer.write(bytes); };
    if (auto done = armor(head); !done) return done;
    if (auto done = Pipeline(payload, ChunkCipher::Way::seal, plain, armor).run(threads); !done) return done;
    return writer.finish();
  }
  if (auto done = file(head); !done) return done;
  return Pipeline(payload, ChunkCipher::Way::seal, plain, file).run(threads);
}

std::expected<void, Error> open_stream(const Opening& with, const Source& file, const Sink& plain, Form form, unsigned threads) {
  if (form == Form::binary) return open_binary(with, file, plain, threads);
  if (form == Form::armored) return open_armored(with, file, plain, threads);
  // Armour begins with white space or a dash, a binary file with neither.
  char first = 0;
  const auto got = fill(file, {&first, 1});
  if (!got) return std::unexpected(got.error());
  const Source whole = after({&first, *got}, file);
  const bool text = *got == 1 && (first == '-' || first == ' ' || first == '\t' || first == '\r' || first == '\n');
  return text ? open_armored(with, whole, plain, threads) : open_binary(with, whole, plain, threads);
}

}  // namespace gatehouse::crypto::age
