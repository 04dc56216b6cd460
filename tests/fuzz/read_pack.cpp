// Any bytes as a pack: read or refused, never more. What was read decides a case without a stop, and lint and coverage get through it.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "policy/decision/evaluate.hpp"
#include "policy/prove/coverage.hpp"
#include "policy/prove/lint.hpp"
#include "tests/where/where.hpp"

namespace {

std::string config(const char* name) {
  std::ifstream in(std::string(::gatehouse::test::source_dir()) + "/config/" + name, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.empty()) std::abort();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::policy;
  static const std::string matrix = config("minimum_necessary.json"), law = config("legal_refs.json"), holidays = config("bank_holidays.json"),
                           clauses = config("clauses.tsv"), pages = config("pages.json");
  static const Case question = *read_case(R"({"at":"2026-11-24T10:00:00Z","flow":"referral","requester":{"kind":"staff","role":"worker","conflict":false},
    "recipient":{"agency":"a","agency_type":"mash","agreement":"current"},"subject":{"age":9},"purpose":"mash_referral","emergency":true,
    "items":[{"category":"identity","relevant":true,"withheld_from_requester":false}],"circumstances":[{"code":"being_hurt","evidence":true}]})");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  PackReference reference;
  reference.minimum_necessary = matrix;
  reference.legal_refs = law;
  reference.bank_holidays = holidays;
  const auto pack = Pack::read(text, reference);
  if (pack) {
    const Decision decision = decide(*pack, question);
    if (decision.items().size() != 1 || to_json(decision).empty()) std::abort();
  } else if (pack.error().where.empty() || pack.error().what.empty()) {
    std::abort();
  }
  (void)lint(text, {law, holidays}, *read_date("2026-11-24"));
  (void)coverage(text, {clauses, pages, matrix, law});
  return 0;
}
