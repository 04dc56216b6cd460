#include "adapters/witness/cosigners.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <stdexcept>

#include "adapters/partner/https_client.hpp"
#include "adapters/partner/https_url.hpp"
#include "crypto/log/lines.hpp"
#include "crypto/log/witness.hpp"

namespace asio = boost::asio;

namespace gatehouse::adapters {
namespace {

namespace tree = crypto::log;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongest{5000}, kGrace{500};
constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{60};
constexpr std::size_t kLongestAnswer = 65536;

HttpsClientSettings client_settings(const WitnessPlace& place, const HttpsUrl& url) {
  HttpsClientSettings out;
  out.host = url.host;
  out.port = url.port;
  out.server_pin = place.pin;
  out.authority_file = place.pin.empty() && place.authority_file.empty() ? system_authorities() : place.authority_file;
  out.connect = out.handshake = out.write = std::chrono::milliseconds(2000);
  out.response = std::chrono::milliseconds(4000);
  out.body_bytes = kLongestAnswer;
  return out;
}

}  // namespace

std::string system_authorities() {
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"})
    if (::access(file, R_OK) == 0) return file;
  return {};
}

struct Cosigners::Impl {
  struct Witness {
    Witness(asio::io_context& io, WitnessPlace the_place, const HttpsUrl& the_url)
        : place(std::move(the_place)), prefix(the_url.path), client(io.get_executor(), client_settings(place, the_url)) {}
    const WitnessPlace place;
    const std::string prefix;
    HttpsClient client;
    Standing standing;
    std::uint64_t known = 0;             // what it said it has seen, or signed
    bool busy = false;
    Clock::time_point not_before{};
    std::chrono::seconds pause = kFirstPause;
  };
  // What one call of show() gathers; those who come late find it still there, and nobody reads it.
  struct Round {
    std::string note;
    tree::Checkpoint checkpoint;
    std::vector<bool> cosigned;
    std::size_t open = 0;
    std::string set_back;
  };

  asio::io_context io{1};
  std::vector<std::unique_ptr<Witness>> witnesses;
  std::size_t wanted = 0;
  tree::VerifierKey log_key;
  std::string seen_path;                 // below a witness's prefix
  const Consistency* consistency = nullptr;

  void failed(Witness& witness, std::string trouble) {
    witness.standing.trouble = std::move(trouble);
    witness.not_before = Clock::now() + witness.pause;
    witness.pause = std::min(witness.pause * 2, kLongestPause);
  }

  // The newest checkpoint a witness can show for this log; nothing when it has none.
  asio::awaitable<std::expected<std::optional<tree::Checkpoint>, std::string>> ask_what_it_saw(Witness& witness) {
    using Seen = std::expected<std::optional<tree::Checkpoint>, std::string>;
    ClientRequest request("GET", witness.prefix + seen_path);
    const auto answer = co_await witness.client.send(std::move(request));
    if (!answer) co_return Seen(std::unexpected("it cannot be asked (" + std::string(answer.error().word()) + ")"));
    if (answer->status == 404) co_return Seen(std::nullopt);
    if (answer->status != 200) co_return Seen(std::unexpected("it answered " + std::to_string(answer->status)));
    auto opened = tree::open_checkpoint(answer->body, log_key);
    if (!opened) co_return Seen(std::unexpected("what it shows is not signed by this log"));
    co_return Seen(std::optional<tree::Checkpoint>(std::move(*opened)));
  }

