// decisions record: the regulator's form for one decision or for all of a time, and the Record of Sharing made from them; JSON, CSV or PDF.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "adapters/sqlite/sqlite_store.hpp"
#include "gateway/cli/decisions.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/wait_for.hpp"
#include "gateway/console/parts.hpp"
#include "gateway/decision_record/export.hpp"
#include "gateway/documents/converter.hpp"
#include "gateway/partner_api/snapshot.hpp"

namespace gatehouse::cli {

namespace {

constexpr std::size_t kMost = 2000;  // decisions in one file: a PDF of some thousand pages

struct Options {
  std::string config, id, from, until, agency, purpose, form = "decision", as = "json", by;
};

class Opened {
 public:
  explicit Opened(const Options& options) : settings_(settings_of(options.config)) {
    auto policies = gateway::load_policies(settings_);
    if (!policies) throw Stop{policies.error().text(), 1};
    policies_ = std::move(*policies);
    auto opened = adapters::SqliteStore::open(sqlite_of(settings_), [](const std::string&) {});
    if (!opened) throw Stop{opened.error(), 1};
    store_ = std::move(*opened);
    directory_ = wait_for(io_, store_->directory());
    for (const auto& one : wait_for(io_, store_->staff())) {
      std::string roles;
      for (const auto role : one.roles) roles += (roles.empty() ? "" : ", ") + std::string(gateway::console::role_words(role));
      staff_[one.id] = {one.name, roles};
    }
  }

  const policy::Calendar& calendar() const { return policies_->calendar; }
  policy::Instant day(const std::string& text, const char* option) const {
    const auto date = policy::read_date(text);
    if (!date) throw Stop{std::string(option) + ": `" + text + "` is not a day; write it as 2026-11-30", 2};
    return calendar().at_local(*date, std::chrono::seconds(0));
  }

  std::vector<policy::DecidedRequest> decided(policy::DecidedQuery query) {
    query.limit = kMost + 1;
    auto out = wait_for(io_, store_->decided(std::move(query)));
    if (out.size() > kMost) throw Stop{"more than " + std::to_string(kMost) + " decisions in that time; take a shorter one", 1};
    return out;
  }

  // The look is on the log before anything is returned.
  gateway::RecordSource source(const std::string& id, const std::string& by) {
    auto opened = wait_for(io_, store_->open_request(id, by, now(), policy::Look::record_exported));
    if (!opened) throw Stop{"there is no request " + id + ", or the key of its file was destroyed; gatehouse decisions list shows the newest", 1};
    gateway::RecordSource out;
    out.opened = std::move(*opened);
    for (const auto& agency : directory_.agencies)
      if (agency.id == out.opened.status.agency) out.agency = &agency;
    out.staff = &staff_;
    out.organisation = &settings_.organisation;
    out.calendar = &policies_->calendar;
    out.pack = pack(gateway::pack_of(out.opened));
    return out;
  }

 private:
  // The very pack that decided: the one in use, or the copy that was kept of it. Null: neither.
  const policy::Pack* pack(const std::string& sha256) {
    auto found = packs_.find(sha256);
    if (found == packs_.end()) {
      auto policies = gateway::load_approved_policies(settings_, sha256);
      found = packs_.emplace(sha256, policies ? std::move(*policies) : nullptr).first;
    }
    return found->second ? &found->second->pack : nullptr;
  }

