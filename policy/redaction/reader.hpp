#pragma once
// Reading a sentence the way a person does: where it ends, who does what its verb says, whom a pronoun or a kinship word stands for.
// Rules of thumb, no parser: the first person of a sentence is its subject, a pronoun stands for the subject of this sentence or of one of
// the three before. Internal to policy/redaction; a view of one text, used on one thread.
#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

// `word` is one of the words of `list`, blanks between them.
bool one_of(std::string_view word, std::string_view list);

class Reader {
 public:
  Reader(const Work& work, const PeopleTables& tables, const std::vector<Entity>& entities);

  // A sentence ends between token i - 1 and token i; a part of one also at a semicolon.
  bool ends_sentence(std::uint32_t i) const;
  bool ends_part(std::uint32_t i) const;
  std::uint32_t sentence_of(std::uint32_t at) const;  // its first token
  std::uint32_t sentence_end(std::uint32_t at) const; // one past its last token
  std::string_view gap(std::uint32_t i) const;        // between token i - 1 and token i

  // The person, or the label of one, that holds token i. Null without one.
  const Mention* mention_at(std::uint32_t i) const;
  const Mention* nearest_before(std::uint32_t at, std::uint32_t reach) const;
  Sex sex_of(const Mention& mention) const;

  struct Doer {
    const Mention* mention = nullptr;
    Who relative = nobody;  // a listed person whom a kinship word means
    bool somebody = false;  // a person, but nobody knows which
  };
  // The person who does what the verb at token `verb` says.
  Doer doer_of(std::uint32_t verb) const;
  // Whom he, she or they at this token stand for.
  const Mention* stands_for(std::uint32_t pronoun, Sex sex) const;
  // The one listed person whose relation this kinship word names. Nobody where none or two fit.
  Who relative(std::uint32_t at) const;

 private:
  const Mention* first_between(std::uint32_t begin, std::uint32_t end, Sex sex) const;
  Who relative_before(std::uint32_t at) const;

  const Work& work_;
  const PeopleTables& tables_;
  const std::vector<Entity>& entities_;
  const std::vector<Token>& tokens_;
  std::string_view text_;
  std::vector<std::uint32_t> people_;  // mentions that are people or labels of people, by place
};

}  // namespace gatehouse::redaction
