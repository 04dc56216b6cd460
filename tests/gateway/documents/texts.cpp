// Plain text, Markdown, HTML and e-mail: a document in, a document out, and what was hidden is in none of its bytes.
#include <gtest/gtest.h>

#include <fstream>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gateway/cli/redact.hpp"
#include "tests/gateway/documents/files.hpp"

namespace gatehouse::documents {
namespace {

using test::converter;

Copy copy_of(const std::string& bytes, const Format* said = nullptr, const std::string& title = "Case 17") {
  const auto copy = redacted_copy(converter(), bytes, said, test::people(), test::release(), title);
  EXPECT_TRUE(copy) << (copy ? "" : copy.error().text());
  return copy ? *copy : Copy{};
}

std::string why(const Copy& copy) {
  std::string out;
  for (const auto& one : copy.troubles) out += one.where + ": " + one.what + (one.blocks ? " (blocks)\n" : "\n");
  return out;
}

bool has(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

// In any way that a program could still find: as it stands, and with the quotes of mail taken away.
void expect_gone(const std::string& bytes) {
  std::string plain;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '=' && i + 1 < bytes.size() && bytes[i + 1] == '\n') ++i;
    else plain += bytes[i];
  }
  for (const auto& text : {bytes, plain})
    for (const char* one : {"Dorota", "dorota", "RG9yb3Rh", "Tennant", "07700", "900201", "mark.tennant", "%44orota", "&#68;orota"})
      EXPECT_FALSE(has(text, one)) << one << " in:\n" << text;
}

TEST(TextCopy, HasTheSubjectAndNobodyElse) {
  const Copy copy = copy_of("Kuba Wilczek came in.\r\nDorota Wilczek rang from 07700 900201.\r\n\r\nMark Tennant was there.\r\n");
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_EQ(copy.file, "Kuba Wilczek came in.\n[mother] rang from [phone].\n\n[mother's partner] was there.\n");
}

TEST(TextCopy, HidesANameWrittenWithTricks) {
  const Copy copy = copy_of("Then D\xc2\xadoro\xe2\x80\x8bta came, and \xd0\x94orota. DOROTA WILCZEK too.\n");
  ASSERT_FALSE(copy.blocked) << why(copy);
  expect_gone(copy.file);
}

TEST(TextCopy, ReadsUtf16AsWhatItSays) {
  std::string bytes("\xff\xfe", 2);
  for (const char c : std::string("Dorota rang.")) bytes += c, bytes += '\0';
  const Copy copy = copy_of(bytes);
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_EQ(copy.file, "[mother] rang.");
}

TEST(MarkdownCopy, KeepsItsMarks) {
  const Format said = Format::markdown;
  const Copy copy = copy_of("# Visit\n\n- **Dorota** opened\n- [write to him](mailto:mark.tennant@example.org)\n", &said);
  ASSERT_FALSE(copy.blocked) << why(copy);
  expect_gone(copy.file);
  EXPECT_TRUE(has(copy.file, "# Visit\n\n- **[mother]** opened\n")) << copy.file;
}

TEST(HtmlCopy, IsWordsAloneAndNothingThatWasHiddenInThePage) {
  const Copy copy = copy_of(
      "<!doctype html><html><head><title>Dorota</title><meta name=author content=\"Dorota Wilczek\"><script>var x='Dorota'</script></head><body>"
      "<!-- Dorota was out --><h1>Visit to Kuba</h1><p>Dor<b>ota</b> Wil&#99;zek rang from <a href=\"tel:07700900201\">07700 900201</a>.</p>"
      "<p hidden>Mark Tennant</p><p style=\"display: none\">Mark Tennant</p><img src=\"x.png\" alt=\"Dorota at the door\">"
      "<table><tr><td>Mother</td><td>Dorota Wilczek</td></tr><tr><td>Child</td><td>Kuba Wilczek</td></tr></table>"
      "<ul><li>Mark Tennant drove</ul><input type=hidden value=Dorota><input value=\"Dorota\"></body></html>");
  ASSERT_FALSE(copy.blocked) << why(copy);
  expect_gone(copy.file);
  EXPECT_TRUE(has(copy.file, "<h1>Visit to Kuba</h1>")) << copy.file;
  EXPECT_TRUE(has(copy.file, "<p>[mother] rang from [phone].</p>")) << copy.file;
  EXPECT_TRUE(has(copy.file, "<td>[mother]</td>"));
  EXPECT_TRUE(has(copy.file, "<td>Kuba Wilczek</td>"));
  EXPECT_TRUE(has(copy.file, "<title>Case 17</title>"));
  EXPECT_FALSE(has(copy.file, "script"));
  EXPECT_FALSE(copy.unflagged());  // a picture was left out: a person looks
}

TEST(HtmlCopy, WritesWhatLooksLikeMarkupAsText) {
  const Copy copy = copy_of("<html><body><p>&lt;script&gt;alert(1)&lt;/script&gt; said Kuba &amp; &quot;friends&quot;</p></body></html>");
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_TRUE(has(copy.file, "&lt;script&gt;alert(1)&lt;/script&gt;")) << copy.file;
  EXPECT_FALSE(has(copy.file, "<script"));
}

TEST(HtmlCopy, OfAPageThatShowsAnotherPageIsBlocked) {
  for (const char* inside : {"<iframe src=\"https://example.org/\"></iframe>", "<object data=\"a.pdf\"></object>", "<embed src=\"a.pdf\">"}) {
    const Copy copy = copy_of(std::string("<html><body><p>Kuba came.</p>") + inside + "</body></html>");
    EXPECT_TRUE(copy.blocked) << inside;
    EXPECT_TRUE(copy.file.empty());
  }
}

constexpr const char* kMessage =
    "Received: from mail.example.org by mx.example.org; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
    "From: Dorota Wilczek <dorota.wilczek@example.org>\r\n"
    "To: =?utf-8?q?Mark_Tennant?= <mark.tennant@example.org>\r\n"
    "Subject: =?utf-8?b?S3ViYSBhbmQgRG9yb3Rh?=\r\n"
    "Date: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
    "X-Sender: dorota.wilczek@example.org\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=outer\r\n"
    "\r\n"
    "This is Dorota's prologue.\r\n"
    "--outer\r\n"
    "Content-Type: multipart/alternative; boundary=inner\r\n"
    "\r\n"
    "--inner\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "Kuba is well. Doro=\r\nta will ring from 07700 900201.\r\n"
    "\r\n"
    "> On Sunday Mark Tennant wrote:\r\n"
    "> Dorota Wilczek is out.\r\n"
    "-- \r\n"
    "Dorota Wilczek\r\n"
    "--inner\r\n"
    "Content-Type: text/html; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "PHA+S3ViYSBpcyB3ZWxsLiA8aT5Eb3JvdGE8L2k+IHdpbGwgcmluZy48L3A+\r\n"
    "--inner--\r\n"
    "--outer\r\n"
    "Content-Type: text/plain; name=\"letter to Dorota.txt\"\r\n"
    "Content-Disposition: attachment; filename=\"letter to Dorota.txt\"\r\n"
    "\r\n"
    "A neighbour, Zofika Quell, saw Mark Tennant.\r\n"
    "--outer\r\n"
    "Content-Type: image/png\r\n"
    "Content-Disposition: inline; filename=\"Mark Tennant.png\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "iVBORw0KGgo=\r\n"
    "--outer--\r\n";

TEST(EmailCopy, HidesInHeadersBothBodiesQuotesSignatureAndNamesOfAttachments) {
  const Copy copy = copy_of(kMessage);
  ASSERT_FALSE(copy.blocked) << why(copy);
  expect_gone(copy.file);
  EXPECT_FALSE(has(copy.file, "iVBORw0KGgo"));
  EXPECT_TRUE(has(copy.file, "From: Redacted copy <redacted@example.invalid>")) << copy.file;
  EXPECT_TRUE(has(copy.file, "Kuba is well. [mother] will ring"));
  EXPECT_TRUE(has(copy.file, "Attachment, left out: letter to [mother].txt")) << copy.file;
  EXPECT_TRUE(has(copy.file, "text/html"));
  EXPECT_FALSE(has(copy.file, "Received"));
  EXPECT_FALSE(copy.unflagged());
}

TEST(EmailCopy, LearnsFromAnAttachmentWhoMustBeHiddenInTheMessage) {
  std::string message = kMessage;
  message.replace(message.find("Kuba is well."), 13, "zofika was in.");
  const Copy copy = copy_of(message);
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_FALSE(has(copy.file, "zofika")) << copy.file;
}

TEST(EmailCopy, GivesNoHeaderThatASubjectSmugglesIn) {
  // "Kuba\r\nBcc: mark…" in an encoded word.
  const Copy copy = copy_of("From: a@example.org\r\nTo: b@example.org\r\nSubject: =?utf-8?q?Kuba=0D=0ABcc:_someone@example.com?=\r\n\r\nKuba came.\r\n");
  ASSERT_FALSE(copy.blocked) << why(copy);
  const std::string head = copy.file.substr(0, copy.file.find("\n\n"));
  EXPECT_FALSE(has(head, "\nBcc")) << head;
}

TEST(EmailCopy, OfAMessageInAnUnknownCharacterSetIsBlocked) {
  const Copy copy = copy_of("From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=x-secret\r\n\r\nKuba came.\r\n");
  EXPECT_TRUE(copy.blocked);
}

TEST(ACopy, WhoseTitleNamesSomebodyIsBlocked) {
  const Copy copy = copy_of("Kuba came.", nullptr, "About Dorota Wilczek");
  EXPECT_TRUE(copy.blocked);
  EXPECT_TRUE(copy.file.empty());
}

TEST(ACopy, IsBlockedWhenWhatWasWrittenSaysMoreOrLess) {
  const std::string text = "Kuba came. Dorota rang.";
  const auto document = converter().read(text);
  ASSERT_TRUE(document);
  // The redacted text and what is written are made to differ, as a fault in the writer would.
  for (const bool more : {true, false}) {
    Copy copy = redact_reading(*document, test::people(), test::release(), "Case 17");
    ASSERT_FALSE(copy.blocked);
    if (more) copy.texts[0].redacted.spans.clear();
    else copy.texts[0].redacted.spans.push_back({17, 23, "MISC", "", "", "pattern", 1});
    write_copy(converter(), *document, test::people(), test::release(), "Case 17", copy);
    EXPECT_TRUE(copy.blocked);
    EXPECT_TRUE(copy.file.empty());
  }
}

TEST(ACopy, PutsALabelWhereAHiddenStretchBeginsAndTakesTheRestFromTheNextCell) {
  Read document;
  document.format = Format::html;
  Part part{"body", "html", true, {}};
  Block first, second;
  first.cells = {"Lives at 12 Acacia"};
  second.cells = {"Avenue, they say"};
  part.blocks = {first, second};
  document.parts = {part};
  CopyText text{"body", "html", true, text_of(part), {}};
  text.redacted.spans.push_back({9, 26, "LOC", "", "[address]", "pattern", 1});
  const auto made = rebuilt(document, {text});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->parts[0].blocks[0].cells[0], "Lives at [address]");
  EXPECT_EQ(made->parts[0].blocks[1].cells[0], ", they say");
  text.redacted.spans[0].end = 4000;
  EXPECT_FALSE(rebuilt(document, {text}));
}

