#include "gateway/statistics/service.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/keys.hpp"
#include "crypto/noise.hpp"
#include "gateway/statistics/render.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;
using statistics::Cell;
using statistics::Fraction;
using statistics::Refusal;
using statistics::Table;

struct Statistics::Plan {
  policy::StatisticsBooks books;
  statistics::Question question;
  policy::Purpose purpose{};
  Table table;
  std::optional<statistics::FromStanding> standing;
  std::vector<policy::FigureKey> keys;            // of the figures it is made of; for a fresh table one for each counted cell
  std::vector<policy::KnownFigure> known;
  std::vector<statistics::YearPrice> price;       // what this partner still has to pay
  std::uint64_t cost = 0, left = 0;
  bool fits = true, held = false;
};

namespace {

StatisticsTrouble trouble_of(policy::StoreError error) {
  switch (error) {
    case policy::StoreError::unknown: return StatisticsTrouble::unknown;
    case policy::StoreError::reserve: return StatisticsTrouble::reserve;
    case policy::StoreError::unavailable: break;
  }
  return StatisticsTrouble::unavailable;
}

std::string codes_of(const statistics::Dataset& dataset) {
  const auto digest = crypto::blake2b_256(dataset.frozen());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::vector<policy::Category> categories_of(const statistics::Dataset& dataset) {
  std::vector<policy::Category> out;
  for (const auto& attribute : dataset.attributes)
    if (std::find(out.begin(), out.end(), attribute.category) == out.end()) out.push_back(attribute.category);
  return out;
}

const policy::StatisticsYear* account_of(const policy::StatisticsBooks& books, const std::string& dataset, int year) {
  const auto found = std::find_if(books.years.begin(), books.years.end(), [&](const auto& one) { return one.dataset == dataset && one.year == year; });
  return found == books.years.end() ? nullptr : &*found;
}

// Others' spending never decides while all keep to their shares: the caps were shared out of cap_all. After a restore nothing new is served.
bool affords(const policy::StatisticsYear* account, std::uint64_t price) {
  if (price == 0) return true;
  return account != nullptr && account->partner.fits(price) && statistics::Account{account->cap_all, account->spent_all}.fits(price);
}

// Of a plain question at this level: what its cells' ranges will be.
unsigned half_width_of(const Table& table, const std::optional<statistics::FromStanding>& standing) {
  std::vector<std::int64_t> zeros(table.cells.size(), 0);
  const auto figures = standing ? statistics::figures_of(table, *standing, zeros) : statistics::figures_of(table, zeros);
  unsigned widest = 0;
  Fraction last{-1, 1};
  for (const auto& figure : figures.cells) {
    if (figure.variance.n == last.n && figure.variance.d == last.d) continue;
    last = figure.variance;
    widest = std::max(widest, statistics::half_width(figure));
  }
  return widest;
}

}  // namespace

std::string question_json(const statistics::Question& question) {
  nlohmann::json out = {{"dataset", question.dataset}, {"measure", question.measure}, {"periods", question.periods}, {"purpose", question.purpose}, {"sigma2", question.sigma2}};
  for (const auto& [attribute, codes] : question.filters) out["filters"][attribute] = codes;
  if (!question.group_by.empty()) out["group_by"] = question.group_by;
  if (question.total == statistics::Total::measured) out["total"] = "measured";
  if (question.rounding != 0) out["rounding"] = question.rounding;
  if (question.sdc) out["sdc"] = true;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

statistics::OpenSnapshots Statistics::open(const policy::StatisticsBooks& books, const statistics::Dataset& dataset, Instant at) const {
  statistics::OpenSnapshots out;
  const std::string codes = codes_of(dataset);
  for (const auto& one : books.snapshots)
    if (one.dataset == dataset.id && one.codes == codes && policy_.closed(one.snapshot.period, at)) out.push_back(one.snapshot);
  return out;
}

std::expected<Table, Refusal> Statistics::table_of(const statistics::Question& question, const policy::StatisticsBooks& books, Instant at) const {
  const auto* dataset = policy_.dataset(question.dataset);
  return statistics::plan(policy_, question, dataset == nullptr ? statistics::OpenSnapshots() : open(books, *dataset, at));
}

asio::awaitable<Statistics::Result<Statistics::Plan>> Statistics::plan(std::string agency, std::string body, Permission permission, Instant at) {
  Plan out;
  auto question = statistics::read_question(body);
  if (!question) co_return std::unexpected(StatisticsRefusal{std::move(question.error()), 0, 0, {}, {}});
  out.question = std::move(*question);
  std::string whose = agency;
  auto books = co_await store_.books(std::move(whose), policy_.scheme);
  if (!books) co_return std::unexpected(trouble_of(books.error()));
  // A policy nobody approved, or another noise key, answers nothing: old figures would be drawn again.
  if (books->policy_sha256 != policy_.sha256 || (!books->key_id.empty() && books->key_id != key_.id())) co_return std::unexpected(StatisticsTrouble::unavailable);
  out.books = std::move(*books);
  auto table = table_of(out.question, out.books, at);
  if (!table) co_return std::unexpected(StatisticsRefusal{std::move(table.error()), 0, 0, {}, {}});
  out.table = std::move(*table);

  const auto purpose = policy::from_text<policy::Purpose>(out.question.purpose);
  const auto& purposes = out.table.dataset->purposes;
  if (!purpose || std::find(purposes.begin(), purposes.end(), *purpose) == purposes.end() || !permission(*purpose, categories_of(*out.table.dataset)))
    co_return std::unexpected(StatisticsRefusal{
        Refusal{Refusal::Kind::purpose_not_permitted, "$.purpose", "these figures are not given to you for this purpose", "ask the organisation", {}}, 0, 0, {}, {}});
  out.purpose = *purpose;

  out.standing = statistics::from_standing(policy_, out.table);
  if (out.standing) {
    for (const auto& parts : out.standing->parts)
      for (const auto& part : parts) out.keys.push_back(NoiseKey::figure_key(part));
  } else {
    for (const Cell& cell : out.table.cells)
      if (cell.kind == Cell::Kind::counted) out.keys.push_back(NoiseKey::figure_key(cell.key_text));
  }
  std::vector<policy::FigureKey> keys = out.keys;
  auto known = co_await store_.known(std::move(agency), std::move(keys));
  if (!known) co_return std::unexpected(trouble_of(known.error()));
  out.known = std::move(*known);

  out.held = !out.standing && !out.known.empty() && std::all_of(out.known.begin(), out.known.end(), [](const auto& one) { return one.mine; });
  if (!out.standing) {
    for (const auto& year : out.table.price) {
      std::size_t at_key = 0;
      bool mine = true;
      for (const Cell& cell : out.table.cells) {
        if (cell.kind != Cell::Kind::counted) continue;
        if (statistics::year_of(out.table.snapshots[cell.period].period) == year.year) mine = mine && out.known[at_key].mine;
        ++at_key;
      }
      if (!mine) out.price.push_back(year);
    }
  }
  // Every data-year of the question, paid for or not: what is left of the ration there.
  std::vector<int> years;
  for (const auto& snapshot : out.table.snapshots)
    if (years.empty() || years.back() != statistics::year_of(snapshot.period)) years.push_back(statistics::year_of(snapshot.period));
  for (const int year : years) {
    std::uint64_t price = 0;
    for (const auto& one : out.price)
      if (one.year == year) price = one.nano_rho;
    out.cost += price;
    const policy::StatisticsYear* account = account_of(out.books, out.table.dataset->id, year);
    if (account != nullptr) out.left += account->partner.left();
    out.fits = out.fits && affords(account, price);
  }
  co_return out;
}

StatisticsRefusal Statistics::over_budget(const Plan& plan) const {
  StatisticsRefusal out;
  out.refusal = Refusal{Refusal::Kind::budget_exhausted, "$.sigma2", "Ask for wider error bars or use a table you hold.", "", {}};
  out.price = plan.cost;
  out.left = plan.left;
  for (const std::uint64_t level : policy_.sigma2) {
    if (level <= plan.table.sigma2) continue;
    bool fits = true;
    for (const auto& year : plan.price) {
      const auto quarters = static_cast<std::uint64_t>(std::count_if(plan.table.snapshots.begin(), plan.table.snapshots.end(),
                                                                     [&](const auto& one) { return statistics::year_of(one.period) == year.year; }));
      const std::uint64_t price = statistics::price_of(quarters * plan.table.measure->per_child * plan.table.measure->per_child, level);
      fits = fits && affords(account_of(plan.books, plan.table.dataset->id, year.year), price);
    }
    if (fits) {
      out.cheapest_sigma2 = level;
      break;
    }
  }
  for (const auto& one : plan.books.held)
    if (one.dataset == plan.table.dataset->id) out.you_hold.push_back(one.release);
  return out;
}

asio::awaitable<std::optional<StatisticsTrouble>> Statistics::record_refusal(Asker asker, std::string purpose, std::string question, std::string why, Instant at) {
  policy::StatisticsEntry entry;
  entry.agency = std::move(asker.agency);
  entry.keyid = std::move(asker.keyid);
  entry.nonce = std::move(asker.nonce);
  entry.nonce_expires = asker.nonce_expires;
  entry.idempotency_key = std::move(asker.idempotency_key);
  entry.body_sha256 = std::move(asker.body_sha256);
  entry.at = at;
  entry.question = std::move(question);
  entry.purpose = std::move(purpose);
  entry.why = std::move(why);
  entry.pack_sha256 = std::move(asker.pack_sha256);
  entry.policy_sha256 = policy_.sha256;
  entry.staff = std::move(asker.staff);
  const auto written = co_await store_.charge(std::move(entry));
  if (!written) co_return trouble_of(written.error());
  if (written->kind == policy::StatisticsCommitted::Kind::nonce_seen) co_return StatisticsTrouble::nonce_seen;
  if (written->kind == policy::StatisticsCommitted::Kind::key_reused) co_return StatisticsTrouble::key_reused;
  if (written->kind != policy::StatisticsCommitted::Kind::written) co_return StatisticsTrouble::unavailable;
  co_return std::nullopt;
}

asio::awaitable<std::expected<std::vector<std::int64_t>, policy::StoreError>> Statistics::counts_of(const Table& table) {
  std::vector<std::int64_t> out(table.cells.size(), 0);
  for (std::size_t period = 0; period < table.snapshots.size(); ++period) {
    policy::CubeScan scan;
    scan.dataset = table.dataset->id;
    scan.measure = table.measure->id;
    scan.snapshot = table.snapshots[period];
    scan.tally = table.tally;
    const auto counts = co_await store_.count(std::move(scan));
    if (!counts) co_return std::unexpected(counts.error());
    for (std::size_t i = 0; i < table.cells.size(); ++i)
      if (table.cells[i].period == period && table.cells[i].kind == Cell::Kind::counted) out[i] = (*counts)[table.cells[i].slot];
  }
  co_return out;
}

asio::awaitable<Statistics::Result<StatisticsAnswer>> Statistics::ask(Asker asker, std::string body, Permission permission, Instant at) {
  for (int again = 0; again <= 3; ++again) {
    std::string agency = asker.agency, text = body;
    Permission may = permission;
    auto planned = co_await plan(std::move(agency), std::move(text), std::move(may), at);
    if (!planned) {
      auto* no = std::get_if<StatisticsRefusal>(&planned.error());
      // What the policy refuses is recorded as carefully as what is given; what cannot be read or does not exist is no decision.
      if (no != nullptr && no->refusal.kind == Refusal::Kind::purpose_not_permitted) {
        const auto question = statistics::read_question(body);
        Asker who = asker;
        std::string purpose = policy::from_text<policy::Purpose>(question->purpose) ? question->purpose : "unknown", said = question_json(*question), why = "purpose_not_permitted";
        const auto trouble = co_await record_refusal(std::move(who), std::move(purpose), std::move(said), std::move(why), at);
        if (trouble) co_return std::unexpected(*trouble);
      }
      co_return std::unexpected(std::move(planned.error()));
    }
    Plan& p = *planned;
    if (!p.fits) {
      Asker who = asker;
      std::string purpose = p.question.purpose, said = question_json(p.question), why = "budget_exhausted";
      const auto trouble = co_await record_refusal(std::move(who), std::move(purpose), std::move(said), std::move(why), at);
      if (trouble) co_return std::unexpected(*trouble);
      co_return std::unexpected(over_budget(p));
    }

    policy::StatisticsEntry entry;
    std::vector<std::int64_t> fresh(p.table.cells.size(), 0);
    if (p.standing) {
      std::size_t next = 0;
      for (std::size_t i = 0; i < fresh.size(); ++i)
        for (std::size_t part = 0; part < p.standing->parts[i].size(); ++part, ++next) {
          if (!p.known[next].answer) co_return std::unexpected(StatisticsTrouble::unavailable);   // published, and not there: a restored database
          fresh[i] += *p.known[next].answer;
        }
    } else if (!p.held) {
      // Noise first, into buffers whose size follows from the question; then the counts. Known to others or not, the road is the same.
      std::vector<std::int64_t> noise(p.table.cells.size(), 0), total_noise(p.table.snapshots.size(), 0);
      const auto draw = [&](const std::string& key, Fraction variance, std::int64_t& into) {
        const auto drawn = key_.noise(key, variance);
        if (!drawn)
          entry.failed = true;
        else
          into = *drawn;
      };
      std::size_t next = 0;
      for (std::size_t i = 0; i < noise.size(); ++i)
        if (p.table.cells[i].kind == Cell::Kind::counted) draw(p.keys[next++], p.table.cell_variance(), noise[i]);
      for (std::size_t i = 0; i < p.table.total_key_text.size(); ++i)
        if (!p.table.total_key_text[i].empty()) draw(NoiseKey::figure_key(p.table.total_key_text[i]), p.table.total_variance(), total_noise[i]);
      const auto counts = co_await counts_of(p.table);
      if (!counts) co_return std::unexpected(trouble_of(counts.error()));
      const auto figures = statistics::figures(p.table, noise, total_noise, *counts);
      for (std::size_t i = 0; i < fresh.size(); ++i) fresh[i] = figures.cells[i].y;
    }

    entry.agency = asker.agency;
    entry.keyid = asker.keyid;
    entry.nonce = asker.nonce;
    entry.nonce_expires = asker.nonce_expires;
    entry.idempotency_key = asker.idempotency_key;
    entry.body_sha256 = asker.body_sha256;
    entry.at = at;
    entry.dataset = p.table.dataset->id;
    entry.release = "st_" + crypto::hex(crypto::blake2b_256(p.table.name_text)).substr(0, 16);
    entry.question = question_json(p.question);
    entry.purpose = p.question.purpose;
    entry.outcome = policy::Outcome::anonymised;
    entry.pack_sha256 = asker.pack_sha256;
    entry.policy_sha256 = policy_.sha256;
    entry.key_id = key_.id();
    entry.scheme = policy_.scheme;
    entry.snapshots = p.table.snapshots;
    entry.staff = asker.staff;
    if (!p.standing) {
      entry.price = p.table.price;   // the store charges a year unless every figure of it is held
      std::size_t next = 0;
      for (std::size_t i = 0; i < p.table.cells.size(); ++i) {
        const Cell& cell = p.table.cells[i];
        if (cell.kind != Cell::Kind::counted) continue;
        policy::ReleasedFigure figure;
        figure.answer = p.held ? p.known[next].answer.value_or(0) : fresh[i];
        figure.key = p.keys[next++];
        figure.sigma2 = p.table.sigma2;
        figure.year = statistics::year_of(p.table.snapshots[cell.period].period);
        entry.figures.push_back(std::move(figure));
      }
    }
    const bool failed = entry.failed;
    StatisticsAnswer out;
    out.release = entry.release;
    auto written = co_await store_.charge(std::move(entry));   // the output gate
    if (!written) co_return std::unexpected(trouble_of(written.error()));
    switch (written->kind) {
      case policy::StatisticsCommitted::Kind::nonce_seen: co_return std::unexpected(StatisticsTrouble::nonce_seen);
      case policy::StatisticsCommitted::Kind::key_reused: co_return std::unexpected(StatisticsTrouble::key_reused);
      case policy::StatisticsCommitted::Kind::stale: continue;
      case policy::StatisticsCommitted::Kind::over_budget: continue;   // somebody of the same partner was quicker: price again
      case policy::StatisticsCommitted::Kind::written: break;
    }
    if (failed) co_return std::unexpected(StatisticsTrouble::unavailable);
    if (!p.standing) {
      std::size_t next = 0;
      for (std::size_t i = 0; i < fresh.size(); ++i)
        if (p.table.cells[i].kind == Cell::Kind::counted) fresh[i] = written->answers[next++];   // what was released before stands
    }
    out.figures = p.standing ? statistics::figures_of(p.table, *p.standing, fresh) : statistics::figures_of(p.table, fresh);
    out.display = statistics::display(p.table, out.figures);
    std::string digests;
    for (const auto& snapshot : p.table.snapshots) digests += snapshot.digest;
    out.snapshot = key_.name("gh-stat-snapshot-name/1", digests, 8);
    out.charged = written->charged;
    out.left = p.standing || p.table.price.empty() ? p.left : written->left;
    out.table = std::move(p.table);
    co_return out;
  }
  co_return std::unexpected(StatisticsTrouble::unavailable);
}

asio::awaitable<Statistics::Result<StatisticsForecast>> Statistics::forecast(std::string agency, std::string body, Permission permission, Instant at) {
  auto planned = co_await plan(std::move(agency), std::move(body), std::move(permission), at);
  if (!planned) co_return std::unexpected(std::move(planned.error()));
  const Plan& p = *planned;
  StatisticsForecast out;
  out.price = p.cost;
  out.left = p.left;
  out.fits = p.fits;
  out.held = p.held;
  out.from_standing = p.standing.has_value();
  out.cells = p.table.cells.size();
  out.half_width = half_width_of(p.table, p.standing);
  for (const std::uint64_t level : policy_.sigma2) {
    if (level <= p.table.sigma2 || p.cost == 0) continue;
    statistics::Question wider = p.question;
    wider.sigma2 = level;
    const auto table = table_of(wider, p.books, at);
    if (!table) continue;
    const auto standing = statistics::from_standing(policy_, *table);
    out.cheaper.push_back({level, standing ? 0 : table->whole_price(), half_width_of(*table, standing)});
  }
  co_return out;
}

asio::awaitable<std::expected<std::string, StatisticsTrouble>> Statistics::codebook(Instant at) {
  std::string nobody;
  const auto books = co_await store_.books(std::move(nobody), policy_.scheme);
  if (!books) co_return std::unexpected(trouble_of(books.error()));
  std::vector<std::pair<std::string, statistics::Period>> periods;
  if (books->policy_sha256 == policy_.sha256)
    for (const auto& dataset : policy_.datasets)
      for (const auto& snapshot : open(*books, dataset, at)) periods.emplace_back(dataset.id, snapshot.period);
  co_return codebook_json(policy_, periods);
}

asio::awaitable<Statistics::Result<Statistics::Exact>> Statistics::exact(std::string body, Instant at) {
  const auto question = statistics::read_question(body);
  if (!question) co_return std::unexpected(StatisticsRefusal{question.error(), 0, 0, {}, {}});
  std::string nobody;
  const auto books = co_await store_.books(std::move(nobody), policy_.scheme);
  if (!books) co_return std::unexpected(trouble_of(books.error()));
  auto table = table_of(*question, *books, at);
  if (!table) co_return std::unexpected(StatisticsRefusal{std::move(table.error()), 0, 0, {}, {}});
  Exact out;
  out.table = std::move(*table);
  auto counts = co_await counts_of(out.table);
  if (!counts) co_return std::unexpected(trouble_of(counts.error()));
  out.counts = std::move(*counts);
  co_return out;
}

asio::awaitable<std::expected<Statistics::Published, policy::PublishError>> Statistics::publish(std::string dataset, statistics::Snapshot build, std::string codes,
                                                                                                std::string staff, Instant at) {
  const auto* data = policy_.dataset(dataset);
  if (data == nullptr || codes != codes_of(*data)) co_return std::unexpected(policy::PublishError::unavailable);
  if (build.period < data->first_period || !policy_.closed(build.period, at)) co_return std::unexpected(policy::PublishError::not_closed);
  Published out;
  out.set = statistics::plan_standing(policy_, *data, data->measures.front(), build);
  std::vector<std::vector<std::int64_t>> noise;
  std::vector<std::int64_t> total_noise;
  for (std::size_t j = 0; j < out.set.tables.size(); ++j) {
    noise.emplace_back(out.set.tables[j].cells.size(), 0);
    for (std::size_t i = 0; i < noise[j].size(); ++i) {
      const Cell& cell = out.set.tables[j].cells[i];
      if (cell.kind != Cell::Kind::counted) continue;
      const auto drawn = key_.noise(NoiseKey::figure_key(cell.key_text), out.set.cell_noise());
      if (!drawn) co_return std::unexpected(policy::PublishError::unavailable);
      noise[j][i] = *drawn;
    }
    const auto total = key_.noise(NoiseKey::figure_key(out.set.total_key_text[j]), out.set.total_noise());
    if (!total) co_return std::unexpected(policy::PublishError::unavailable);
    total_noise.push_back(*total);
  }
  std::vector<std::vector<std::int64_t>> counts;
  for (const Table& table : out.set.tables) {
    auto counted = co_await counts_of(table);
    if (!counted) co_return std::unexpected(policy::PublishError::unavailable);
    counts.push_back(std::move(*counted));
  }
  out.figures = statistics::join(out.set, noise, total_noise, counts);

  policy::StatisticsPublication publication;
  publication.dataset = dataset;
  publication.codes = codes;
  publication.snapshot = build;
  publication.policy_sha256 = policy_.sha256;
  publication.key_id = key_.id();
  publication.scheme = policy_.scheme;
  publication.nano_rho = out.set.nano_rho;
  publication.cap_all = data->cap_all;
  publication.cap_standing = data->cap_standing;
  publication.staff = std::move(staff);
  publication.at = at;
  const int year = statistics::year_of(build.period);
  for (std::size_t j = 0; j < out.set.tables.size(); ++j)
    for (std::size_t i = 0; i < out.set.tables[j].cells.size(); ++i)
      if (out.set.tables[j].cells[i].kind == Cell::Kind::counted)
        publication.figures.push_back({NoiseKey::figure_key(out.set.tables[j].cells[i].key_text), out.figures.cells[j][i], policy_.standing_sigma2, year});
  if (!out.set.tables.empty()) publication.figures.push_back({NoiseKey::figure_key(out.set.shared_key_text), out.figures.total, policy_.standing_sigma2, year});
  const auto done = co_await store_.publish_quarter(std::move(publication));
  if (!done) co_return std::unexpected(done.error());
  co_return out;
}

}  // namespace gatehouse::gateway
