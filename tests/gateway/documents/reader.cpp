// The process that reads hostile files: what it cannot do, and that whatever it does the gateway gets an answer, in time.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/gateway/documents/files.hpp"

namespace gatehouse::documents {
namespace {

using test::converter;

std::string reader_path() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "gatehouse-convert").string();
}

// A program in place of the reader.
class InsteadOfTheReader : public ::testing::Test {
 protected:
  Reading read(const std::string& script, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-reader-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    ::close(file);
    std::ofstream(name) << "#!/bin/sh\n" << script << "\n";
    ::chmod(name.c_str(), 0700);
    const auto reading = Converter(name, limit).read("some text");
    std::filesystem::remove(name);
    return reading;
  }
};

TEST(TheReader, CanOpenNothingAndStartNothing) {
  const std::string said = test::printed(reader_path() + " check", "", ".txt");
  EXPECT_NE(said.find("closed: a socket"), std::string::npos) << said;
  EXPECT_NE(said.find("closed: a file to read"), std::string::npos);
  EXPECT_NE(said.find("closed: a process"), std::string::npos);
  EXPECT_NE(said.find("closed: memory that runs"), std::string::npos);
  EXPECT_EQ(said.find("OPEN"), std::string::npos) << said;
}

TEST(TheReader, EndsWhenItTriesToBecomeAnotherProgram) {
  const int status = std::system((reader_path() + " forbidden; test $? -eq 159").c_str());  // 128 + SIGSYS
  EXPECT_EQ(status, 0);
}

TEST(TheReader, ThatIsNotThereIsARefusal) {
  const auto reading = Converter("/nowhere/gatehouse-convert").read("some text");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, "no_reader");
}

TEST_F(InsteadOfTheReader, OneThatDiesIsARefusal) {
  const auto reading = read("kill -SEGV $$");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, "crashed");
}

TEST_F(InsteadOfTheReader, OneThatEndsBadlyIsARefusalWhateverItSaid) {
  const auto reading = read("cat >/dev/null; printf '{\"format\":\"text\",\"blocked\":false,\"parts\":[],\"flags\":[],\"left_out\":{}}'; exit 3");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, "crashed");
}

TEST_F(InsteadOfTheReader, OneThatNeverEndsIsEnded) {
  for (const char* script : {"exec sleep 100", "exec >&-; exec sleep 100"}) {
    const auto start = std::chrono::steady_clock::now();
    const auto reading = read(script, std::chrono::seconds(1));
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, "timed_out");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  }
}

TEST_F(InsteadOfTheReader, OneThatTalksForEverIsEnded) {
  const auto reading = read("exec yes");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, "crashed");
}

TEST_F(InsteadOfTheReader, AnAnswerOfAnotherShapeIsARefusal) {
  for (const char* answer : {
           "", "[]", "{}", "nothing", "{\"refused\":{\"code\":\"a\",\"what\":\"b\"}}", "{\"refused\":{\"code\":\"a\",\"what\":\"b\",\"remedy\":\"c\"},\"more\":1}",
           "{\"format\":\"odt\",\"blocked\":false,\"parts\":[],\"flags\":[],\"left_out\":{}}",
           "{\"format\":\"text\",\"blocked\":true,\"parts\":[],\"flags\":[],\"left_out\":{}}",
           "{\"format\":\"text\",\"blocked\":false,\"parts\":[],\"flags\":[{\"why\":\"container\",\"where\":\"a\",\"what\":\"b\",\"blocks\":true}],\"left_out\":{}}",
           "{\"format\":\"text\",\"blocked\":false,\"parts\":[{\"kind\":\"body\",\"where\":\"\",\"carried\":true,\"blocks\":[{\"kind\":\"paragraph\",\"level\":0,\"cells\":[]}]}],\"flags\":[],\"left_out\":{}}",
           "{\"format\":\"text\",\"blocked\":false,\"parts\":[],\"flags\":[],\"left_out\":{\"x\":-1}}",
           "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]"}) {
    const auto reading = read("cat >/dev/null; printf '%s' '" + std::string(answer) + "'");
    ASSERT_FALSE(reading) << answer;
    EXPECT_EQ(reading.error().code, std::string(answer).starts_with("{\"refused\":{\"code\":\"a\",\"what\":\"b\",\"remedy\"") ? "crashed" : "crashed");
  }
}