// ---- the command

class RedactDocument : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-documents-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    order_.output = folder_ / "copy.txt";
    order_.file = "-";
    order_.title = "Case 17";
    order_.order =
        R"({"id":"d","mode":"third_party","subject":"p1","recipient":"mash","people":[{"id":"p1","names":["Kuba Wilczek"],"relation":"self"},{"id":"p2","names":["Dorota Wilczek"],"relation":"mother"}]})";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  nlohmann::json run(const std::string& document) {
    std::istringstream in(document);
    std::ostringstream out, errors;
    status_ = cli::redact_document(converter(), order_, in, out, errors);
    errors_ = errors.str();
    return nlohmann::json::parse(out.str(), nullptr, false);
  }
  std::string written() {
    std::ifstream file(order_.output, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder_;
  cli::DocumentOrder order_;
  int status_ = 9;
  std::string errors_;
};

TEST_F(RedactDocument, WritesTheCopyAndSaysWhatWasHidden) {
  const auto line = run("Dorota rang about Kuba.");
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_EQ(written(), "[mother] rang about Kuba.");
  EXPECT_EQ(line["blocked"], false);
  EXPECT_EQ(line["format"], "text");
  EXPECT_EQ(line["parts"][0]["spans"][0]["label"], "[mother]");
}

TEST_F(RedactDocument, WritesNothingWhenItIsNotRead) {
  const auto line = run("Dorota \xff");
  EXPECT_EQ(status_, 1);
  EXPECT_FALSE(std::filesystem::exists(order_.output));
  EXPECT_EQ(line["blocked"], true);
  EXPECT_EQ(line["refused"]["code"], "not_utf8");
  EXPECT_EQ(line["flags"][0]["why"], "container");
  EXPECT_EQ(std::count(errors_.begin(), errors_.end(), '\n'), 1);
  EXPECT_FALSE(has(errors_, "Dorota"));
}

TEST_F(RedactDocument, LeavesAnExistingFileAlone) {
  std::ofstream(order_.output) << "mine";
  (void)run("Dorota rang about Kuba.");
  EXPECT_EQ(status_, 2);
  EXPECT_EQ(written(), "mine");
}

TEST_F(RedactDocument, RefusesAnOrderThatCannotBeCarriedOut) {
  const std::string good = order_.order;
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"subject\":\"p1\"", "\"subject\":\"p9\""}, {"\"id\":\"d\"", "\"text\":\"x\""}, {"\"mode\"", "\"mood\""}, {"\"mash\"", "\"anyone\""}, {"{\"id\":\"d\"", "[{\"id\":\"d\""}}) {
    order_.order = good;
    order_.order.replace(order_.order.find(from), from.size(), to);
    (void)run("Dorota rang about Kuba.");
    EXPECT_EQ(status_, 2) << to;
    EXPECT_FALSE(std::filesystem::exists(order_.output)) << to;
  }
}

TEST(RedactLines, RefusesALineLongerThanIsHeldAndGoesOn) {
  const std::string text = R"({"id":"d","mode":"third_party","subject":"p1","recipient":"mash","people":[{"id":"p1","names":["Kuba Wilczek"],"relation":"self"}],"text":")";
  std::istringstream in(text + std::string(50u << 20, 'a') + "\"}\n" + text + "Kuba came.\"}\n");
  std::ostringstream out, errors;
  EXPECT_EQ(cli::redact_lines(in, out, errors), 1);
  EXPECT_TRUE(has(errors.str(), "line 1: ")) << errors.str();
  EXPECT_TRUE(has(out.str(), "Kuba came."));
}

}  // namespace
}  // namespace gatehouse::documents
