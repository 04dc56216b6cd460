#pragma once
// Checks answers against config/openapi.yaml, with a JSON Schema reader of our own that knows a subset and throws at a keyword outside it: a check that
// nobody runs is worse than none.
#include <nlohmann/json.hpp>
#include <string>

#include "gateway/http/message.hpp"

namespace gatehouse::fakes {

class Contract {
 public:
  // Reads the document once. Throws when it cannot be read.
  static const Contract& of_the_repository();
  explicit Contract(nlohmann::json document) : document_(std::move(document)) {}

  // Empty: the answer is one that `METHOD route` may give. Otherwise what is wrong, with its place.
  std::string trouble(const std::string& method, const std::string& route, const gateway::Response& response) const;
  // Whether the document has this path and method at all.
  bool has(const std::string& method, const std::string& route) const;
  // Empty: `value` fits the schema. Throws std::logic_error at a keyword it does not know.
  std::string misfit(const nlohmann::json& schema, const nlohmann::json& value, const std::string& where = "$") const;
  const nlohmann::json& document() const { return document_; }
  const nlohmann::json& schema(const std::string& name) const { return document_["components"]["schemas"][name]; }

 private:
  const nlohmann::json& resolved(const nlohmann::json& node) const;
  nlohmann::json document_;
};

}  // namespace gatehouse::fakes
