#include "gateway/cli/decisions.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/stored_decision.hpp"
#include "gateway/cli/guarded.hpp"

namespace gatehouse::cli {

namespace {

using nlohmann::json;

struct Options {
  std::string config, id, by;
  std::size_t limit = 20;
  bool json = false;
};

std::string joined(const json& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word.get<std::string>();
  return out;
}

// Columns of one item, padded by hand: iostream's setw would outlive the line.
std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + " ";
}

int show(const Options& options) {
  // Who looked is part of the log. The name of the account that runs this is the least that is always there.
  std::string by = options.by;
  if (by.empty()) by = "uid-" + std::to_string(getuid());
  auto found = adapters::read_decision(sqlite_of(settings_of(options.config)), options.id, by, now());
  if (!found) throw Stop{found.error(), 1};
  if (!*found) throw Stop{"there is no request " + options.id + "; gatehouse decisions list shows the newest", 1};
  const auto& stored = **found;
  const json decision = json::parse(stored.decision_json, nullptr, false);
  const json question = json::parse(stored.case_json, nullptr, false);
  if (decision.is_discarded() || question.is_discarded()) throw Stop{"request " + stored.id + ": what is stored is not JSON; restore the database", 1};

  if (options.json) {
    json out = {{"id", stored.id}, {"agency", stored.agency}, {"state", policy::text(stored.state)}, {"purpose", stored.purpose}, {"urgency", stored.urgency},
                {"received", policy::to_text(stored.received)}, {"answer_by", policy::to_text(stored.answer_by)}, {"outcome", stored.outcome},
                {"matched_how", stored.matched_how}, {"pack_sha256", stored.pack_sha256}, {"log_index", stored.log_index}, {"case", question}, {"decision", decision}};
    if (!stored.release_id.empty())
      out["release"] = {{"release_id", stored.release_id}, {"recipient_keyid", stored.recipient_keyid}, {"package_sha256", stored.package_sha256},
                        {"released", policy::to_text(stored.released)}, {"expires", policy::to_text(stored.expires)}, {"entry", stored.release_log_index}};
    std::cout << out.dump() << '\n';
    return 0;
  }
  std::cout << "request   " << stored.id << " of " << stored.agency << " for " << stored.purpose << ", " << policy::to_text(stored.received) << "\n"
            << "person    " << (stored.matched_how.empty() ? "nobody we know" : "one person, by " + joined(json(stored.matched_how))) << "\n"
            << "outcome   " << stored.outcome << "; now " << policy::text(stored.state) << "\n"
            << "why       " << decision.value("reason", "") << "\n"
            << "clauses   " << joined(decision.value("clauses", json::array())) << "\n";
  const json pack = decision.value("pack", json::object());
  std::cout << "policy    " << pack.value("id", "") << " " << pack.value("version", "") << "\n";
  const json legs = decision.value("legs", json::object());
  if (legs.is_object() && legs.contains("data_protection"))
    std::cout << "legs      " << legs.value("data_protection", "") << "; " << legs.value("confidence", "") << "\n";
  for (const auto& item : decision.value("items", json::array()))
    std::cout << "  " << padded(item.value("category", ""), 22) << padded(item.value("outcome", ""), 10)
              << padded(item.value("outcome", "") == "release" ? item.value("detail", "") : "", 9) << padded(item.value("reason", ""), 18)
              << joined(item.value("clauses", json::array())) << "\n";
  for (const auto& obligation : decision.value("obligations", json::array()))
    std::cout << "to do     " << obligation.value("kind", "") << (obligation.value("when", "none") == "none" ? "" : " " + obligation.value("when", "")) << "\n";
  for (const auto& clock : decision.value("clocks", json::array())) std::cout << "clock     " << clock.value("kind", "") << " due " << clock.value("due", "") << "\n";
  if (!stored.release_id.empty())
    std::cout << "released  " << stored.release_id << " to " << stored.recipient_keyid << ", package sha256 " << stored.package_sha256 << ", until "
              << policy::to_text(stored.expires) << "\n";
  std::cout << "log       entry " << stored.log_index << " (this look is an entry of its own)\n";
  return 0;
}

int list(const Options& options) {
  const auto lines = adapters::read_requests(sqlite_of(settings_of(options.config)), options.limit);
  if (!lines) throw Stop{lines.error(), 1};
  for (const auto& line : *lines) {
    if (options.json) {
      std::cout << json{{"id", line.id}, {"agency", line.agency}, {"state", line.state}, {"purpose", line.purpose}, {"outcome", line.outcome},
                        {"received", policy::to_text(line.received)}}.dump() << '\n';
    } else {
      std::cout << line.id << "  " << policy::to_text(line.received) << "  " << padded(line.agency, 20) << padded(line.purpose, 20) << padded(line.outcome, 16)
                << line.state << '\n';
    }
  }
  if (!options.json && lines->empty()) std::cout << "no request has come in yet\n";
  return 0;
}

}  // namespace

void add_decisions(CLI::App& app, Context& context) {
  auto* decisions = app.add_subcommand("decisions", "what was decided, for your own staff; a partner never sees it");
  decisions->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* one = decisions->add_subcommand("show", "one request: outcome, each item with its reason and clauses, what is to be done; the look is logged");
  one->add_option("id", options->id, "the request's id")->required();
  one->add_option("--by", options->by, "the staff id of who looks; default: the account this runs as");
  one->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  one->add_flag("--json", options->json, "print one JSON object, with the question as it was decided");
  one->callback(guarded(context, [options] { return show(*options); }));
  auto listing = std::make_shared<Options>();
  auto* newest = decisions->add_subcommand("list", "the newest requests: who asked, for what, and how it ended");
  newest->add_option("--limit", listing->limit, "how many")->check(CLI::Range(1, 100000));
  newest->add_option("--config", listing->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  newest->add_flag("--json", listing->json, "one JSON object per request");
  newest->callback(guarded(context, [listing] { return list(*listing); }));
  add_decision_record(*decisions, context);
}

}  // namespace gatehouse::cli
