#pragma once
// The small language of frames and templates. A frame is one sentence or line, a template a whole document; both are text in which braces stand for
//   {mother} {mother:full}      somebody's name, in whatever way this author writes names, or in the form said (forms: generate.cpp)
//   {sibling.age} {he} {partner.his}   what belongs to somebody; pronouns and nouns that change with gender; without a role: the subject's
//   {date} {town} {school}      what belongs to nobody
//   {?one|other|}               one of these
//   {~mark}                     an ordinary word that is also a name somewhere: gold says that it stays
//   {!MISC mother|has lost her licence}   words that single somebody out; without a role: nobody's
//   {3-5 sentences of visit}    frames of a pool; also `lines`, `paragraphs`; `{4 lines of log|{date:dots} }` begins each with what follows the bar
//   {informant aunt}            nothing is written: she is hidden whatever is released
// Reading is strict: what does not parse throws std::runtime_error, since every file here is our own.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/cast.hpp"
#include "tests/documents/lists.hpp"

namespace gatehouse::invented {

struct Node;
using Frame = std::vector<Node>;

struct Node {
  enum class Kind { text, name, belonging, choice, decoy, marked, pool, informant } kind = Kind::text;
  std::string text;              // text, decoy; the belonging's word; the pool's name
  std::string role;              // empty: nobody's
  std::string form;              // of a name or date; the type of what is marked
  std::vector<Frame> branches;   // choices; the one marked frame; what begins each line
  enum class Layout { sentences, lines, paragraphs } layout = Layout::sentences;
  int least = 0, most = 0;
};

Frame read_frame(std::string_view text);

// How a document is typed: decides what noise befalls it.
enum class Style { typed, hurried, capitals, scanned, spoken };

struct Template {
  std::string name;
  bool anonymise = false;
  std::vector<Subject::Kind> kinds;
  Style style = Style::typed;
  std::vector<std::string> recipients;
  std::vector<std::string> people;  // in the case file though the text may not name them
  Frame body;
  std::string source;               // the body as written
};

// Everything one half may use. Immutable; any thread.
struct Material {
  explicit Material(Half half);

  Half half;
  Names names;
  Lists words;  // towns, streets, schools, traits, …, those of this half
  std::vector<Template> templates;
  std::map<std::string, std::vector<Frame>> pools;
  std::map<std::string, std::vector<std::string>> pool_lines;  // as written
};

}  // namespace gatehouse::invented
