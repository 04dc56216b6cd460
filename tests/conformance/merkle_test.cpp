// transparency-dev/merkle: RFC 6962 inclusion and consistency, and the subtree proofs of draft-ietf-plants-merkle-tree-certs.
#include <nlohmann/json.hpp>

#include "crypto/log/tree.hpp"
#include "tests/conformance/vectors.hpp"

namespace gatehouse::crypto::log {
namespace {

// Some vectors hold words in place of hashes ("don't care", "WrongRoot"). They are hashed, which keeps what is equal and what differs. An empty
// one has no place in a typed function: whoever reads hashes refuses it, and so must the vector.
bool readable = true;

Digest digest_of(const nlohmann::json& value) {
  const auto bytes = from_base64(value.get<std::string>());
  EXPECT_TRUE(bytes);
  Digest out{};
  if (bytes->empty()) readable = false;
  if (bytes->size() != out.size()) return sha256(*bytes);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::vector<Digest> proof_of(const nlohmann::json& value) {
  std::vector<Digest> out;
  if (value.is_array())
    for (const auto& hash : value) out.push_back(digest_of(hash));
  return out;
}

TEST(MerkleTree, judges_every_published_proof_as_its_vector_does) {
  VECTORS_OR_SKIP(folder, "merkle-rfc6962");
  std::size_t count = 0;
  for (const auto& path : conformance::files_under(folder, ".json")) {
    SCOPED_TRACE(path);
    const auto json = nlohmann::json::parse(conformance::read_file(path));
    const std::string kind = *std::next(std::filesystem::relative(path, folder).begin(), 0);
    std::expected<void, Error> checked;
    readable = true;
    const auto proof = proof_of(json.at("proof"));
    const auto number = [&](const char* key) { return json.at(key).get<std::uint64_t>(); };
    if (kind == "inclusion") {
      const auto leaf = digest_of(json.at("leafHash")), root = digest_of(json.at("root"));
      checked = check_inclusion(number("leafIdx"), number("treeSize"), leaf, proof, root);
    } else if (kind == "consistency") {
      const auto root1 = digest_of(json.at("root1")), root2 = digest_of(json.at("root2"));
      checked = check_consistency(number("size1"), number("size2"), root1, root2, proof);
    } else if (kind == "subtreeinclusion") {
      const auto leaf = digest_of(json.at("leafHash")), root = digest_of(json.at("root"));
      checked = check_subtree_inclusion(number("leafIdx"), number("start"), number("end"), leaf, proof, root);
    } else {
      ASSERT_EQ(kind, "subtreeconsistency");
      const auto root1 = digest_of(json.at("root1")), root2 = digest_of(json.at("root2"));
      checked = check_subtree_consistency(number("start"), number("end"), number("size"), root1, root2, proof);
    }
    EXPECT_EQ(readable && checked.has_value(), !json.at("wantErr").get<bool>()) << json.at("desc");
    conformance::count_case(path);
    ++count;
  }
  EXPECT_EQ(count, 518u);
}

}  // namespace
}  // namespace gatehouse::crypto::log
