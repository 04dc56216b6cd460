#include "gateway/import/import.hpp"
#include "tests/where/where.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

namespace gatehouse::imports {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string finding(int n, const std::string& code = "being_hurt") {
  return R"({"kind":"finding","person_ref":"P-)" + std::to_string(n) + R"(","code":")" + code + R"(","found_on":"2026-01-01","found_by":"s-1"})" + "\n";
}

// A store in memory that forgets what was not committed, and can be told to fail a commit or to refuse one person.
struct Memory {
  std::map<std::string, int> kept, pending;
  int begun = 0, commits = 0, fail_commit = 0;
  std::string refuse;
  bool open = false;

  Sink sink() {
    Sink sink;
    sink.begin = [this] {
      EXPECT_FALSE(open) << "a transaction inside a transaction";
      open = true;
      ++begun;
      pending.clear();
    };
    sink.put = [this](const Input& input) -> std::expected<adapters::Put, policy::Error> {
      EXPECT_TRUE(open) << "a put outside a transaction";
      const auto& ref = std::get<adapters::FindingInput>(input).person_ref;
      if (ref == refuse) return std::unexpected(policy::Error{"unknown_person", "person_ref", "names nobody", "import the person first", {}});
      const bool there = kept.contains(ref) || pending.contains(ref);
      pending[ref]++;
      return there ? adapters::Put::unchanged : adapters::Put::added;
    };
    sink.commit = [this]() -> std::expected<void, std::string> {
      EXPECT_TRUE(open);
      open = false;
      if (++commits == fail_commit) return std::unexpected("the disk is full");
      kept.insert(pending.begin(), pending.end());
      return {};
    };
    return sink;
  }
};

class Import : public testing::Test {
 protected:
  void SetUp() override {
    const std::string config = std::string(::gatehouse::test::source_dir()) + "/config/";
    auto read = policy::RecordSchema::read(slurp(config + "record_schema.json"), slurp(config + "minimum_necessary.json"));
    ASSERT_TRUE(read) << read.error().text();
    schema = std::move(*read);
    listener.refused = [this](const Refusal& refusal) { refusals.push_back(refusal); };
    listener.acknowledged = [this](const Summary& summary) { acknowledged.push_back(summary.acknowledged_line); };
  }
  std::expected<Summary, Stopped> run_text(const std::string& text, const Options& options, bool dry = false) {
    std::istringstream in(text);
    const Sink sink = memory.sink();
    return run(in, options, schema, dry ? nullptr : &sink, listener);
  }
  Memory memory;
  Listener listener;
  policy::RecordSchema schema;
  std::vector<Refusal> refusals;
  std::vector<std::size_t> acknowledged;
};

TEST_F(Import, ABadRowIsNamedByLineFieldAndReasonAndTheRestGoesIn) {
  const auto summary = run_text(finding(1) + "not json\n" + finding(2, "a_hunch") + "\n" + finding(3), {});
  ASSERT_TRUE(summary) << summary.error().line;
  EXPECT_EQ(summary->rows, 4u);
  EXPECT_EQ(summary->added, 2u);
  EXPECT_EQ(summary->refused, 2u);
  EXPECT_TRUE(summary->read_to_end);
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_EQ(refusals[0].line, 2u);
  EXPECT_EQ(refusals[1].line, 3u);
  EXPECT_EQ(refusals[1].field, "code");
  EXPECT_NE(refusals[1].reason.find("being_hurt"), std::string::npos) << "the allowed words are listed";
  EXPECT_EQ(refusals[1].reason.find("a_hunch"), std::string::npos) << "the value is not repeated";
  EXPECT_EQ(memory.kept.size(), 2u);
}

TEST_F(Import, ARowTheStoreRefusesLeavesItsNeighboursStanding) {
  memory.refuse = "P-2";
  const auto summary = run_text(finding(1) + finding(2) + finding(3), {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->added, 2u);
  EXPECT_EQ(summary->refused, 1u);
  EXPECT_EQ(refusals.at(0).line, 2u);
  EXPECT_EQ(refusals.at(0).code, "unknown_person");
}

TEST_F(Import, ABatchIsAcknowledgedOnlyAfterItsCommit) {
  std::string text;
  for (int i = 1; i <= 25; ++i) text += finding(i);
  Options options;
  options.batch_rows = 10;
  memory.fail_commit = 3;
  const auto summary = run_text(text, options);
  ASSERT_FALSE(summary) << "a failed commit is no success";
  EXPECT_FALSE(summary.error().bad_input);
  EXPECT_NE(summary.error().line.find("lines 21 to 25"), std::string::npos) << summary.error().line;
  EXPECT_NE(summary.error().line.find("the disk is full"), std::string::npos);
  EXPECT_EQ(acknowledged, (std::vector<std::size_t>{10, 20}));
  for (int i = 1; i <= 20; ++i) EXPECT_TRUE(memory.kept.contains("P-" + std::to_string(i)));
}

TEST_F(Import, TheSameFileAgainChangesNothing) {
  const std::string text = finding(1) + finding(2);
  ASSERT_TRUE(run_text(text, {}));
  const auto again = run_text(text, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->added, 0u);
  EXPECT_EQ(again->unchanged, 2u);
}

TEST_F(Import, ADryRunOpensNoTransactionAndStillFindsTheBadRows) {
  const auto summary = run_text(finding(1) + finding(2, "a_hunch"), {}, /*dry=*/true);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->added, 1u);
  EXPECT_EQ(summary->refused, 1u);
  EXPECT_EQ(memory.begun, 0);
}

TEST_F(Import, CsvWithAMappingReportsTheLineAndTheColumn) {
  auto mapping = Mapping::read(R"({"kind":"finding","columns":{"Who":{"field":"person_ref"},"What":{"field":"code"},
    "When":{"field":"found_on","date":"dd/mm/yyyy"},"Notes":{"ignore":true}},"constants":{"found_by":"s-1"}})");
  ASSERT_TRUE(mapping) << mapping.error().text();
  Options options;
  options.format = Format::csv;
  options.mapping = *mapping;
  const auto summary = run_text(
      "Who,What,When,Notes\r\n"
      "P-1,being_hurt,01/02/2026,\"two\r\nlines\"\r\n"
      "P-2,a_hunch,01/02/2026,\r\n"
      "P-3,being_hurt,2026-02-01,\r\n"
      "P-4,being_hurt\r\n"
      "P-5,being_hurt,03/02/2026,\r\n",
      options);
  ASSERT_TRUE(summary) << summary.error().line;
  EXPECT_EQ(summary->added, 2u);
  ASSERT_EQ(refusals.size(), 3u);
  EXPECT_EQ(refusals[0].line, 4u);
  EXPECT_EQ(refusals[0].field, "code (column `What`)");
  EXPECT_EQ(refusals[1].line, 5u);
  EXPECT_EQ(refusals[1].field, "column `When`");
  EXPECT_EQ(refusals[2].line, 6u);
  EXPECT_NE(refusals[2].reason.find("2 cells"), std::string::npos);
}

