// C2SP/CCTV age vectors: every one but the post-quantum ones, whose recipients this version does not have.
#include <map>

#include "crypto/age.hpp"
#include "crypto/age_stream.hpp"
#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/conformance/inflate.hpp"
#include "tests/conformance/vectors.hpp"

namespace gatehouse::crypto {
namespace {

struct Vector {
  std::map<std::string, std::string> says;
  std::string file;
};

Vector read_vector(const std::filesystem::path& path) {
  Vector out;
  std::string text = conformance::read_file(path);
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) break;
    const std::size_t colon = line.find(": ");
    out.says[line.substr(0, colon)] = line.substr(colon + 2);
  }
  out.file = text.substr(at);
  if (out.says.contains("compressed")) {
    const auto plain = conformance::Inflate::all(out.file);
    EXPECT_TRUE(plain) << path;
    out.file = plain.value_or("");
  }
  return out;
}

std::string as_code(const std::string& expect) {
  if (expect == "header failure") return "bad_header";
  if (expect == "armor failure") return "bad_armor";
  if (expect == "payload failure") return "bad_payload";
  if (expect == "no match") return "no_match";
  if (expect == "HMAC failure") return "bad_mac";
  return "";
}

void run(const std::filesystem::path& path, unsigned threads) {
  SCOPED_TRACE(path.filename());
  const Vector vector = read_vector(path);
  std::vector<age::Identity> identities;
  if (vector.says.contains("identity")) {
    auto identity = age::Identity::parse(vector.says.at("identity"));
    ASSERT_TRUE(identity);
    identities.push_back(std::move(*identity));
  }
  SecretBytes passphrase;
  const bool by_passphrase = vector.says.contains("passphrase");
  if (by_passphrase) {
    const std::string& words = vector.says.at("passphrase");
    passphrase = SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(words.data()), words.size()});
  }
  std::string_view rest = vector.file;
  // Small pieces: what is right must not hang on how the bytes arrive.
  const age::Source source = [&](std::span<char> into) -> std::expected<std::size_t, Error> {
    const std::size_t now = rest.copy(into.data(), std::min<std::size_t>(into.size(), 4099));
    rest.remove_prefix(now);
    return now;
  };
  std::string plain;
  const age::Sink sink = [&](std::string_view bytes) -> std::expected<void, Error> {
    plain += bytes;
    return {};
  };
  const age::Opening with{identities, by_passphrase ? &passphrase : nullptr};
  const auto form = vector.says.contains("armored") ? age::Form::armored : age::Form::binary;
  const auto opened = age::open_stream(with, source, sink, form, threads);
  const std::string wanted = as_code(vector.says.at("expect"));
  EXPECT_EQ(opened ? "" : opened.error().code, wanted) << (opened ? "" : opened.error().text());
  const auto digest = sha256(plain);
  if (vector.says.contains("payload"))
    EXPECT_EQ(hex(digest), vector.says.at("payload"));
  else
    EXPECT_EQ(plain, "");
  // In memory: all of it, or nothing.
  const auto whole = by_passphrase ? age::open_with_passphrase(passphrase, vector.file) : age::open(identities, vector.file);
  EXPECT_EQ(whole.has_value(), wanted.empty());
  if (whole) EXPECT_EQ(*whole, plain);
}

TEST(Age, opens_and_refuses_what_the_published_vectors_say) {
  VECTORS_OR_SKIP(folder, "age-cctv");
  std::size_t count = 0, post_quantum = 0;
  for (const auto& path : conformance::files_under(folder)) {
    const std::string name = path.filename();
    // `hybrid…` and `armor_hybrid`: ML-KEM-768 recipients
    if (name.starts_with("hybrid") || name == "armor_hybrid") {
      ++post_quantum;
      continue;
    }
    run(path, 1);
    if (name.starts_with("stream")) run(path, 2);
    conformance::count_case(path);
    ++count;
  }
  EXPECT_EQ(count, 124u);
  EXPECT_EQ(post_quantum, 19u);
}

}  // namespace
}  // namespace gatehouse::crypto
