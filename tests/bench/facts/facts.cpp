// Random cases as facts in words, one item a line, with what the engine says of it: for holding another policy language against the engine on the same facts.
// usage: bench_facts PACK_ID COUNT SEED
// {"is": {"flow": ["partner_request"], …}, "may": {…}, "release": true}   `is` surely so, `may` possibly so; a number stands as the lower line of its band.
#include <cstdio>
#include <cstdlib>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/prove/cases.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/policy/decision/random_case.hpp"

namespace {

using namespace gatehouse::policy;

template <class Enum>
std::vector<std::string> words() {
  return {Words<Enum>::list.begin(), Words<Enum>::list.end()};
}

struct Named {
  std::string key;
  Bank bank;
  std::vector<std::string> words;
};

std::vector<std::string> bands(const std::vector<int>& lines) {
  std::vector<std::string> out = {"0"};
  for (const int line : lines) out.push_back(std::to_string(line));
  return out;
}

std::vector<Named> names(const CompiledPack& pack) {
  const std::vector<std::string> flag = {"false", "true"};
  std::vector<std::string> laws;
  for (const LawSwitch& one : pack.switches) laws.push_back(one.name);
  return {{"flow", bank::flow, words<Flow>()}, {"purpose", bank::purpose, words<Purpose>()}, {"requester.kind", bank::kind, words<RequesterKind>()}, {"requester.role", bank::role, words<Role>()},
          {"requester.training", bank::training, words<Training>()}, {"recipient.type", bank::recipient, words<AgencyType>()}, {"agreement", bank::agreement, words<AgreementState>()},
          {"subject.competence", bank::competence, words<Competence>()}, {"notice", bank::notice, words<Notice>()}, {"urgency", bank::urgency, words<Urgency>()}, {"context", bank::context, words<Context>()},
          {"circumstance", bank::evidenced, words<CircumstanceCode>()}, {"claimed.circumstance", bank::claimed, words<CircumstanceCode>()}, {"stated", bank::stated, words<Statement>()},
          {"approved.role", bank::approved, words<Role>()}, {"advised.role", bank::advised, words<Role>()}, {"self_approved", bank::self_approved, words<Role>()}, {"offence.state", bank::offence, words<OffenceState>()},
          {"risk", bank::risk, words<RiskFact>()}, {"request", bank::form, words<FormFact>()}, {"item.category", bank::category, words<Category>()}, {"item.compartment", bank::compartment, words<Compartment>()},
          {"item.detail", bank::cell, words<Detail>()}, {"consent.state", bank::consent, words<ConsentState>()}, {"consent.form", bank::consent_form, words<ConsentForm>()},
          {"consent.given_by", bank::given_by, words<GivenBy>()}, {"emergency", bank::emergency, flag}, {"requester.parental_responsibility", bank::parental, flag}, {"requester.marked_risk", bank::marked_risk, flag},
          {"requester.conflict", bank::conflict, flag}, {"requester.attested", bank::attested, flag}, {"requester.signed_off", bank::signed_off, flag}, {"best_interests", bank::best_interests, {"false", "true", "null"}},
          {"item.relevant", bank::relevant, flag}, {"item.given_in_confidence", bank::confidence, flag}, {"item.withheld_from_requester", bank::withheld, flag},
          {"item.needs", bank::needs, {"approval", "best_interests", "statement_missing"}}, {"law", bank::law, laws}, {"subject.age", bank::age, bands(pack.age_lines)},
          {"requester.tenure_days", bank::tenure, bands(pack.tenure_lines)}};
}

std::string in_words(const std::vector<Named>& all, const std::array<std::uint64_t, kWords>& bits) {
  std::string out = "{";
  for (const Named& one : all) {
    out += (out.size() > 1 ? ",\"" : "\"") + one.key + "\":[";
    bool first = true;
    for (std::size_t i = 0; i < one.words.size(); ++i)
      if (bits[one.bank.word] & one.bank.bit(i)) {
        out += (first ? "\"" : ",\"") + one.words[i] + "\"";
        first = false;
      }
    out += "]";
  }
  return out + "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: bench_facts PACK_ID COUNT SEED\n", stderr), 2;
  const Pack& pack = test::project_pack(argv[1]);
  std::vector<Case> from;
  for (const char* folder : {"/tests/policy/cases/", "/tests/policy/cases/pinned/"})
    for (const std::string& line : test::lines_of(::gatehouse::test::source_dir() + std::string(folder) + argv[1] + ".jsonl")) from.push_back(read_case_line(line).value());
  test::RandomCase random(from, static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)));
  const auto all = names(pack.compiled());
  Verdict verdict;
  for (std::size_t left = std::strtoull(argv[2], nullptr, 10); left > 0;) {
    Case question = random.next();
    if (question.items.empty()) continue;
    question.items.resize(1);
    Facts facts = derive_facts(pack.compiled(), question);
    evaluate(pack.compiled(), facts, verdict);
    for (std::size_t w = 0; w < kItemWords; ++w) {
      facts.bits.known[kCaseWords + w] = facts.items[0].known[w];
      facts.bits.possible[kCaseWords + w] = facts.items[0].possible[w];
    }
    std::printf("{\"is\":%s,\"may\":%s,\"release\":%s}\n", in_words(all, facts.bits.known).c_str(), in_words(all, facts.bits.possible).c_str(),
                verdict.items[0].outcome == ItemOutcome::release ? "true" : "false");
    --left;
  }
  return 0;
}
