#include "adapters/sqlite/statistics_jobs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <set>

#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/words.hpp"
#include "crypto/noise.hpp"
#include "policy/officers/two_people.hpp"

namespace gatehouse::adapters {

using policy::StatisticsCommitted;
using statistics::Account;

namespace {

std::string as_text(const crypto::Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string hex_of(std::string_view bytes) { return crypto::hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }

// {"name":value,…}, members in the order of their names.
class Detail {
 public:
  Detail& text(const char* name, std::string_view value) {
    std::string quoted;
    append_json_text(quoted, value);
    members_[name] = std::move(quoted);
    return *this;
  }
  Detail& number(const char* name, std::uint64_t value) {
    members_[name] = std::to_string(value);
    return *this;
  }
  std::string take() {
    std::string out = "{";
    for (const auto& [name, value] : members_) out += (out.size() == 1 ? "\"" : ",\"") + name + "\":" + value;
    return out + "}";
  }

 private:
  std::map<std::string, std::string> members_;
};

}  // namespace

// The statements of these jobs, prepared with the first of them.
struct StatisticsStatements {
  explicit StatisticsStatements(Database& db)
      : idempotency(db.handle(), "SELECT body FROM statistics_idempotency WHERE token = ?"),
        add_idempotency(db.handle(), "INSERT INTO statistics_idempotency (token, body, at) VALUES (?, ?, ?)"),
        drop_idempotency(db.handle(), "DELETE FROM statistics_idempotency WHERE token IN (SELECT token FROM statistics_idempotency WHERE at < ? LIMIT 1000)"),
        policy(db.handle(), "SELECT sha256 FROM statistics_policy WHERE one = 1"),
        set_policy(db.handle(), "INSERT INTO statistics_policy (one, sha256, at, officers) VALUES (1, ?1, ?2, ?3) ON CONFLICT (one) DO UPDATE SET sha256 = ?1, at = ?2, officers = ?3"),
        scheme(db.handle(), "SELECT key_id FROM statistics_scheme WHERE scheme = ?"),
        add_scheme(db.handle(), "INSERT INTO statistics_scheme (scheme, key_id, at) VALUES (?, ?, ?)"),
        snapshot(db.handle(), "SELECT digest, revised FROM statistics_snapshot WHERE dataset = ? AND period = ? ORDER BY revised DESC LIMIT 1"),
        revised(db.handle(), "SELECT count(*) FROM statistics_snapshot WHERE dataset = ? AND revised = 1 AND period >= ? AND period < ?"),
        add_snapshot(db.handle(), "INSERT INTO statistics_snapshot (dataset, period, revised, digest, codes, at) VALUES (?, ?, ?, ?, ?, ?)"),
        budget(db.handle(), "SELECT cap_all, cap_standing FROM statistics_budget WHERE dataset = ? AND year = ?"),
        add_budget(db.handle(), "INSERT INTO statistics_budget (dataset, year, cap_all, cap_standing) VALUES (?, ?, ?, ?)"),
        set_budget(db.handle(), "UPDATE statistics_budget SET cap_all = ?, cap_standing = ? WHERE dataset = ? AND year = ?"),
        allowance(db.handle(), "SELECT cap FROM statistics_allowance WHERE dataset = ? AND year = ? AND partner = ?"),
        allowances(db.handle(), "SELECT partner, cap FROM statistics_allowance WHERE dataset = ? AND year = ? ORDER BY partner"),
        set_allowance(db.handle(), "INSERT INTO statistics_allowance (dataset, year, partner, cap) VALUES (?1, ?2, ?3, ?4) "
                                   "ON CONFLICT (dataset, year, partner) DO UPDATE SET cap = ?4"),
        agencies(db.handle(), "SELECT id FROM agency ORDER BY id"),
        figure(db.handle(), "SELECT answer FROM statistics_release WHERE cell = ?"),
        add_figure(db.handle(), "INSERT INTO statistics_release (cell, answer, sigma2, at) VALUES (?, ?, ?, ?)"),
        receipt(db.handle(), "SELECT 1 FROM statistics_receipt WHERE partner = ? AND cell = ?"),
        add_receipt(db.handle(), "INSERT OR IGNORE INTO statistics_receipt (partner, cell) VALUES (?, ?)"),
        last_charge(db.handle(), "SELECT id, hash FROM statistics_charge ORDER BY id DESC LIMIT 1"),
        all_spent(db.handle(), "SELECT all_after FROM statistics_charge WHERE dataset = ? AND year = ? ORDER BY id DESC LIMIT 1"),
        partner_spent(db.handle(), "SELECT partner_after FROM statistics_charge WHERE dataset = ? AND year = ? AND partner = ? ORDER BY id DESC LIMIT 1"),
        add_charge(db.handle(), "INSERT INTO statistics_charge (id, dataset, year, partner, rho_all, rho_partner, all_after, partner_after, release, question, at, "
                                "prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        cap_changes(db.handle(), "SELECT coalesce(max(id), 0) FROM statistics_cap_change"),
        add_cap_change(db.handle(), "INSERT INTO statistics_cap_change (id, dataset, year, what, partner, before, after, at, officers, reason) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}
  Statement idempotency, add_idempotency, drop_idempotency, policy, set_policy, scheme, add_scheme, snapshot, revised, add_snapshot, budget, add_budget, set_budget,
      allowance, allowances, set_allowance, agencies, figure, add_figure, receipt, add_receipt, last_charge, all_spent, partner_spent, add_charge, cap_changes,
      add_cap_change;

  std::uint64_t spent_by_all(const std::string& dataset, int year) { return one(all_spent.select(dataset, static_cast<std::int64_t>(year))); }
  std::uint64_t spent_by(const std::string& dataset, int year, const std::string& partner) {
    return one(partner_spent.select(dataset, static_cast<std::int64_t>(year), partner));
  }
  // The next line of the chain; its hash.
  std::string charge(statistics::Charge line) {
    std::string previous(32, '\0');
    {
      auto rows = last_charge.select();
      if (rows.next()) {
        line.id = rows.number(0);
        previous = rows.blob(1);
      }
    }
    ++line.id;
    line.all_after = spent_by_all(line.dataset, line.year) + line.rho_all;
    line.partner_after = spent_by(line.dataset, line.year, line.partner) + line.rho_partner;
    const std::string hash = as_text(crypto::blake2b_256(line.text(previous)));
    add_charge.run(line.id, line.dataset, static_cast<std::int64_t>(line.year), line.partner, line.rho_all, line.rho_partner, line.all_after, line.partner_after,
                   line.release, line.question, line.at, Blob{previous}, Blob{hash});
    return hash;
  }

 private:
  static std::uint64_t one(Rows rows) { return rows.next() ? rows.number(0) : 0; }
};

namespace {

StatisticsStatements& statements(WriteContext& context) {
  if (!context.statistics) context.statistics = std::make_shared<StatisticsStatements>(context.database);
  return *context.statistics;
}

void log(WriteContext& context, std::string_view kind, std::int64_t at, const std::string& agency, std::string_view outcome, const std::string& pack, Detail detail,
         const std::string& staff) {
  LogWords words;
  words.kind = kind;
  words.at = at;
  words.agency = agency;
  words.outcome = outcome;
  words.pack = pack;
  auto draft = draft_entry(words, detail.take(), Sealer(context.keys.audit_key(), "audit"), staff, context.keys.audit_key());
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: a statistics entry would be too long");
  context.log.append(*draft);
}

std::string staff_text(const std::string& by) { return by.empty() ? std::string() : Detail().text("by", by).take(); }

}  // namespace

StatisticsJob::StatisticsJob(Keyring& keys, policy::StatisticsEntry entry) : entry_(std::move(entry)) {
  if (!entry_.nonce.empty()) nonce_ = first_index(keys, "nonce:" + entry_.keyid + "|" + entry_.nonce);
  if (!entry_.idempotency_key.empty()) {
    idempotency_ = first_index(keys, "idempotency:" + entry_.agency + "|" + entry_.idempotency_key);
    body_ = first_index(keys, "body:" + entry_.agency + "|" + entry_.body_sha256);
  }
}

WriteJob::Verdict StatisticsJob::apply(WriteContext& context) {
  StatisticsStatements& s = statements(context);
  const policy::StatisticsEntry& entry = entry_;
  const std::int64_t at = seconds_of(entry.at);
  context.now = std::max(context.now, at);
  result_ = {};

  // What depends on the request alone comes first.
  if (!nonce_.empty() && !context.take_nonce(seconds_of(entry.nonce_expires), nonce_)) {
    result_.kind = StatisticsCommitted::Kind::nonce_seen;
    return Verdict::undo;
  }
  if (!idempotency_.empty()) {
    // A key used for a request about a person is used up too. The same question under the same key is simply answered again: it costs nothing twice.
    if (context.known_call(idempotency_, body_)) {
      result_.kind = StatisticsCommitted::Kind::key_reused;
      return Verdict::undo;
    }
    bool known = false;
    for (const std::string& form : context.index.to_find(idempotency_)) {
      auto rows = s.idempotency.select(Blob{form});
      if (!rows.next()) continue;
      known = true;
      if (!context.index.same(rows.blob(0), body_)) {
        result_.kind = StatisticsCommitted::Kind::key_reused;
        return Verdict::undo;
      }
    }
    if (!known) {
      const std::string key = context.index.to_write(idempotency_), body = context.index.to_write(body_);
      s.add_idempotency.run(Blob{key}, Blob{body}, at);
    }
    s.drop_idempotency.run(at - 7 * 86400);
  }

  {
    auto rows = s.policy.select();
    if (!rows.next() || rows.text(0) != entry.policy_sha256) return Verdict::undo;   // stale
  }
  Detail detail;
  detail.text("purpose", entry.purpose).text("question", entry.question);
  if (entry.outcome != policy::Outcome::anonymised) {
    detail.text("why", entry.why);
    log(context, "statistics", at, entry.agency, policy::text(entry.outcome), entry.pack_sha256, std::move(detail), staff_text(entry.staff));
    result_.kind = StatisticsCommitted::Kind::written;
    return Verdict::keep;
  }

  {
    auto rows = s.scheme.select(entry.scheme);
    if (!rows.next() || rows.blob(0) != entry.key_id) return Verdict::undo;
  }
  for (const auto& snapshot : entry.snapshots) {
    auto rows = s.snapshot.select(entry.dataset, static_cast<std::int64_t>(snapshot.period));
    if (!rows.next() || rows.blob(0) != snapshot.digest) return Verdict::undo;
  }

  std::set<int> wants, fresh;   // years with a figure this partner has not; with one nobody has
  std::vector<bool> there(entry.figures.size());
  for (std::size_t i = 0; i < entry.figures.size(); ++i) {
    const auto& figure = entry.figures[i];
    auto rows = s.figure.select(Blob{figure.key});
    there[i] = rows.next();
    result_.answers.push_back(there[i] ? rows.integer(0) : figure.answer);
    if (!there[i]) fresh.insert(figure.year);
    auto mine = s.receipt.select(entry.agency, Blob{figure.key});
    if (!there[i] || !mine.next()) wants.insert(figure.year);
  }
  std::string hash;
  for (const auto& price : entry.price) {
    const Account mine{[&] {
                         auto rows = s.allowance.select(entry.dataset, static_cast<std::int64_t>(price.year), entry.agency);
                         return rows.next() ? rows.number(0) : 0;
                       }(),
                       s.spent_by(entry.dataset, price.year, entry.agency)};
    std::uint64_t cap_all = 0;
    {
      auto rows = s.budget.select(entry.dataset, static_cast<std::int64_t>(price.year));
      if (rows.next()) cap_all = rows.number(0);
    }
    const Account all{cap_all, s.spent_by_all(entry.dataset, price.year)};
    if (!entry.failed && !wants.contains(price.year)) {
      result_.left += mine.left();
      continue;
    }
    // Whether somebody else has had it is not asked here: the answer would tell. Where all can pay their shares, the whole can be paid.
    if (!mine.fits(price.nano_rho) || !all.fits(price.nano_rho)) {
      result_ = {};
      result_.kind = StatisticsCommitted::Kind::over_budget;
      return Verdict::undo;
    }
    statistics::Charge line;
    line.dataset = entry.dataset;
    line.year = price.year;
    line.partner = entry.agency;
    line.rho_all = entry.failed || fresh.contains(price.year) ? price.nano_rho : 0;
    line.rho_partner = price.nano_rho;
    line.release = entry.release;
    line.question = entry.question;
    line.at = at;
    hash = s.charge(std::move(line));
    result_.charged += price.nano_rho;
    result_.left += mine.left() - price.nano_rho;
  }
  if (!entry.failed)
    for (std::size_t i = 0; i < entry.figures.size(); ++i) {
      const auto& figure = entry.figures[i];
      if (!there[i]) s.add_figure.run(Blob{figure.key}, figure.answer, figure.sigma2, at);
      s.add_receipt.run(entry.agency, Blob{figure.key});
    }
  detail.text("release", entry.release).number("nano_rho", result_.charged);
  if (!hash.empty()) detail.text("chain", hex_of(hash));
  if (entry.failed) detail.text("why", "noise_out_of_range");
  log(context, "statistics", at, entry.agency, policy::text(entry.failed ? policy::Outcome::withhold : entry.outcome), entry.pack_sha256, std::move(detail),
      staff_text(entry.staff));
  result_.kind = StatisticsCommitted::Kind::written;
  return Verdict::keep;
}

WriteJob::Verdict PublishJob::apply(WriteContext& context) {
  StatisticsStatements& s = statements(context);
  const auto& what = publication_;
  const std::int64_t at = seconds_of(what.at);
  const auto period = static_cast<std::int64_t>(what.snapshot.period);
  const int year = statistics::year_of(what.snapshot.period);
  const auto year_number = static_cast<std::int64_t>(year);
  const auto stop = [&](policy::PublishError why) {
    failed_ = why;
    return Verdict::undo;
  };
  failed_.reset();
  {
    auto rows = s.policy.select();
    if (!rows.next() || rows.text(0) != what.policy_sha256) return stop(policy::PublishError::not_approved);
  }
  {
    bool begun = false;
    {
      auto rows = s.scheme.select(what.scheme);
      begun = rows.next();
      if (begun && rows.blob(0) != what.key_id) return stop(policy::PublishError::other_key);
    }
    if (!begun) s.add_scheme.run(what.scheme, Blob{what.key_id}, at);
  }
  {
    auto rows = s.snapshot.select(what.dataset, period);
    const bool there = rows.next();
    if (there && (!what.snapshot.revised || rows.integer(1) != 0)) return stop(policy::PublishError::there_already);
    if (!there && what.snapshot.revised) return stop(policy::PublishError::unavailable);   // nothing to revise
  }
  if (what.snapshot.revised) {
    auto rows = s.revised.select(what.dataset, year_number * 4, year_number * 4 + 4);
    if (rows.next() && rows.integer(0) > 0) return stop(policy::PublishError::revised_already);
  }
  s.add_snapshot.run(what.dataset, period, what.snapshot.revised, Blob{what.snapshot.digest}, Blob{what.codes}, at);

  Account all{what.cap_all, 0}, standing{what.cap_standing, 0};
  bool open = false;
  {
    auto rows = s.budget.select(what.dataset, year_number);
    open = rows.next();
    if (open) all.cap = rows.number(0), standing.cap = rows.number(1);
  }
  if (!open) s.add_budget.run(what.dataset, year_number, what.cap_all, what.cap_standing);
  all.spent = s.spent_by_all(what.dataset, year);
  standing.spent = s.spent_by(what.dataset, year, "");
  // Whoever has no share yet gets an equal one of what is not given away.
  {
    std::set<std::string> have;
    std::uint64_t given = 0;
    {
      auto rows = s.allowances.select(what.dataset, year_number);
      while (rows.next()) {
        have.insert(rows.string(0));
        given += std::max(rows.number(1), s.spent_by(what.dataset, year, rows.string(0)));
      }
    }
    std::vector<std::string> partners;
    {
      auto rows = s.agencies.select();
      while (rows.next()) partners.push_back(rows.string(0));
    }
    for (const auto& partner : partners) {
      if (have.contains(partner)) continue;
      const std::uint64_t share = statistics::equal_share(all.cap, standing.cap, given, partners.size());
      s.set_allowance.run(what.dataset, year_number, partner, share);
      given += share;
    }
  }
  Detail detail;
  detail.text("published", what.dataset + " " + statistics::text_of(what.snapshot.period) + (what.snapshot.revised ? " revised" : ""));
  if (what.nano_rho > 0) {
    if (!standing.fits(what.nano_rho) || !all.fits(what.nano_rho)) return stop(policy::PublishError::over_budget);
    statistics::Charge line;
    line.dataset = what.dataset;
    line.year = year;
    line.rho_all = line.rho_partner = what.nano_rho;
    line.release = "standing";
    line.question = "{\"standing\":\"" + statistics::text_of(what.snapshot.period) + "\"}";
    line.at = at;
    detail.text("chain", hex_of(s.charge(std::move(line)))).number("nano_rho", what.nano_rho);
  }
  for (const auto& figure : what.figures) s.add_figure.run(Blob{figure.key}, figure.answer, figure.sigma2, at);
  log(context, "statistics", at, {}, policy::text(policy::Outcome::anonymised), {}, std::move(detail), staff_text(what.staff));
  return Verdict::keep;
}

WriteJob::Verdict CapJob::apply(WriteContext& context) {
  StatisticsStatements& s = statements(context);
  const auto& change = change_;
  const std::int64_t at = seconds_of(change.at);
  const auto year = static_cast<std::int64_t>(change.year);
  const auto stop = [&](policy::CapError why) {
    failed_ = why;
    return Verdict::undo;
  };
  failed_.reset();
  std::uint64_t cap_all = 0, cap_standing = 0;
  {
    auto rows = s.budget.select(change.dataset, year);
    if (!rows.next()) return stop(policy::CapError::no_such_year);
    cap_all = rows.number(0), cap_standing = rows.number(1);
  }
  std::map<std::string, std::uint64_t> caps;
  {
    auto rows = s.allowances.select(change.dataset, year);
    while (rows.next()) caps[rows.string(0)] = rows.number(1);
  }
  using What = policy::CapChange::What;
  const std::uint64_t before = change.what == What::all ? cap_all : change.what == What::standing ? cap_standing : caps.contains(change.partner) ? caps[change.partner] : 0;
  const bool raise = change.cap > before;
  const bool two = policy::are_two_people(change.first_officer, change.second_officer) && !change.reason.empty();
  if (raise && !two) return stop(policy::CapError::two_officers);
  if (change.first_officer.empty()) return stop(policy::CapError::two_officers);   // lowering still names who
  if (change.what == What::partner && change.partner.empty()) return stop(policy::CapError::no_such_year);
  // Beyond any sum that could be asked for, so that no addition wraps round.
  if (change.cap > (std::uint64_t{1} << 50)) return stop(policy::CapError::overbooked);

  const Sealer audit(context.keys.audit_key(), "audit");
  const std::string officers = change.first_officer + (change.second_officer.empty() ? "" : ", " + change.second_officer);
  const auto note = [&](const char* what, const std::string& partner, std::uint64_t from, std::uint64_t to) {
    std::int64_t id = 1;
    {
      auto rows = s.cap_changes.select();
      if (rows.next()) id = rows.integer(0) + 1;
    }
    const std::string row = std::to_string(id);
    const std::string who = audit.seal("statistics_cap_change", row, "officers", officers), why = audit.seal("statistics_cap_change", row, "reason", change.reason);
    s.add_cap_change.run(id, change.dataset, year, what, partner, from, to, at, Blob{who}, Blob{why});
  };
  // A cap that was lowered below what is spent gives nothing back: what is spent counts, or the others would be promised it once more.
  const auto booked = [&](const std::string& whose, std::uint64_t cap) { return std::max(cap, s.spent_by(change.dataset, change.year, whose)); };
  const auto sum_of_caps = [&] {
    std::uint64_t sum = booked("", cap_standing);
    for (const auto& [partner, cap] : caps) sum += booked(partner, cap);
    return sum;
  };
  switch (change.what) {
    case What::all: {
      note("all", {}, cap_all, change.cap);
      cap_all = change.cap;
      if (sum_of_caps() > cap_all) {
        // Nobody may be promised what is no longer there: the rests are cut in proportion.
        std::vector<Account> accounts = {{cap_standing, s.spent_by(change.dataset, change.year, "")}};
        for (const auto& [partner, cap] : caps) accounts.push_back({cap, s.spent_by(change.dataset, change.year, partner)});
        const auto cut = statistics::cut_to(cap_all, accounts);
        if (cut[0] != cap_standing) note("standing", {}, cap_standing, cut[0]);
        cap_standing = cut[0];
        std::size_t i = 1;
        for (auto& [partner, cap] : caps) {
          if (cut[i] != cap) {
            note("partner", partner, cap, cut[i]);
            s.set_allowance.run(change.dataset, year, partner, cut[i]);
          }
          cap = cut[i++];
        }
      }
      break;
    }
    case What::standing:
      note("standing", {}, cap_standing, change.cap);
      cap_standing = change.cap;
      break;
    case What::partner:
      note("partner", change.partner, before, change.cap);
      caps[change.partner] = change.cap;
      s.set_allowance.run(change.dataset, year, change.partner, change.cap);
      break;
  }
  if (raise && sum_of_caps() > cap_all) return stop(policy::CapError::overbooked);
  s.set_budget.run(cap_all, cap_standing, change.dataset, year);
  Detail detail;
  detail.text("dataset", change.dataset).number("year", static_cast<std::uint64_t>(change.year)).number("before", before).number("after", change.cap);
  detail.text("what", change.what == What::all ? "cap_all" : change.what == What::standing ? "cap_standing" : "partner").text("partner", change.partner);
  log(context, raise ? "approval" : "config", at, {}, {}, {}, std::move(detail), Detail().text("officers", officers).text("reason", change.reason).take());
  return Verdict::keep;
}

WriteJob::Verdict ApproveStatisticsJob::apply(WriteContext& context) {
  done_ = false;
  if (!policy::are_two_people(first_, second_) || sha256_.size() != 64) return Verdict::undo;
  StatisticsStatements& s = statements(context);
  const Sealer audit(context.keys.audit_key(), "audit");
  const std::string officers = audit.seal("statistics_policy", "1", "officers", first_ + ", " + second_);
  s.set_policy.run(sha256_, seconds_of(at_), Blob{officers});
  log(context, "policy", seconds_of(at_), {}, {}, {}, std::move(Detail().text("statistics", sha256_)), Detail().text("officers", first_ + ", " + second_).take());
  done_ = true;
  return Verdict::keep;
}

WriteJob::Verdict RestoredJob::apply(WriteContext& context) {
  StatisticsStatements& s = statements(context);
  const std::int64_t at = seconds_of(at_);
  for (const auto& one : known_) {
    const auto year = static_cast<std::int64_t>(one.year);
    {
      auto rows = s.budget.select(one.dataset, year);
      if (rows.next()) continue;
    }
    s.add_budget.run(one.dataset, year, one.cap_all, std::uint64_t{0});
  }
  Statement all(context.database.handle(), "SELECT dataset, year, cap_all FROM statistics_budget ORDER BY dataset, year");
  std::vector<LedgerMark::Year> years;
  {
    auto rows = all.select();
    while (rows.next()) years.push_back({rows.string(0), static_cast<int>(rows.integer(1)), rows.number(2)});
  }
  for (const auto& one : years) {
    statistics::Charge line;
    line.dataset = one.dataset;
    line.year = one.year;
    line.rho_all = Account{one.cap_all, s.spent_by_all(one.dataset, one.year)}.left();
    line.release = "restore";
    line.question = "{\"restore\":\"from an older backup\"}";
    line.at = at;
    s.charge(std::move(line));
  }
  years_ = years.size();
  Detail detail;
  detail.text("restored", "an older copy of the ledger of figures").number("years", years_);
  const std::string officers = first_.empty() ? std::string() : Detail().text("officers", first_ + ", " + second_).take();
  log(context, "statistics", at, {}, {}, {}, std::move(detail), officers);
  return Verdict::keep;
}

}  // namespace gatehouse::adapters