  gateway::Settings settings_;
  std::shared_ptr<const gateway::Policies> policies_;
  std::map<std::string, std::shared_ptr<const gateway::Policies>> packs_;
  policy::Directory directory_;
  std::map<std::string, gateway::RecordPerson> staff_;
  boost::asio::io_context io_;  // outlives the store, which posts to it
  std::unique_ptr<adapters::SqliteStore> store_;
};

int record(const Options& options) {
  const auto form = gateway::record_form(options.form);
  if (!form) throw Stop{"--form: `" + options.form + "` is not one of decision, one-off, repeat", 2};
  const bool one = !options.id.empty(), span = !options.from.empty() || !options.until.empty();
  if (one == span) throw Stop{"say which: the id of a request, or --from and --until with two days", 2};
  if (span && (options.from.empty() || options.until.empty())) throw Stop{"--from and --until belong together: the first day, and the day after the last", 2};
  if (*form == gateway::RecordForm::repeat && (one || options.agency.empty() || options.purpose.empty()))
    throw Stop{"--form repeat is of one partner and one purpose over a time: give --from, --until, --agency and --purpose", 2};
  if (!options.purpose.empty() && !policy::from_text<policy::Purpose>(options.purpose)) throw Stop{"--purpose: `" + options.purpose + "` is no purpose; config/minimum_necessary.json lists them", 2};
  const std::string by = options.by.empty() ? "uid-" + std::to_string(getuid()) : options.by;

  Opened opened(options);
  std::vector<gateway::DecisionRecord> records;
  if (one) {
    const auto source = opened.source(options.id, by);
    if (*form == gateway::RecordForm::one_off) {
      auto sharing = gateway::one_off_sharing(source);
      if (!sharing) throw Stop{"request " + options.id + ": nothing of it was shared, so there is no Record of Sharing; --form decision says why", 1};
      records.push_back(std::move(*sharing));
    } else {
      records.push_back(gateway::decision_record(source));
    }
  } else {
    policy::DecidedQuery query;
    query.from = opened.day(options.from, "--from");
    query.until = opened.day(options.until, "--until");
    if (query.until <= query.from) throw Stop{"--until: must be a day after --from; it is not included itself", 2};
    query.agency = options.agency;
    query.purpose = options.purpose;
    const auto from = query.from, until = query.until;
    auto listed = opened.decided(std::move(query));
    std::reverse(listed.begin(), listed.end());  // oldest first: a file one reads from the top
    std::vector<gateway::RecordSource> sources;
    for (const auto& row : listed) {
      if (*form == gateway::RecordForm::one_off && row.status.release_id.empty()) continue;
      sources.push_back(opened.source(row.status.id, by));
    }
    if (*form == gateway::RecordForm::repeat) {
      if (sources.empty()) throw Stop{"there was no such request in that time", 1};
      records.push_back(gateway::repeat_sharing(sources, from, until));
    } else {
      for (const auto& source : sources) {
        if (*form == gateway::RecordForm::decision) records.push_back(gateway::decision_record(source));
        if (*form == gateway::RecordForm::one_off)
          if (auto sharing = gateway::one_off_sharing(source)) records.push_back(std::move(*sharing));
      }
      if (records.empty()) throw Stop{"there was no such request in that time", 1};
    }
  }

  if (options.as == "json") {
    std::cout << (one || *form == gateway::RecordForm::repeat ? gateway::to_json(records.front()) : gateway::to_json(records)) << '\n';
  } else if (options.as == "csv") {
    std::cout << gateway::to_csv(records);
  } else if (options.as == "pdf") {
    if (isatty(STDOUT_FILENO) != 0) throw Stop{"a PDF does not belong on a terminal: write it to a file with > record.pdf", 2};
    const auto pdf = documents::Converter::beside_this_program().write(gateway::to_document(records), records.size() == 1 ? records.front().title() : "Decision records");
    if (!pdf) throw Stop{"the PDF: " + pdf.error().what + "; --as csv or json has it all", 1};
    std::cout << *pdf;
  } else {
    throw Stop{"--as: `" + options.as + "` is not one of json, csv, pdf", 2};
  }
  std::cout.flush();
  if (!std::cout) throw Stop{"standard output: could not be written to its end", 1};
  return 0;
}

}  // namespace

void add_decision_record(CLI::App& decisions, Context& context) {
  auto options = std::make_shared<Options>();
  auto* made = decisions.add_subcommand("record", "the decision record in the regulator's form, and the Record of Sharing; of one request or of a time; each look is logged");
  made->add_option("id", options->id, "the request's id");
  made->add_option("--from", options->from, "the first day, 2026-11-01");
  made->add_option("--until", options->until, "the day after the last");
  made->add_option("--agency", options->agency, "only this partner's");
  made->add_option("--purpose", options->purpose, "only for this purpose");
  made->add_option("--form", options->form, "decision, one-off or repeat");
  made->add_option("--as", options->as, "json, csv or pdf");
  made->add_option("--by", options->by, "the staff id of who looks; default: the account this runs as");
  made->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  made->callback(guarded(context, [options] { return record(*options); }));
}

}  // namespace gatehouse::cli
