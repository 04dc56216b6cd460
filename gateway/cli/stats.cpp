// gatehouse stats: figures for others, the rows behind them, and the budget.
#include "gateway/cli/stats.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/sqlite/statistics_import.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/two_officers.hpp"
#include "gateway/import/csv.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "gateway/statistics/load.hpp"
#include "gateway/statistics/open.hpp"
#include "gateway/statistics/permission.hpp"
#include "gateway/statistics/render.hpp"

namespace gatehouse::cli {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;
using statistics::Cell;

namespace {

// Runs one coroutine to its end. On the context of the process: a store's thread that posts the answer may still be in the posting when the answer is
// here, so a context of our own could end under it.
template <class T>
T run_now(asio::awaitable<T> work) {
  return asio::co_spawn(asio::system_executor(), std::move(work), asio::use_future).get();
}

std::unique_ptr<adapters::SqliteStore> open_store(const gateway::Settings& settings) {
  auto store = adapters::SqliteStore::open(sqlite_of(settings), [](const std::string&) {});
  if (!store) throw Stop{store.error(), 1};
  return std::move(*store);
}

statistics::Policy policy_of(const gateway::Settings& settings) {
  auto policy = gateway::load_statistics_policy(settings);
  if (!policy) throw Stop{policy.error().text()};
  return std::move(*policy);
}

struct Opened {
  explicit Opened(const std::string& config) : settings(settings_of(config)), store(open_store(settings)) {
    auto opened = run_now(gateway::open_statistics(*store, policy_of(settings), settings, now()));
    if (!opened) throw Stop{opened.error(), 1};
    if (opened->charged_in_full > 0)
      std::cerr << "gatehouse: the ledger of figures is older than its mark: " << opened->charged_in_full << " data-years are charged in full\n";
    statistics = std::move(opened->statistics);
  }
  gateway::Settings settings;
  std::unique_ptr<adapters::SqliteStore> store;
  std::unique_ptr<gateway::Statistics> statistics;
};

const statistics::Dataset& dataset_of(const statistics::Policy& policy, const std::string& id) {
  const auto* found = policy.dataset(id);
  if (found == nullptr) {
    std::string known;
    for (const auto& one : policy.datasets) known += (known.empty() ? "" : ", ") + one.id;
    throw Stop{"--dataset: there is no such data set; one of " + known};
  }
  return *found;
}

std::string whole_input(const std::string& file) {
  if (file != "-") return read_file(file);
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

std::string account_name() { return "uid-" + std::to_string(getuid()); }

// Anybody's question, with their own rights: agreement and type from the directory, permission from the active pack.
struct As {
  gateway::Asker asker;
  gateway::Permission permission;
};
As as_partner(const Opened& opened, const std::string& partner, const std::string& by) {
  auto directory = run_now(opened.store->directory());
  if (!directory) throw Stop{opened.settings.data.database + ": agencies cannot be read", 1};
  auto policies = gateway::load_approved_policies(opened.settings, directory->active_pack_sha256);
  if (!policies) throw Stop{policies.error().text(), policies.error().code == "not_approved" ? 1 : 2};
  for (const auto& agency : directory->agencies) {
    if (agency.id != partner) continue;
    As out;
    out.asker.agency = partner;
    out.asker.pack_sha256 = directory->active_pack_sha256;
    out.asker.staff = by.empty() ? account_name() : by;
    gateway::Partner one;
    one.agency = agency;
    const auto at = now();
    const auto agreement = one.agreement(policy::Purpose::statistical_return, (*policies)->calendar.local_date(at));
    out.permission = [policies = *policies, partner, type = agency.type, agreement, at](policy::Purpose purpose, const std::vector<policy::Category>& about) {
      return gateway::figures_permitted(policies->pack, partner, type, agreement, purpose, about, at);
    };
    return out;
  }
  throw Stop{"--partner: no agency has this id; gatehouse partner list shows them"};
}

[[noreturn]] void refused(const std::variant<gateway::StatisticsRefusal, gateway::StatisticsTrouble>& why, bool as_json) {
  if (const auto* no = std::get_if<gateway::StatisticsRefusal>(&why)) {
    const auto problem = gateway::problem_of(*no);
    if (as_json) std::cout << gateway::to_response(problem, "").body << '\n';
    const bool budget = no->refusal.kind == statistics::Refusal::Kind::budget_exhausted;
    std::string line = problem.type + ": " + (problem.where.empty() ? "" : problem.where + ": ") + problem.detail;
    if (budget)
      line += " It costs " + std::to_string(no->price) + " nano-rho, " + std::to_string(no->left) + " are left" +
              (no->cheapest_sigma2 ? "; sigma2 " + std::to_string(*no->cheapest_sigma2) + " would fit" : "");
    throw Stop{line, budget || no->refusal.kind == statistics::Refusal::Kind::purpose_not_permitted ? 1 : 2};
  }
  throw Stop{"statistics: not available; nothing was charged and nothing released, try again", 1};
}

std::string shown_text(const statistics::Shown& one) {
  if (one.symbol == 'z' || one.symbol == ':') return std::string(1, one.symbol);
  return (one.value ? std::to_string(*one.value) : std::string(1, one.symbol)) + " (" + std::to_string(one.low) + " to " + std::to_string(one.high) + ")" +
         (one.too_uncertain && one.value ? " too uncertain" : "");
}

void print_answer(const gateway::StatisticsAnswer& answer) {
  for (std::size_t i = 0; i < answer.table.cells.size(); ++i) {
    const Cell& cell = answer.table.cells[i];
    std::string line;
    if (answer.table.snapshots.size() > 1) line += statistics::text_of(answer.table.snapshots[cell.period].period) + "  ";
    for (const auto& label : cell.labels) line += label + "  ";
    std::cout << line << shown_text(answer.display.cells[i]) << '\n';
  }
  std::cout << "total  " << shown_text(answer.display.total) << ", " << answer.figures.method << "\n"
            << answer.release << ", noise sigma2 " << answer.table.sigma2 << "; charged " << answer.charged << " nano-rho, left " << answer.left << '\n';
}

struct Question {
  std::string config, partner, file = "-", by;
  bool json = false;
};

int ask(const Question& options) {
  Opened opened(options.config);
  As who = as_partner(opened, options.partner, options.by);
  const auto answer = run_now(opened.statistics->ask(std::move(who.asker), whole_input(options.file), std::move(who.permission), now()));
  if (!answer) refused(answer.error(), options.json);
  if (options.json)
    std::cout << gateway::to_json(*answer) << '\n';
  else
    print_answer(*answer);
  return 0;
}

int forecast(const Question& options) {
  Opened opened(options.config);
  As who = as_partner(opened, options.partner, options.by);
  const auto seen = run_now(opened.statistics->forecast(options.partner, whole_input(options.file), std::move(who.permission), now()));
  if (!seen) refused(seen.error(), options.json);
  if (options.json) {
    std::cout << gateway::to_json(*seen) << '\n';
    return 0;
  }
  std::cout << seen->cells << " cells, each within " << seen->half_width << " either way\n"
            << (seen->from_standing ? "free: it follows from the published tables"
                : seen->held        ? "free: this partner holds it"
                                    : "costs " + std::to_string(seen->price) + " nano-rho of " + std::to_string(seen->left) + (seen->fits ? "" : ": not enough"))
            << '\n';
  for (const auto& level : seen->cheaper)
    std::cout << "  sigma2 " << level.sigma2 << ": " << level.price << " nano-rho, within " << level.half_width << '\n';
  return 0;
}

// Exact counts are for the eyes of staff who may see the records: on a terminal, never into a file, a pipe or the log.
int exact(const Question& options) {
  if (isatty(STDOUT_FILENO) == 0) throw Stop{"exact counts are shown on a terminal only, and are not for sharing; what leaves goes through gatehouse stats ask", 1};
  Opened opened(options.config);
  const auto seen = run_now(opened.statistics->exact(whole_input(options.file), now()));
  if (!seen) refused(seen.error(), false);
  std::cout << "NOT FOR SHARING: exact counts\n";
  for (std::size_t i = 0; i < seen->table.cells.size(); ++i) {
    const Cell& cell = seen->table.cells[i];
    std::string line = statistics::text_of(seen->table.snapshots[cell.period].period) + "  ";
    for (const auto& label : cell.labels) line += label + "  ";
    std::cout << line << (cell.kind == Cell::Kind::structural_zero ? "z" : cell.kind == Cell::Kind::source_missing ? ":" : std::to_string(seen->counts[i])) << '\n';
  }
  return 0;
}

int codebook(const Question& options) {
  const auto settings = settings_of(options.config);
  const auto store = open_store(settings);
  const auto policy = policy_of(settings);
  const auto books = run_now(store->books(std::string(), policy.scheme));
  if (!books) throw Stop{settings.data.database + ": the ledger of figures cannot be read", 1};
  std::vector<std::pair<std::string, statistics::Period>> open;
  for (const auto& one : books->snapshots)
    if (policy.closed(one.snapshot.period, now())) open.emplace_back(one.dataset, one.snapshot.period);
  const std::string text = gateway::codebook_json(policy, open);
  std::cout << (options.json ? text : json::parse(text).dump(2)) << '\n';
  return 0;
}

// ---------------------------------------------------------------- rows

struct Rows {
  std::string config, dataset = "referrals", file = "-", format;
  bool json = false;
};

std::optional<std::int32_t> day_of(const std::string& text) {
  const auto date = policy::read_date(text);
  if (!date) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(*date).time_since_epoch().count());
}

std::function<void(const std::string&)> waiting_is_said() {
  return [](const std::string& line) { std::cerr << line << '\n'; };
}

int import_rows(const Rows& options) {
  const auto settings = settings_of(options.config);
  const auto policy = policy_of(settings);
  const auto& dataset = dataset_of(policy, options.dataset);
  auto into = adapters::StatisticsImport::open(sqlite_of(settings), dataset, waiting_is_said());
  if (!into) throw Stop{into.error(), 1};
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) throw Stop{options.file + ": cannot be read; give the path of a file you may read, or - for standard input"};
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  std::uint64_t added = 0, replaced = 0, unchanged = 0, wrong = 0, first_wrong = 0;
  // An error names the line and the column, never what stood there.
  const auto bad = [&](std::uint64_t line, const std::string& what) {
    if (wrong++ == 0) first_wrong = line;
    if (wrong <= 20) std::cerr << "gatehouse: line " << line << ": " << what << '\n';
  };
  const auto take = [&](std::uint64_t line, const std::function<std::optional<std::string>(const std::string&)>& cell) {
    const auto child = cell("child"), record = cell("record"), date = cell("date");
    if (!child || child->empty() || !record || record->empty() || child->size() > 200 || record->size() > 200)
      return bad(line, "child and record are needed, at most 200 bytes each");
    const auto day = date ? day_of(*date) : std::nullopt;
    if (!day) return bad(line, "date is no day; YYYY-MM-DD");
    std::vector<std::size_t> codes;
    for (const auto& attribute : dataset.attributes) {
      const auto given = cell(attribute.id);
      const auto code = !given || given->empty() ? std::optional<std::size_t>(attribute.otherwise) : attribute.code(*given);
      if (!code) return bad(line, attribute.id + ": is not one of its codes; gatehouse stats codebook lists them");
      codes.push_back(*code);
    }
    const auto put = into->put(*child, *record, *day, std::move(codes));
    // Not about this line: the rest would fare no better, and each would wait as long.
    if (!put && put.error().code == "unavailable")
      throw Stop{put.error().what + "; stopped at line " + std::to_string(line) + ", " + put.error().remedy, 1};
    if (!put) return bad(line, put.error().what + "; " + put.error().remedy);
    ++(*put == adapters::StatisticsRows::Put::added ? added : *put == adapters::StatisticsRows::Put::replaced ? replaced : unchanged);
  };

