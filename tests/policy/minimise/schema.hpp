#pragma once
#include <fstream>
#include <sstream>
#include <string>

#include "policy/minimise/project.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}
inline std::string config(const std::string& name) { return file_text(std::string(::gatehouse::test::source_dir()) + "/config/" + name); }

// The two files of config/, read once.
inline const RecordSchema& the_schema() {
  static const RecordSchema schema = [] {
    auto read = RecordSchema::read(config("record_schema.json"), config("minimum_necessary.json"));
    if (!read) throw std::runtime_error(read.error().text());
    return *read;
  }();
  return schema;
}

}  // namespace gatehouse::policy