TEST(TheReader, SaysWhatAFileCannotBeReadForInOneLineAndNamesNothingInIt) {
  const std::string name = "Zofika";
  std::string deep_html = name, deep_mail = "From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n";
  for (int i = 0; i < 3000; ++i) deep_html = "<div>" + deep_html;
  for (int i = 0; i < 20; ++i)
    deep_mail += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  struct Case {
    const char* name;
    std::string bytes, code;
  };
  const std::vector<Case> cases = {
      {"empty", "", "empty"},
      {"invalid UTF-8", name + " rang \xc3\x28 today", "not_utf8"},
      {"UTF-8 that ends early", name + " caf\xc3", "not_utf8"},
      {"a surrogate in UTF-8", name + " \xed\xa0\x80", "not_utf8"},
      {"UTF-16 with a lone surrogate", std::string("\xff\xfe\x00\xd8\x61\x00", 6), "not_utf8"},
      {"50 MB of text", std::string(50u << 20, 'a'), "too_large"},
      {"5 MB of text", std::string(5u << 20, 'a'), "too_large"},
      {"zeros", std::string(1000, '\0'), "unknown_format"},
      {"control characters", name + " \x01\x02", "unknown_format"},
      {"a picture", "\x89PNG\r\n\x1a\n" + name, "scan"},
      {"a photograph", "\xff\xd8\xff\xe0" + name, "scan"},
      {"an old Office file", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + name, "encrypted"},
      {"rich text", "{\\rtf1 " + name + "}", "unknown_format"},
      {"HTML deeper than is read", "<!doctype html><html><body>" + deep_html, "too_deep"},
      {"HTML that is not its own character set", "<html><head><meta charset=\"utf-8\"></head><body>\xff\xff</body></html>", "not_utf8"},
      {"a message deeper than is read", deep_mail, "too_deep"},
      {"an encrypted message", "From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nMIIB\r\n", "encrypted"},
      {"an encrypted message in parts",
       "From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=x; protocol=\"application/pgp-encrypted\"\r\n\r\n--x\r\n"
       "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n",
       "encrypted"},
      {"a text part that is not UTF-8",
       "From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nabc \xff\r\n", "not_utf8"},
      {"an archive", test::zip({{"note.txt", name}}), "unknown_format"},
      {"an archive cut short", test::zip({{"note.txt", name}}).substr(0, 40), "damaged"},
      {"a PDF cut short", test::pdf({test::pdf_line(name, 50, 700)}).substr(0, 300), "damaged"},
  };
  for (const auto& one : cases) {
    const auto start = std::chrono::steady_clock::now();
    const auto reading = converter().read(one.bytes);
    ASSERT_FALSE(reading) << one.name;
    EXPECT_EQ(reading.error().code, one.code) << one.name << ": " << reading.error().text();
    EXPECT_FALSE(reading.error().remedy.empty()) << one.name;
    EXPECT_EQ(reading.error().text().find('\n'), std::string::npos) << one.name;
    EXPECT_EQ(reading.error().text().find(name), std::string::npos) << one.name;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(25)) << one.name;
  }
}

TEST(TheReader, DoesNotReadAFileAsWhatItIsNot) {
  const Format pdf = Format::pdf, text = Format::text, docx = Format::docx, email = Format::email;
  for (const auto& [bytes, said] : std::vector<std::pair<std::string, Format>>{
           {"just words", pdf}, {test::pdf({test::pdf_line("words", 50, 700)}), text}, {test::docx(test::paragraph("words")), email}, {"<html><body>words</body></html>", text},
           {"just words", docx}}) {
    const auto reading = converter().read(bytes, &said);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, "wrong_format");
  }
}

}  // namespace
}  // namespace gatehouse::documents
