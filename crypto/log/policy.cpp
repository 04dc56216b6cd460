// Trust policies of transparency logs: https://c2sp.org/tlog-policy
#include "crypto/log/policy.hpp"

#include <algorithm>
#include <functional>

#include "crypto/log/lines.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr std::size_t kLongest = 65536, kMost = 64;

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::expected<WitnessPolicy, Error> WitnessPolicy::parse(std::string_view text) {
  std::size_t number = 0;
  const auto bad = [&number](std::string what, const char* remedy = "a policy file of c2sp.org/tlog-policy") {
    return std::unexpected(Error{"bad_policy", "policy, line " + std::to_string(number), std::move(what), remedy});
  };
  if (text.size() > kLongest) return bad("it is longer than 64 KiB");
  for (const char c : text)
    if ((static_cast<std::uint8_t>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f) return bad("it holds a control character");
  if (!text.empty() && !text.ends_with('\n')) return bad("its last line does not end");

  WitnessPolicy out;
  bool quorum_seen = false;
  std::vector<bool> taken;               // a name may be a member of one group only
  const auto find = [&out](std::string_view name) {
    return static_cast<std::size_t>(std::find_if(out.nodes_.begin(), out.nodes_.end(), [&](const Node& node) { return node.name == name; }) -
                                    out.nodes_.begin());
  };
  while (!text.empty()) {
    ++number;
    const auto words_of_line = words(*take_line(text));
    if (words_of_line.empty() || words_of_line.front().starts_with('#')) continue;
    const std::string_view kind = words_of_line.front();
    const std::size_t count = words_of_line.size();
    if (kind == "log") {
      if (count < 2 || count > 3) return bad("a log is `log <key> [<url>]`");
      auto key = VerifierKey::parse(words_of_line[1]);
      if (!key) return bad("the log's key cannot be read: " + key.error().what);
      for (const VerifierKey& other : out.logs_)
        if (other.public_key == key->public_key) return bad("two logs have one key");
      if (out.logs_.size() == kMost) return bad("it has more than 64 logs");
      out.logs_.push_back(std::move(*key));
      out.log_urls_.emplace_back(count == 3 ? words_of_line[2] : std::string_view());
    } else if (kind == "witness") {
      if (count < 3 || count > 4) return bad("a witness is `witness <name> <key> [<url>]`");
      auto key = WitnessKey::parse(words_of_line[2]);
      if (!key) return bad("the witness's key cannot be read: " + key.error().what);
      for (const WitnessKey& other : out.witnesses_)
        if (other.public_key == key->public_key) return bad("two witnesses have one key");
      if (words_of_line[1] == "none" || find(words_of_line[1]) != out.nodes_.size()) return bad("this name is taken");
      if (out.witnesses_.size() == kMost) return bad("it has more than 64 witnesses");
      out.nodes_.push_back(Node{std::string(words_of_line[1]), out.witnesses_.size(), 0, {}});
      taken.push_back(false);
      out.witnesses_.push_back(std::move(*key));
      out.witness_urls_.emplace_back(count == 4 ? words_of_line[3] : std::string_view());
    } else if (kind == "group") {
      if (count < 4) return bad("a group is `group <name> all|any|<number> <name> …`");
      if (words_of_line[1] == "none" || find(words_of_line[1]) != out.nodes_.size()) return bad("this name is taken");
      if (out.nodes_.size() - out.witnesses_.size() == kMost) return bad("it has more than 64 groups");
      Node group{std::string(words_of_line[1]), 0, 0, {}};
      std::uint64_t threshold = 0;
      if (words_of_line[2] == "any")
        threshold = 1;
      else if (words_of_line[2] == "all")
        threshold = count - 3;
      else if (!read_decimal(words_of_line[2], threshold))
        return bad("how many of the group are wanted is neither all, any nor a number");
      if (threshold == 0 || threshold > count - 3) return bad("it wants none, or more than the group has");
      group.threshold = static_cast<std::size_t>(threshold);
      for (std::size_t i = 3; i < count; ++i) {
        const std::size_t member = find(words_of_line[i]);
        if (member == out.nodes_.size()) return bad("a member is not defined above");
        if (taken[member]) return bad("a name is a member twice");
        taken[member] = true;
        group.members.push_back(member);
      }
      out.nodes_.push_back(std::move(group));
      taken.push_back(false);
    } else if (kind == "quorum") {
      if (count != 2) return bad("the quorum is `quorum <name>`");
      if (quorum_seen) return bad("a second quorum");
      quorum_seen = true;
      if (words_of_line[1] == "none") continue;
      out.quorum_ = find(words_of_line[1]);
      if (out.quorum_ == out.nodes_.size()) return bad("the quorum is not defined above");
      out.none_ = false;
    } else {
      return bad("a line is neither log, witness, group nor quorum");
    }
  }
  if (!quorum_seen) return bad("it has no quorum", "`quorum <name>`, or `quorum none` where no witness is wanted");
  return out;
}

std::expected<WitnessPolicy, Error> WitnessPolicy::threshold(std::vector<WitnessKey> witnesses, std::size_t wanted) {
  const auto bad = [](const char* what, const char* remedy) { return std::unexpected(Error{"bad_policy", "witnesses", what, remedy}); };
  if (wanted > witnesses.size()) return bad("more are wanted than there are", "a smaller quorum, or more witnesses");
  for (std::size_t i = 0; i < witnesses.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (witnesses[i].public_key == witnesses[j].public_key || witnesses[i].name == witnesses[j].name)
        return bad("two are the same", "each witness once: one that counts twice is no second witness");
  if (witnesses.size() > kMost) return bad("there are more than 64", "fewer");
  WitnessPolicy out;
  out.witnesses_ = std::move(witnesses);
  out.witness_urls_.resize(out.witnesses_.size());
  Node all{"witnesses", 0, wanted, {}};
  for (std::size_t i = 0; i < out.witnesses_.size(); ++i) {
    out.nodes_.push_back(Node{"w" + std::to_string(i + 1), i, 0, {}});
    all.members.push_back(i);
  }
  if (wanted == 0) return out;
  out.nodes_.push_back(std::move(all));
  out.quorum_ = out.nodes_.size() - 1;
  out.none_ = false;
  return out;
}

void WitnessPolicy::add_log(VerifierKey key, std::string url) {
  logs_.push_back(std::move(key));
  log_urls_.push_back(std::move(url));
}

bool WitnessPolicy::satisfied(const std::vector<Cosignature>& cosigned) const {
  if (none_) return true;
  // A node's members stand before it.
  std::vector<bool> good(nodes_.size(), false);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.threshold == 0)
      good[i] = std::any_of(cosigned.begin(), cosigned.end(), [&](const Cosignature& one) { return one.witness == node.witness; });
    else
      good[i] = static_cast<std::size_t>(std::count_if(node.members.begin(), node.members.end(), [&](std::size_t m) { return good[m]; })) >= node.threshold;
  }
  return good[quorum_];
}