  const bool csv = options.format == "csv" || (options.format.empty() && options.file.ends_with(".csv"));
  if (csv) {
    imports::CsvReader reader(in);
    auto header = reader.next();
    if (!header) throw Stop{"line 1: " + header.error().text()};
    if (!*header) throw Stop{options.file + ": is empty; the first line names the columns"};
    const auto names = (*header)->cells;
    for (const auto& name : names)
      if (name != "child" && name != "record" && name != "date" && !dataset.attribute(name))
        throw Stop{"line 1: a column is not of this data set; child, record, date and its attributes"};
    for (;;) {
      auto row = reader.next();
      if (!row) {
        bad(0, row.error().text());
        if (reader.final()) break;
        continue;
      }
      if (!*row) break;
      const auto& cells = (*row)->cells;
      if (cells.size() != names.size()) {
        bad((*row)->line, "has another number of cells than the first line");
        continue;
      }
      take((*row)->line, [&](const std::string& name) -> std::optional<std::string> {
        const auto found = std::find(names.begin(), names.end(), name);
        return found == names.end() ? std::nullopt : std::optional(cells[static_cast<std::size_t>(found - names.begin())]);
      });
    }
  } else {
    std::string line;
    for (std::uint64_t number = 1; std::getline(in, line); ++number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const auto row = line.size() > 65536 ? nlohmann::json() : nlohmann::json::parse(line, nullptr, false);
      if (!row.is_object()) {
        bad(number, "is not a JSON object of at most 64 KiB");
        continue;
      }
      bool plain = true;
      for (const auto& [key, value] : row.items())
        plain = plain && value.is_string() && (key == "child" || key == "record" || key == "date" || dataset.attribute(key));
      if (!plain) {
        bad(number, "has a key that is not of this data set, or a value that is no text");
        continue;
      }
      take(number, [&](const std::string& name) -> std::optional<std::string> {
        return row.contains(name) ? std::optional(row[name].get<std::string>()) : std::nullopt;
      });
    }
  }
  if (auto done = into->finish(); !done) throw Stop{done.error(), 1};
  if (options.json)
    std::cout << json{{"added", added}, {"replaced", replaced}, {"unchanged", unchanged}, {"refused", wrong}}.dump() << '\n';
  else
    std::cout << added << " added, " << replaced << " replaced, " << unchanged << " unchanged, " << wrong << " refused\n";
  if (wrong > 20) std::cerr << "gatehouse: " << wrong - 20 << " more lines were refused\n";
  return wrong == 0 ? 0 : 1;
}

int collect(const Rows& options) {
  const auto settings = settings_of(options.config);
  const auto policy = policy_of(settings);
  auto into = adapters::StatisticsImport::open(sqlite_of(settings), dataset_of(policy, options.dataset), waiting_is_said());
  if (!into) throw Stop{into.error(), 1};
  const auto done = into->collect();
  if (!done) throw Stop{done.error(), 1};
  if (options.json)
    std::cout << json{{"people", done->people}, {"added", done->added}, {"replaced", done->replaced}, {"unchanged", done->unchanged},
                      {"not_applicable", done->not_applicable}, {"undated", done->undated}}.dump() << '\n';
  else
    std::cout << done->people << " people; " << done->added << " rows added, " << done->replaced << " replaced, " << done->unchanged << " unchanged; "
              << done->not_applicable << " in a combination that the policy rules out, " << done->undated << " without a date\n";
  return 0;
}

// ---------------------------------------------------------------- a quarter

struct Publish {
  std::string config, dataset = "referrals", period, by;
  bool revised = false, json = false, csv = false;
};

std::string words_of(policy::PublishError why) {
  switch (why) {
    case policy::PublishError::there_already: return "this quarter is published; what changed since waits for its revised snapshot (--revised)";
    case policy::PublishError::revised_already: return "this data-year has had its one revised snapshot";
    case policy::PublishError::over_budget: return "the standing tables do not fit into cap_standing; raise it (gatehouse stats cap), or take fewer tables";
    case policy::PublishError::not_approved: return "the policy is not the one two officers approved; gatehouse stats approve";
    case policy::PublishError::other_key: return "the noise key is not the one this scheme began with; bring that back from escrow";
    case policy::PublishError::not_closed: return "the quarter is not over for long enough";
    case policy::PublishError::unavailable: break;
  }
  return "could not be published; is there something to revise, and can the database be written?";
}

int publish(const Publish& options) {
  Opened opened(options.config);
  const auto& policy = opened.statistics->policy();
  const auto& dataset = dataset_of(policy, options.dataset);
  const auto quarters = statistics::quarters_of(options.period);
  if (quarters.size() != 1) throw Stop{"--period: is no quarter; for example 2026-Q3"};
  if (quarters[0] < dataset.first_period) throw Stop{"--period: begins before this data set does"};
  const auto at = now();
  if (!policy.closed(quarters[0], at))
    throw Stop{"--period: is not over for " + std::to_string(policy.lag_days) + " days; a snapshot is built once, when its rows are in", 1};
  adapters::StatisticsRows::Build build;
  {
    auto rows = adapters::StatisticsRows::open(opened.settings.data.statistics, 5'000);
    if (!rows) throw Stop{rows.error(), 1};
    try {
      // A rotation of the index holds the rows for a while: as for an import, that is waited for and said.
      auto built = rows->build(dataset, quarters[0], options.revised, at.time_since_epoch().count(), adapters::kStatisticsPatience, waiting_is_said());
      if (!built) throw Stop{opened.settings.data.statistics + ": " + built.error().text(), 1};
      build = std::move(*built);
    } catch (const adapters::DatabaseFault& fault) {
      throw Stop{adapters::line_of(fault, opened.settings.data.statistics), 1};
    }
  }
  statistics::Snapshot snapshot{quarters[0], options.revised, build.digest};
  const auto done = run_now(opened.statistics->publish(dataset.id, snapshot, build.codes, options.by.empty() ? account_name() : options.by, at));
  if (!done) throw Stop{dataset.id + " " + statistics::text_of(quarters[0]) + ": " + words_of(done.error()), 1};

  // What may go on a website: the standing tables, with the same rules as for any answer.
  json out = {{"dataset", dataset.id}, {"period", statistics::text_of(quarters[0])}, {"status", options.revised ? "revised" : "final"}, {"tables", json::array()}};
  const auto& set = done->set;
  if (options.csv) std::cout << "table,row,value,symbol,low,high\n";
  for (std::size_t j = 0; j < set.tables.size(); ++j) {
    const auto& table = set.tables[j];
    const auto counted = static_cast<std::size_t>(std::count_if(table.cells.begin(), table.cells.end(), [](const Cell& cell) { return cell.kind == Cell::Kind::counted; }));
    statistics::Figures figures;
    figures.cells.resize(table.cells.size());
    for (std::size_t i = 0; i < table.cells.size(); ++i)
      if (table.cells[i].kind == Cell::Kind::counted) figures.cells[i] = {done->figures.cells[j][i], set.sum_variance(1, counted), false};
    figures.total = {done->figures.total, set.total_variance(), false};
    const auto display = statistics::display(table, figures);
    std::string name;
    for (const auto& one : table.group_by) name += (name.empty() ? "" : "*") + one;
    json cells = json::array();
    const auto line = [&](const std::string& row, const statistics::Shown& one) {
      if (options.csv) {
        std::cout << name << ',' << row << ',' << (one.value ? std::to_string(*one.value) : "") << ',' << (one.symbol == 0 ? "" : std::string(1, one.symbol)) << ','
                  << one.low << ',' << one.high << '\n';
      } else if (!options.json) {
        std::cout << name << "  " << row << "  " << shown_text(one) << '\n';
      }
    };
    for (std::size_t i = 0; i < table.cells.size(); ++i) {
      const auto& one = display.cells[i];
      std::string row;
      json cell;
      for (std::size_t by = 0; by < table.group_by.size(); ++by) {
        row += (row.empty() ? "" : "*") + table.cells[i].labels[by];
        cell[table.group_by[by]] = table.cells[i].labels[by];
      }
      cell["value"] = one.value ? json(*one.value) : json(nullptr);
      cell["symbol"] = one.symbol == 0 ? json(nullptr) : json(std::string(1, one.symbol));
      cell["low"] = one.low;
      cell["high"] = one.high;
      cells.push_back(std::move(cell));
      line(row, one);
    }
    line("total", display.total);
    out["tables"].push_back({{"by", name}, {"cells", cells}, {"total", {{"value", display.total.value.value_or(0)}, {"low", display.total.low}, {"high", display.total.high}}}});
  }
  out["nano_rho"] = set.nano_rho;
  if (options.json) std::cout << out.dump() << '\n';
  return 0;
}

// ---------------------------------------------------------------- budget

struct Ledger {
  std::string config;
  std::size_t limit = 20;
  bool json = false;
};

json account_json(const statistics::Account& account) { return {{"cap", account.cap}, {"spent", account.spent}, {"left", account.left()}}; }

int ledger(const Ledger& options) {
  const auto settings = settings_of(options.config);
  const auto store = open_store(settings);
  const auto book = run_now(store->statistics_ledger(options.limit));
  if (!book) throw Stop{settings.data.database + ": the ledger of figures cannot be read", 1};
  if (options.json) {
    json out = {{"chain", book->trouble.empty() ? "good" : book->trouble}, {"charges", book->lines}, {"years", json::array()}, {"newest", json::array()}, {"caps", json::array()}};
    for (const auto& year : book->years) {
      json partners = json::array();
      for (const auto& partner : year.partners) {
        json one = account_json(partner.account);
        one["partner"] = partner.partner;
        partners.push_back(std::move(one));
      }
      out["years"].push_back({{"dataset", year.dataset}, {"year", year.year}, {"all", account_json(year.all)}, {"standing", account_json(year.standing)}, {"partners", partners}});
    }
    for (const auto& one : book->charges)
      out["newest"].push_back({{"at", policy::to_text(one.at)}, {"dataset", one.dataset}, {"year", one.year}, {"partner", one.partner}, {"rho_all", one.rho_all},
                               {"rho_partner", one.rho_partner}, {"release", one.release}, {"question", json::parse(one.question, nullptr, false)}});
    for (const auto& one : book->caps)
      out["caps"].push_back({{"at", policy::to_text(one.at)}, {"dataset", one.dataset}, {"year", one.year}, {"what", one.what}, {"partner", one.partner},
                             {"before", one.before}, {"after", one.after}, {"officers", one.officers}, {"reason", one.reason}});
    std::cout << out.dump() << '\n';
  } else {
    const auto line = [](const std::string& name, const statistics::Account& account) {
      std::cout << "  " << name << ": " << account.spent << " of " << account.cap << " nano-rho, " << account.left() << " left\n";
    };
    for (const auto& year : book->years) {
      std::cout << year.dataset << " " << year.year << '\n';
      line("all partners together", year.all);
      line("standing tables", year.standing);
      for (const auto& partner : year.partners) line(partner.partner, partner.account);
    }
    if (book->years.empty()) std::cout << "no quarter has been published yet; gatehouse stats publish\n";
    for (const auto& one : book->charges)
      std::cout << policy::to_text(one.at) << "  " << (one.partner.empty() ? "-" : one.partner) << "  " << one.rho_partner << " (all " << one.rho_all << ")  " << one.release
                << "  " << one.question << '\n';
    for (const auto& one : book->caps)
      std::cout << policy::to_text(one.at) << "  cap " << one.what << " " << one.partner << " " << one.before << " to " << one.after << " by " << one.officers << ": "
                << one.reason << '\n';
    std::cout << book->lines << " charges, the chain is " << (book->trouble.empty() ? "good" : "BROKEN") << '\n';
  }
  if (!book->trouble.empty()) throw Stop{"ledger of figures: " + book->trouble, 1};
  if (book->set_back) throw Stop{"ledger of figures: is older than its mark; the next start charges every data-year in full", 1};
  if (book->unmarked) throw Stop{settings.keys.ledger_mark_file + ": is not there; bring it back, or say gatehouse stats restored", 1};
  return 0;
}

struct Cap {
  std::string config, dataset = "referrals", partner, reason;
  int year = 0;
  std::uint64_t cap = 0;
  bool all = false, standing = false;
  std::vector<std::string> officers;
};

int change_cap(Cap options) {
  if ((options.all ? 1 : 0) + (options.standing ? 1 : 0) + (options.partner.empty() ? 0 : 1) != 1) throw Stop{"say whose cap: --all, --standing or --partner ID"};
  const auto settings = settings_of(options.config);
  // Whoever names two raises the cap: the store alone knows whether it is one, and whether two were needed.
  if (options.officers.size() > 1)
    options.officers = must_be_two_officers(settings, options.officers, "--officer: raising a cap takes two different officers, lowering one takes one");
  const auto store = open_store(settings);
  if (!options.partner.empty()) {
    const auto directory = run_now(store->directory());
    if (!directory) throw Stop{settings.data.database + ": agencies cannot be read", 1};
    if (std::none_of(directory->agencies.begin(), directory->agencies.end(), [&](const auto& one) { return one.id == options.partner; }))
      throw Stop{"--partner: no agency has this id; gatehouse partner list shows them"};
  }
  policy::CapChange change;
  change.what = options.all ? policy::CapChange::What::all : options.standing ? policy::CapChange::What::standing : policy::CapChange::What::partner;
  change.dataset = options.dataset;
  change.year = options.year;
  change.partner = options.partner;
  change.cap = options.cap;
  change.first_officer = options.officers.empty() ? "" : options.officers[0];
  change.second_officer = options.officers.size() < 2 ? "" : options.officers[1];
  change.reason = options.reason;
  change.at = now();
  const auto done = run_now(store->change_cap(std::move(change)));
  if (done) {
    std::cout << "the cap is " << options.cap << " nano-rho; gatehouse stats ledger shows who and why\n";
    return 0;
  }
  switch (done.error()) {
    case policy::CapError::no_such_year: throw Stop{"there is no budget for this data set and year yet; the first published quarter opens it", 1};
    case policy::CapError::two_officers: throw Stop{"raising a cap takes two different officers (--officer A --officer B) and a --reason; lowering one takes one officer", 1};
    case policy::CapError::overbooked: throw Stop{"the caps together would be more than cap_all; raise that first (--all), or lower another's", 1};
    case policy::CapError::unavailable: break;
  }
  throw Stop{settings.data.database + ": cannot be written; try again", 1};
}

int approve(const std::string& config, const std::vector<std::string>& typed) {
  const auto settings = settings_of(config);
  const auto officers = must_be_two_officers(settings, typed, "--officer: two different officers approve the policy");
  const auto policy = policy_of(settings);
  if (auto trouble = approve_statistics(settings, policy.sha256, officers[0], officers[1]); !trouble.empty()) throw Stop{trouble, 1};
  std::cout << settings.statistics_policy << " (sha256 " << policy.sha256 << ") approved; a running gateway takes it up when it starts again\n";
  return 0;
}

int restored(const std::string& config, const std::vector<std::string>& typed) {
  const auto settings = settings_of(config);
  const auto officers = must_be_two_officers(settings, typed, "--officer: two different officers say so");
  const auto store = open_store(settings);
  const auto years = run_now(store->charge_in_full(officers[0], officers[1], now()));
  if (!years) throw Stop{settings.data.database + ": cannot be written, or " + settings.keys.ledger_mark_file + " cannot; try again", 1};
  std::cout << *years << " data-years are charged in full: nothing new is served from them, figures already held stay free\n";
  return 0;
}

int make_key(const std::string& config) {
  const auto settings = settings_of(config);
  const auto policy = policy_of(settings);
  const auto store = open_store(settings);
  const auto books = run_now(store->books(std::string(), policy.scheme));
  if (!books) throw Stop{settings.data.database + ": the ledger of figures cannot be read", 1};
  if (!books->key_id.empty())
    throw Stop{"figures of scheme " + std::to_string(policy.scheme) + " have been drawn with a key: bring that one back from escrow; a new key needs a new scheme in " +
                   settings.statistics_policy, 1};
  if (auto trouble = gateway::NoiseKey::make(settings.keys.noise_key_file); !trouble.empty()) throw Stop{trouble, 1};
  std::cout << settings.keys.noise_key_file << " made (0400): put it into escrow, and keep it away from the data's backups\n";
  return 0;
}

}  // namespace

std::string approve_statistics(const gateway::Settings& settings, const std::string& sha256, const std::string& first, const std::string& second) {
  auto store = adapters::SqliteStore::open(sqlite_of(settings), [](const std::string&) {});
  if (!store) return store.error();
  const auto done = run_now((*store)->approve_statistics(sha256, first, second, now()));
  if (!done) return settings.data.database + ": cannot be written; try again";
  return *done ? std::string() : std::string("two different officers approve the policy of statistics");
}

void add_stats(CLI::App& app, Context& context) {
  auto* stats = app.add_subcommand("stats", "figures for others, with noise and a budget; the rows behind them; the ledger");
  stats->require_subcommand(1);
  const auto config = [](CLI::App* command, std::string& into) { command->add_option("--config", into, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)"); };

  const auto question = [&](const char* name, const char* what, int (*action)(const Question&), bool partner, bool file) {
    auto options = std::make_shared<Question>();
    auto* command = stats->add_subcommand(name, what);
    config(command, options->config);
    if (file) command->add_option("question", options->file, "the question as JSON; - for standard input");
    if (partner) {
      command->add_option("--partner", options->partner, "the agency in whose name, and from whose ration, it is asked")->required();
      command->add_option("--by", options->by, "the staff id of who asks; default: the account this runs as");
    }
    command->add_flag("--json", options->json, "one JSON object, as the partner API gives it");
    command->callback(guarded(context, [options, action] { return action(*options); }));
  };
  question("codebook", "what can be counted, and by what", codebook, false, false);
  question("forecast", "what a question would cost and how wide its ranges would be; reads no data", forecast, true, true);
  question("ask", "ask as a partner would: charged, logged, with noise; what leaves goes through here", ask, true, true);
  question("exact", "exact counts for staff, on a terminal only: not for sharing", exact, false, true);

  const auto rows = [&](const char* name, const char* what, int (*action)(const Rows&), bool file) {
    auto options = std::make_shared<Rows>();
    auto* command = stats->add_subcommand(name, what);
    config(command, options->config);
    command->add_option("--dataset", options->dataset, "data set of the policy")->capture_default_str();
    if (file) {
      command->add_option("file", options->file, "rows with child, record, date and a code for each attribute; - for standard input");
      command->add_option("--format", options->format, "default: by the name")->check(CLI::IsMember({"csv", "jsonl"}));
    }
    command->add_flag("--json", options->json, "print one JSON object");
    command->callback(guarded(context, [options, action] { return action(*options); }));
  };
  rows("import", "bring coded rows in; the same record again replaces itself", import_rows, true);
  rows("collect", "make rows of the organisation's own records", collect, false);

  auto publishing = std::make_shared<Publish>();
  auto* publish_command = stats->add_subcommand("publish", "build a closed quarter once, publish its standing tables, and open it for questions");
  config(publish_command, publishing->config);
  publish_command->add_option("--dataset", publishing->dataset, "data set of the policy")->capture_default_str();
  publish_command->add_option("--period", publishing->period, "the quarter, for example 2026-Q3")->required();
  publish_command->add_flag("--revised", publishing->revised, "build it again from the rows of now; once a data-year, charged afresh");
  publish_command->add_option("--by", publishing->by, "the staff id of who publishes; default: the account this runs as");
  publish_command->add_flag("--json", publishing->json, "the standing tables as one JSON object");
  publish_command->add_flag("--csv", publishing->csv, "the standing tables as CSV");
  publish_command->callback(guarded(context, [publishing] { return publish(*publishing); }));

  auto book = std::make_shared<Ledger>();
  auto* ledger_command = stats->add_subcommand("ledger", "budgets, charges and caps, and whether the chain is whole (exit 1 when not)");
  config(ledger_command, book->config);
  ledger_command->add_option("--limit", book->limit, "how many charges")->check(CLI::Range(0, 1000000));
  ledger_command->add_flag("--json", book->json, "one JSON object");
  ledger_command->callback(guarded(context, [book] { return ledger(*book); }));

  auto cap = std::make_shared<Cap>();
  auto* cap_command = stats->add_subcommand("cap", "set a cap in nano-rho: raising takes two officers and a reason, lowering is immediate");
  config(cap_command, cap->config);
  cap_command->add_option("--dataset", cap->dataset, "data set of the policy")->capture_default_str();
  cap_command->add_option("--year", cap->year, "data-year")->required()->check(CLI::Range(1990, 9999));
  cap_command->add_flag("--all", cap->all, "of all partners together: the promise");
  cap_command->add_flag("--standing", cap->standing, "of the standing tables");
  cap_command->add_option("--partner", cap->partner, "of one partner");
  cap_command->add_option("cap", cap->cap, "nano-rho")->required()->check(CLI::NonNegativeNumber);
  cap_command->add_option("--officer", cap->officers, "who; twice to raise")->required();
  cap_command->add_option("--reason", cap->reason, "why");
  cap_command->callback(guarded(context, [cap] { return change_cap(*cap); }));

  struct Approval {
    std::string config;
    std::vector<std::string> officers;
  };
  auto approval = std::make_shared<Approval>();
  auto* approve_command = stats->add_subcommand("approve", "two officers approve the statistics policy as it stands in its file");
  config(approve_command, approval->config);
  approve_command->add_option("--officer", approval->officers, "who; twice")->required();
  approve_command->callback(guarded(context, [approval] { return approve(approval->config, approval->officers); }));
  auto back = std::make_shared<Approval>();
  auto* restored_command = stats->add_subcommand("restored", "after an older backup was restored: charge every data-year in full, for what was answered since is unknown");
  config(restored_command, back->config);
  restored_command->add_option("--officer", back->officers, "who; twice")->required();
  restored_command->callback(guarded(context, [back] { return restored(back->config, back->officers); }));
  auto key = std::make_shared<Approval>();
  auto* key_command = stats->add_subcommand("key", "make the noise key of an installation that has none");
  config(key_command, key->config);
  key_command->callback(guarded(context, [key] { return make_key(key->config); }));
}

}  // namespace gatehouse::cli