  asio::awaitable<void> show_to(Witness& witness, std::size_t place, std::shared_ptr<Round> round) {
    std::uint64_t old = witness.known;
    for (int attempt = 0; attempt < 3; ++attempt) {
      tree::AddCheckpoint asks{old, {}, round->note.substr(0, round->note.rfind("\n\n") + 2)};
      // The log's own signature alone: a witness has no use for its colleagues'.
      const std::string lines = round->note.substr(asks.note.size());
      asks.note += lines.substr(0, lines.find('\n') + 1);
      if (old > round->checkpoint.size) old = 0;
      if (old != 0) {
        // One that was left to finish may come here when nobody shows anything.
        if (consistency == nullptr) co_return failed(witness, "it answered too late");
        auto proof = (*consistency)(old, round->checkpoint.size);
        if (!proof) co_return failed(witness, proof.error());
        asks.proof = std::move(*proof);
      }
      asks.old_size = old;
      ClientRequest request("POST", witness.prefix + "/add-checkpoint");
      request.headers.emplace_back("content-type", "text/plain; charset=utf-8");
      request.body = tree::add_checkpoint_text(asks);
      const auto answer = co_await witness.client.send(std::move(request));
      if (!answer) co_return failed(witness, "it cannot be reached (" + std::string(answer.error().word()) + ")");
      if (answer->status == 200) {
        auto with = tree::add_cosignature(round->note, answer->body, witness.place.key);
        if (!with) co_return failed(witness, with.error().text());
        const auto who = tree::cosignatures(*with, {witness.place.key});
        round->note = std::move(*with);
        round->cosigned[place] = true;
        witness.known = witness.standing.size = round->checkpoint.size;
        if (who && !who->empty()) witness.standing.at = who->front().time;
        witness.standing.trouble.clear();
        witness.pause = kFirstPause;
        co_return;
      }
      if (answer->status == 409) {
        std::string_view body = answer->body;
        const auto line = tree::take_line(body);
        std::uint64_t size = 0;
        if (!line || !tree::read_decimal(*line, size)) co_return failed(witness, "it answered 409 without a size");
        if (size > round->checkpoint.size) {
          // Its word alone proves nothing; what this log has signed does.
          const auto seen = co_await ask_what_it_saw(witness);
          if (seen && *seen && (*seen)->size > round->checkpoint.size)
            round->set_back = "witness " + witness.standing.name + " has a checkpoint of " + std::to_string((*seen)->size) +
                              " entries that this log signed, and the log now has " + std::to_string(round->checkpoint.size);
          co_return failed(witness, "it has seen a larger tree, of " + std::to_string(size) + " entries");
        }
        if (size == old) co_return failed(witness, "it holds another tree of " + std::to_string(size) + " entries: the log has forked");
        witness.known = old = size;
        continue;
      }
      if (answer->status == 422) co_return failed(witness, "it finds that this tree does not continue what it has seen: the log has forked");
      co_return failed(witness, "it answered " + std::to_string(answer->status));
    }
    failed(witness, "its size moves: does another process show it this log?");
  }
};

Cosigners::Cosigners(std::vector<WitnessPlace> places, std::size_t wanted, tree::VerifierKey log_key) : impl_(std::make_unique<Impl>()) {
  impl_->wanted = wanted;
  impl_->seen_path = "/checkpoint/" + crypto::hex(crypto::sha256(log_key.name));
  impl_->log_key = std::move(log_key);
  for (WitnessPlace& place : places) {
    const auto url = read_https_url(place.url);
    if (!url) throw std::runtime_error("witness " + place.key.name + ": `" + place.url + "` is no address; https://host[:port][/path]");
    Standing standing;
    standing.name = place.key.name;
    standing.trouble = "not asked yet";
    try {
      impl_->witnesses.push_back(std::make_unique<Impl::Witness>(impl_->io, std::move(place), *url));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("witness " + standing.name + ": " + error.what());
    }
    impl_->witnesses.back()->standing = std::move(standing);
  }
}

Cosigners::~Cosigners() = default;

Cosigners::Shown Cosigners::show(const std::string& note, const tree::Checkpoint& checkpoint, const Consistency& consistency) {
  Impl& me = *impl_;
  const auto round = std::make_shared<Impl::Round>();
  round->note = note;
  round->checkpoint = checkpoint;
  round->cosigned.resize(me.witnesses.size());
  me.consistency = &consistency;
  me.io.restart();
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < me.witnesses.size(); ++i) {
    Impl::Witness& witness = *me.witnesses[i];
    if (witness.busy || begun < witness.not_before) continue;
    witness.busy = true;
    ++round->open;
    auto work = me.show_to(witness, i, round);
    asio::co_spawn(me.io, std::move(work), [&me, &witness, round](std::exception_ptr thrown) {
      if (thrown) me.failed(witness, "it could not be asked");
      witness.busy = false;
      --round->open;
    });
  }
  const auto count = [&] { return static_cast<std::size_t>(std::count(round->cosigned.begin(), round->cosigned.end(), true)); };
  auto until = begun + kLongest;
  bool enough = false;
  while (round->open != 0) {
    if (!enough && me.wanted != 0 && count() >= me.wanted) {
      enough = true;
      until = std::min(until, Clock::now() + kGrace);
    }
    if (me.io.run_one_until(until) == 0 || Clock::now() >= until) break;
  }
  me.consistency = nullptr;
  return {round->note, count() >= me.wanted, round->set_back};
}

std::vector<Cosigners::Standing> Cosigners::standings() const {
  std::vector<Standing> out;
  for (const auto& witness : impl_->witnesses) out.push_back(witness->standing);
  return out;
}

std::expected<std::optional<tree::Checkpoint>, std::string> Cosigners::largest_seen() {
  Impl& me = *impl_;
  std::optional<tree::Checkpoint> largest;
  std::size_t answered = 0;
  std::string silent;
  me.io.restart();
  std::size_t open = me.witnesses.size();
  for (const auto& one : me.witnesses) {
    auto work = me.ask_what_it_saw(*one);
    asio::co_spawn(me.io, std::move(work), [&, name = one->standing.name](std::exception_ptr thrown, std::expected<std::optional<tree::Checkpoint>, std::string> seen) {
      --open;
      if (thrown || !seen) {
        silent += (silent.empty() ? "" : ", ") + name + ": " + (thrown ? std::string("it could not be asked") : seen.error());
        return;
      }
      ++answered;
      if (*seen && (!largest || (*seen)->size > largest->size)) largest = std::move(**seen);
    });
  }
  while (open != 0 && me.io.run_one() != 0) {
  }
  const std::size_t least = me.wanted == 0 ? me.witnesses.size() : me.witnesses.size() - me.wanted + 1;
  if (answered < least)
    return std::unexpected(std::to_string(answered) + " of " + std::to_string(me.witnesses.size()) + " witnesses answered and " + std::to_string(least) +
                           " must, to be sure of the newest checkpoint (" + silent + ")");
  return largest;
}

}  // namespace gatehouse::adapters