std::size_t WitnessPolicy::wanted() const {
  if (none_) return 0;
  std::vector<std::size_t> fewest(nodes_.size(), 1);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].threshold == 0) continue;
    std::vector<std::size_t> of_members;
    for (const std::size_t m : nodes_[i].members) of_members.push_back(fewest[m]);
    std::sort(of_members.begin(), of_members.end());
    fewest[i] = 0;
    for (std::size_t k = 0; k < nodes_[i].threshold; ++k) fewest[i] += of_members[k];
  }
  return fewest[quorum_];
}

std::string WitnessPolicy::text() const {
  std::string out;
  const auto with_url = [&out](const std::string& url) { out += url.empty() ? "\n" : " " + url + "\n"; };
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    out += "log " + logs_[i].text();
    with_url(log_urls_[i]);
  }
  for (const Node& node : nodes_) {
    if (node.threshold == 0) {
      out += "witness " + node.name + " " + witnesses_[node.witness].text();
      with_url(witness_urls_[node.witness]);
      continue;
    }
    out += "group " + node.name + " " + std::to_string(node.threshold);
    for (const std::size_t m : node.members) out += " " + nodes_[m].name;
    out += "\n";
  }
  return out + "quorum " + (none_ ? std::string("none") : nodes_[quorum_].name) + "\n";
}

std::expected<WitnessedCheckpoint, Error> open_checkpoint(std::string_view note, const VerifierKey& log_key, const WitnessPolicy& policy) {
  auto checkpoint = open_checkpoint(note, log_key);
  if (!checkpoint) return std::unexpected(std::move(checkpoint.error()));
  auto cosigned = cosignatures(note, policy.witnesses());
  if (!cosigned) return std::unexpected(std::move(cosigned.error()));
  if (!policy.satisfied(*cosigned))
    return std::unexpected(Error{"quorum_missing", "checkpoint",
                                 std::to_string(cosigned->size()) + " of " + std::to_string(policy.witnesses().size()) + " witnesses cosigned it; at least " +
                                     std::to_string(policy.wanted()) + " must",
                                 "a checkpoint that enough witnesses have seen"});
  return WitnessedCheckpoint{std::move(*checkpoint), std::move(*cosigned)};
}

std::expected<WitnessedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key, const WitnessPolicy& policy, std::string_view entry) {
  auto proof = check_proof_file(file, log_key, entry);
  if (!proof) return std::unexpected(std::move(proof.error()));
  // The first empty line ends the hashes; behind it the checkpoint stands as the log published it.
  auto witnessed = open_checkpoint(file.substr(file.find("\n\n") + 2), log_key, policy);
  if (!witnessed) return std::unexpected(std::move(witnessed.error()));
  return WitnessedProof{std::move(*proof), std::move(witnessed->cosigned)};
}

}  // namespace gatehouse::crypto::log
