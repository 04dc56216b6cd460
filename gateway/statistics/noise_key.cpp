#include "gateway/statistics/noise_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/noise.hpp"

namespace gatehouse::gateway {

namespace {

constexpr std::size_t kSize = 32;

class SeededBytes final : public statistics::ByteSource {
 public:
  explicit SeededBytes(const crypto::Digest& seed) : stream_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override { stream_.fill(bytes); }

 private:
  crypto::NoiseStream stream_;
};

}  // namespace

std::expected<NoiseKey, std::string> NoiseKey::read(const std::string& file) {
  const int in = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0) return std::unexpected(file + ": cannot be read; gatehouse stats key makes one, or bring it back from escrow");
  struct stat about {};
  crypto::SecretBytes key(kSize + 1);
  auto room = key.fill(crypto::KeyAccess::granted_to("statistics: the noise key comes from its file"));
  const bool stated = ::fstat(in, &about) == 0;
  const ssize_t got = ::read(in, room.data(), room.size());
  ::close(in);
  if (!stated || (about.st_mode & 0177) != 0) return std::unexpected(file + ": others may read or run it; chmod 0400 it");
  if (got != static_cast<ssize_t>(kSize)) return std::unexpected(file + ": is not 32 bytes; bring it back from escrow");
  return NoiseKey(crypto::SecretBytes::copy_of({room.data(), kSize}));
}

std::string NoiseKey::make(const std::string& file) {
  const auto key = crypto::SecretBytes::random(kSize);
  const auto bytes = key.reveal(crypto::KeyAccess::granted_to("statistics: a new noise key goes to its file"));
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (out < 0) return file + ": cannot be made; " + (errno == EEXIST ? "it is there already, and a new one would draw old figures again" : std::strerror(errno));
  const bool good = ::write(out, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(out) == 0;
  const bool closed = ::close(out) == 0;
  return good && closed ? std::string() : file + ": cannot be written; is the disk full?";
}

std::string NoiseKey::id() const {
  const auto digest = crypto::blake2b_256(key_, "gh-stat-key-id/1");
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string NoiseKey::name(std::string_view kind, std::string_view of, std::size_t digits) const {
  std::string text(kind);
  text += '\0';
  text += of;
  return crypto::hex(crypto::blake2b_256(key_, text)).substr(0, digits);
}

std::string NoiseKey::figure_key(std::string_view key_text) {
  const auto digest = crypto::blake2b_256(key_text);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::expected<std::int64_t, statistics::NoiseError> NoiseKey::noise(std::string_view figure_key, statistics::Fraction variance) const {
  SeededBytes bytes(crypto::blake2b_256(key_, figure_key));
  statistics::Bits bits(bytes);
  return statistics::discrete_gaussian(variance, bits);
}

}  // namespace gatehouse::gateway