TEST_F(Import, CsvThatStopsBeingReadableSaysThatTheRestWasNotRead) {
  Options options;
  options.format = Format::csv;
  options.kind = Kind::finding;
  const auto summary = run_text("person_ref,code,found_on,found_by\nP-1,being_hurt,2026-01-01,s-1\n\"P-2,being_hurt,2026-01-01,s-1\nP-3,being_hurt,2026-01-01,s-1\n", options);
  ASSERT_TRUE(summary) << summary.error().line;
  EXPECT_EQ(summary->added, 1u);
  EXPECT_FALSE(summary->read_to_end);
  EXPECT_EQ(refusals.at(0).line, 3u);
  EXPECT_FALSE(memory.kept.contains("P-3"));
}

TEST_F(Import, CsvWithoutAGoodHeaderReadsNothing) {
  Options options;
  options.format = Format::csv;
  const auto neither = run_text("a,b\n1,2\n", options);
  ASSERT_FALSE(neither) << "no mapping and no kind";
  EXPECT_TRUE(neither.error().bad_input);
  options.kind = Kind::finding;
  EXPECT_FALSE(run_text("", options));
  EXPECT_FALSE(run_text("person_ref,shoe_size\nP-1,4\n", options));
  EXPECT_EQ(memory.begun, 0);
}

TEST_F(Import, ALineOverTheLimitIsRefusedAndTheNextOneRead) {
  const auto summary = run_text("{\"kind\":\"" + std::string(2u << 20, 'x') + "\"}\n" + finding(1), {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->refused, 1u);
  EXPECT_EQ(summary->added, 1u);
}

}  // namespace
}  // namespace gatehouse::imports
