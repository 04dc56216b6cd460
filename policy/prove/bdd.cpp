#include "policy/prove/bdd.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <unordered_map>

#include "policy/prove/trouble.hpp"

namespace gatehouse::policy::proving {
namespace {

using Natural = boost::multiprecision::cpp_int;

constexpr int kNodes = 1 << 18, kCache = 1 << 14;  // at first; the cache grows with the nodes, one entry to 24 of them

constexpr int kMostNodes = 1 << 23;  // about 200 MB with the caches: below what the server grants its child

void stop(int code) { out_of_bounds(bdd_errstring(code)); }

// Counts below a node, over the variables from its level on; `level` is BuDDy's order, which never changes here.
class Counter {
 public:
  explicit Counter(int variables) : variables_(variables) {}
  Natural count(BDD node) { return below(node) << level(node); }

 private:
  int level(BDD node) const { return node <= 1 ? variables_ : bdd_var2level(bdd_var(node)); }
  Natural below(BDD node) {
    if (node <= 1) return node;
    if (const auto known = seen_.find(node); known != seen_.end()) return known->second;
    const BDD low = bdd_low(node), high = bdd_high(node);
    const int here = level(node) + 1;
    Natural sum = (below(low) << (level(low) - here)) + (below(high) << (level(high) - here));
    return seen_[node] = std::move(sum);
  }
  int variables_;
  std::unordered_map<BDD, Natural> seen_;
};

}  // namespace

Diagrams::Diagrams() {
  bdd_init(kNodes, kCache);
  bdd_error_hook(stop);
  bdd_gbc_hook(nullptr);
  bdd_setcacheratio(24);
  bdd_setmaxincrease(1 << 20);
  bdd_setmaxnodenum(kMostNodes);
  bdd_setvarnum(kMostVariables);
}

Diagrams::~Diagrams() { bdd_done(); }

std::string exact_count(const bdd& set, int variables) { return Counter(variables).count(set.id()).str(); }

std::string add_counts(const std::vector<std::string>& decimal) {
  Natural sum = 0;
  for (const std::string& one : decimal) sum += Natural(one);
  return sum.str();
}

}  // namespace gatehouse::policy::proving
