#include "policy/statistics/ledger.hpp"

#include <algorithm>

#include "policy/statistics/canonical.hpp"

namespace gatehouse::statistics {

std::uint64_t equal_share(std::uint64_t cap_all, std::uint64_t cap_standing, std::uint64_t given_away, std::size_t partners) {
  if (partners == 0 || cap_standing >= cap_all) return 0;
  const std::uint64_t together = cap_all - cap_standing;
  return std::min(together / partners, given_away >= together ? 0 : together - given_away);
}

std::vector<std::uint64_t> cut_to(std::uint64_t cap_all, const std::vector<Account>& accounts) {
  std::uint64_t spent = 0, left = 0;
  for (const auto& one : accounts) {
    spent += one.spent;
    left += one.left();
  }
  const std::uint64_t room = cap_all > spent ? cap_all - spent : 0;
  std::vector<std::uint64_t> out;
  for (const auto& one : accounts) {
    std::uint64_t mine = one.left();
    if (room < left) mine = static_cast<std::uint64_t>(static_cast<unsigned __int128>(mine) * room / left);
    out.push_back(std::min(one.cap, one.spent + mine));
  }
  return out;
}

std::string Charge::text(std::string_view previous_hash) const {
  std::string out;
  put_field(out, "gh-stat-charge/1");
  put_field(out, previous_hash);
  put_field(out, id);
  put_field(out, dataset);
  put_field(out, static_cast<std::uint64_t>(year));
  put_field(out, partner);
  put_field(out, rho_all);
  put_field(out, rho_partner);
  put_field(out, all_after);
  put_field(out, partner_after);
  put_field(out, release);
  put_field(out, question);
  put_field(out, static_cast<std::uint64_t>(at));
  return out;
}

std::uint64_t& ChainCheck::sum(const std::string& account) {
  const auto found = std::find_if(sums_.begin(), sums_.end(), [&](const auto& one) { return one.first == account; });
  if (found != sums_.end()) return found->second;
  return sums_.emplace_back(account, 0).second;
}

std::string ChainCheck::next(const Charge& charge, std::string_view hash, std::string_view computed) {
  const std::string line = "charge " + std::to_string(charge.id);
  if (charge.id != lines_ + 1) return line + ": stands where " + std::to_string(lines_ + 1) + " should; a line was taken out or put in";
  if (hash != computed) return line + ": is not what was chained; it or an earlier line was changed";
  const std::string account = charge.dataset + "/" + std::to_string(charge.year);
  if ((sum(account) += charge.rho_all) != charge.all_after) return line + ": the sum over all partners is wrong";
  if ((sum(account + "/" + charge.partner) += charge.rho_partner) != charge.partner_after) return line + ": the partner's sum is wrong";
  last_ = hash;
  ++lines_;
  return {};
}

}  // namespace gatehouse::statistics
