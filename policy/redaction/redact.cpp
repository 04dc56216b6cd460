// The pipeline: every stage adds to one table, nothing is replaced before the labels are known, and the result is read again before it
// may go.
#include "policy/redaction/redact.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

policy::Error error(std::string code, std::string where, std::string what, std::string remedy = "") {
  return policy::Error{std::move(code), std::move(where), std::move(what), std::move(remedy), {}};
}

std::string_view type_of(const Mention& mention) {
  switch (mention.kind) {
    case MentionKind::person: return "PERSON";
    case MentionKind::identifier: return type_of(mention.id_kind);
    case MentionKind::age: case MentionKind::trait: return "DEM";
    case MentionKind::organisation: return "ORG";
    case MentionKind::place: return "LOC";
    case MentionKind::quantity: return "QUANTITY";
    case MentionKind::fact: case MentionKind::word: case MentionKind::label: return "MISC";
  }
  return "MISC";
}

// Counts code points as it goes forward.
class Counter {
 public:
  explicit Counter(std::string_view text) : text_(text) {}
  std::size_t at(std::size_t byte) {
    if (byte < byte_) {
      byte_ = 0;
      points_ = 0;
    }
    for (; byte_ < byte && byte_ < text_.size(); ++byte_)
      if ((static_cast<unsigned char>(text_[byte_]) & 0xC0) != 0x80) ++points_;
    return points_;
  }

 private:
  std::string_view text_;
  std::size_t byte_ = 0, points_ = 0;
};

// A text that may not go, and of which nothing is shown: something broke before it could be read to the end.
Redacted withheld(std::string_view id, std::string_view text) {
  Redacted result;
  result.id = id;
  result.blocked = true;
  Counter counter(text);
  const std::size_t size = counter.at(text.size());
  if (size == 0) return result;
  result.text = "[hidden]";
  result.spans.push_back({0, size, "MISC", "", "[hidden]", "safe_list", 0});
  result.flags.push_back({0, size, "low_confidence"});
  return result;
}

void read_identifiers(Work& work, Mode mode) {
  for (const Identifier& identifier : find_identifiers(work.shadow, mode == Mode::anonymise)) {
    Mention mention;
    mention.kind = MentionKind::identifier;
    mention.id_kind = identifier.kind;
    mention.begin = identifier.begin;
    mention.end = identifier.end;
    mention.detector = "pattern";
    mention.confidence = identifier.confidence;
    mention.of_birth = identifier.of_birth;
    mention.safe_place = identifier.safe_place;
    const auto& tokens = work.shadow.tokens();
    auto first = std::lower_bound(tokens.begin(), tokens.end(), identifier.begin, [](const Token& t, std::uint32_t at) { return t.end <= at; });
    mention.first = mention.last = static_cast<std::uint32_t>(first - tokens.begin());
    while (mention.last + 1 < tokens.size() && tokens[mention.last + 1].begin < identifier.end) ++mention.last;
    work.mentions.push_back(std::move(mention));
  }
}

void by_place(std::vector<Mention>& mentions) {
  if (!std::is_sorted(mentions.begin(), mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; }))
    std::sort(mentions.begin(), mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
}

// The whole of a name field is one name: hidden as a whole unless it is one person who stays.
void judge_name_field(Work& work, const Standing& standing) {
  if (!work.name_field || work.shadow.folded().empty()) return;
  const Mention* person = nullptr;
  for (const Mention& mention : work.mentions)
    if (mention.kind == MentionKind::person && mention.who != nobody && (!person || mention.end - mention.begin > person->end - person->begin)) person = &mention;
  bool whole = false;
  if (person) {
    whole = true;
    const std::string_view text = work.shadow.folded();
    for (std::uint32_t i = 0; i < text.size(); ++i)
      if ((i < person->begin || i >= person->end) && text[i] != ' ' && text[i] != '.' && text[i] != ',') whole = false;
  }
  if (whole && !person->hide && !standing.hidden[static_cast<std::size_t>(person->who)]) return;
  Mention all;
  if (person) all = *person;
  if (!person || !person->hide) {
    all.who = nobody;
    all.name = std::string(work.shadow.folded());
    all.kind = MentionKind::person;
    all.others.clear();
  }
  all.begin = 0;
  all.end = static_cast<std::uint32_t>(work.shadow.folded().size());
  all.first = 0;
  all.last = work.shadow.tokens().empty() ? 0 : static_cast<std::uint32_t>(work.shadow.tokens().size() - 1);
  all.hide = true;
  if (all.confidence == 0) all.confidence = 0.9;
  if (all.detector.empty()) all.detector = "pattern";
  work.mentions.assign(1, std::move(all));
  work.flags.clear();
}

Redacted write(Work& work, const PeopleTables& tables, const Labels& labels, const Rescan& rescan, const Faults& faults) {
  Redacted result;
  result.id = work.id;
  result.blocked = true;
  const std::string_view input = work.shadow.input();
  Counter counter(input);
  struct Piece {
    std::size_t begin, end, size;  // bytes of the input; bytes of the label
  };
  std::vector<Piece> pieces;
  std::size_t from = 0;
  result.text.reserve(input.size() + 64);
  for (const Mention& mention : work.mentions) {
    if (!mention.hide || mention.end <= mention.begin) continue;
    std::size_t begin = work.shadow.input_begin(mention.begin), end = work.shadow.input_end(mention.end);
    if (begin < from) begin = from;  // two shadows of one code point
    if (end <= begin) continue;
    const std::string& label = labels.of(work, mention);
    result.text.append(input.substr(from, begin - from));
    result.text.append(label);
    pieces.push_back({begin, end, label.size()});
    Span span;
    span.start = counter.at(begin);
    span.end = counter.at(end);
    span.type = type_of(mention);
    if (mention.who != nobody && static_cast<std::size_t>(mention.who) < tables.people.size()) span.person = tables.people[static_cast<std::size_t>(mention.who)].id;
    span.label = label;
    span.detector = mention.detector;
    span.confidence = mention.confidence;
    result.spans.push_back(std::move(span));
    if (mention.kind == MentionKind::person && labels.reveals(mention.who)) work.flags.push_back({mention.begin, mention.end, "label_reveals"});
    from = end;
  }
  result.text.append(input.substr(from));

  std::sort(work.flags.begin(), work.flags.end(), [](const TextFlag& a, const TextFlag& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  for (const TextFlag& flag : work.flags)
    if (flag.end > flag.begin) result.flags.push_back({counter.at(work.shadow.input_begin(flag.begin)), counter.at(work.shadow.input_end(flag.end)), std::string(flag.why)});

  if (faults.broken(Stage::verify)) return result;  // a stage that did not run: blocked

  // A place of the output in the input; inside a label its span.
  const auto to_input = [&](std::size_t at, bool end) {
    std::size_t out = 0, in = 0;
    for (const Piece& piece : pieces) {
      const std::size_t plain = piece.begin - in;
      if (at < out + plain || (end && at == out + plain)) return in + (at - out);
      out += plain;
      if (at < out + piece.size || (end && at == out + piece.size)) return end ? piece.end : piece.begin;
      out += piece.size;
      in = piece.end;
    }
    return in + (at - out);
  };
  std::vector<std::pair<std::size_t, std::size_t>> ordinary;
  if (!work.ordinary.empty()) {
    std::size_t out = 0, in = 0, next = 0;
    for (const OrdinaryUse& use : work.ordinary) {
      const std::size_t begin = work.shadow.input_begin(use.begin), end = work.shadow.input_end(use.end);
      while (next < pieces.size() && pieces[next].begin < begin) {
        out += pieces[next].begin - in + pieces[next].size;
        in = pieces[next].end;
        ++next;
      }
      if (begin >= in) ordinary.emplace_back(out + (begin - in), out + (end - in));
    }
  }
  bool blocked = false;
  for (const Residue& residue : rescan.scan(result.text, ordinary)) {
    const std::size_t begin = to_input(residue.begin, false), end = std::max(to_input(residue.end, true), begin + 1);
    result.flags.push_back({counter.at(begin), counter.at(std::min(end, input.size())), residue.blocks ? "low_confidence" : "common_word_name"});
    blocked = blocked || residue.blocks;
  }
  // The spans reproduce the output, and every label is whole.
  std::string again;
  std::size_t at = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].begin < at) blocked = true;
    const std::string& label = result.spans[i].label;
    if (label.size() < 3 || label.front() != '[' || label.back() != ']' || label.find('[', 1) != std::string::npos || label.find(']') + 1 != label.size()) blocked = true;
    again.append(input.substr(at, pieces[i].begin - at)).append(label);
    at = pieces[i].end;
  }
  again.append(input.substr(at));
  if (again != result.text) blocked = true;
  result.blocked = blocked;
  return result;
}

}  // namespace

bool Faults::broken(Stage stage) const {
  if (fail == stage) throw std::runtime_error("broken for a test");
  return std::find(skip.begin(), skip.end(), stage) != skip.end();
}

std::expected<PreparedPeople, policy::Error> PreparedPeople::prepare(std::vector<policy::Person> people) {
  std::set<std::string_view> ids;
  std::size_t names = 0;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::string where = "people[" + std::to_string(i) + "]";
    if (people[i].id.empty()) return std::unexpected(error("bad_value", where + ".id", "is empty"));
    if (!ids.insert(people[i].id).second) return std::unexpected(error("duplicate_id", where + ".id", "is the id of another person too"));
    if (people[i].names.empty()) return std::unexpected(error("bad_value", where + ".names", "is empty", "every name the case file holds"));
    for (const std::string& name : people[i].names) {
      if (!is_utf8(name)) return std::unexpected(error("bad_utf8", where + ".names", "is not UTF-8"));
      const std::string folded = fold(name);
      if (std::none_of(folded.begin(), folded.end(), [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }))
        return std::unexpected(error("bad_value", where + ".names", "holds a name without a letter"));
      if (name.size() > 200) return std::unexpected(error("bad_value", where + ".names", "holds a name of more than 200 bytes"));
    }
    for (const std::string& identifier : people[i].identifiers)
      if (!is_utf8(identifier) || identifier.size() > 200) return std::unexpected(error("bad_utf8", where + ".identifiers", "is not UTF-8 or longer than 200 bytes"));
    if (!is_utf8(people[i].relation)) return std::unexpected(error("bad_utf8", where + ".relation", "is not UTF-8"));
    names += people[i].names.size();
  }
  // Words of names are numbered in 16 bits; a case file has dozens of people.
  if (people.size() > 500 || names > 2000) return std::unexpected(error("too_many", "people", "is more than 500 people or 2,000 names"));
  return PreparedPeople(std::make_shared<const PeopleTables>(make_tables(std::move(people))));
}

std::vector<std::expected<Redacted, policy::Error>> redact_with(const PreparedPeople& people, const Release& release, const std::vector<Text>& texts, const Tagger& tagger, const Faults& faults) {
  std::vector<std::expected<Redacted, policy::Error>> results;
  results.reserve(texts.size());
  const PeopleTables& tables = people.tables();
  std::optional<policy::Error> wrong;
  if (!tables.by_id.contains(release.subject)) wrong = error("unknown_id", "subject", "is not the id of one of the people");
  for (std::size_t i = 0; i < release.keep_people.size() && !wrong; ++i)
    if (!tables.by_id.contains(release.keep_people[i])) wrong = error("unknown_id", "keep_people[" + std::to_string(i) + "]", "is not the id of one of the people");
  if (!wrong && !release.recipient_person.empty() && !tables.by_id.contains(release.recipient_person))
    wrong = error("unknown_id", "recipient_person", "is not the id of one of the people");
  if (wrong) {
    for (std::size_t i = 0; i < texts.size(); ++i) results.emplace_back(std::unexpected(*wrong));
    return results;
  }

  std::vector<Work> bundle;
  std::vector<std::size_t> place;  // in results
  bundle.reserve(texts.size());
  for (const Text& text : texts) {
    results.emplace_back();
    if (text.text.size() > (std::size_t{1} << 30)) {
      results.back() = std::unexpected(error("too_long", "text", "is longer than 1 GiB"));
      continue;
    }
    auto shadow = Shadow::of(text.text);
    if (!shadow) {
      results.back() = std::unexpected(error("bad_utf8", "text", "is not UTF-8"));
      continue;
    }
    Work work;
    work.id = text.id;
    work.shadow = std::move(*shadow);
    work.name_field = text.name_field;
    bundle.push_back(std::move(work));
    place.push_back(results.size() - 1);
  }

  try {
    bool skipped = false;
    for (Work& work : bundle) {
      if (faults.broken(Stage::identifiers)) skipped = true;
      else read_identifiers(work, release.mode);
      if (faults.broken(Stage::known)) skipped = true;
      else find_known(work, tables);
      if (faults.broken(Stage::unknown)) skipped = true;
      else find_unknown(work, release.mode);
      if (faults.broken(Stage::tagger)) skipped = true;
      else read_with_tagger(work, tagger, release.mode);
      find_standing_labels(work);
      by_place(work.mentions);
    }
    std::vector<Entity> entities;
    if (faults.broken(Stage::cluster)) skipped = true;
    else cluster(bundle, tables, entities);
    weigh_parts(bundle, tables, entities);
    std::vector<char> informant(tables.people.size() + entities.size(), 0);
    for (Work& work : bundle) {
      if (faults.broken(Stage::tie)) skipped = true;
      else tie_identifiers(work, tables, entities);
      find_details(work, release.mode);
      find_facts(work, tables, entities, release.mode);
      propose_by_tagger(work, tables, entities, release.mode);
      mark_unknown_words(work, tables, release.mode);
      find_informants(work, tables, entities, informant);
    }
    const Standing standing = judge_people(tables, entities, release, std::move(informant));
    Labels labels(tables, entities, standing, release.mode);
    for (Work& work : bundle) {
      if (faults.broken(Stage::policy)) skipped = true;
      else judge_mentions(work, tables, entities, standing, release);
      judge_name_field(work, standing);
      if (faults.broken(Stage::labels)) skipped = true;
      else labels.see(work);
    }
    labels.finish();
    const Rescan rescan(tables, entities, standing, release, bundle);
    for (std::size_t i = 0; i < bundle.size(); ++i) {
      try {
        results[place[i]] = write(bundle[i], tables, labels, rescan, faults);
        // A stage that did not run blocks whatever the re-scan found.
        if (skipped && !faults.trust_rescan) results[place[i]]->blocked = true;
      } catch (const std::exception&) {
        results[place[i]] = withheld(bundle[i].id, bundle[i].shadow.input());
      }
    }
  } catch (const std::exception&) {
    for (std::size_t i = 0; i < bundle.size(); ++i) results[place[i]] = withheld(bundle[i].id, bundle[i].shadow.input());
  }
  return results;
}

std::vector<std::expected<Redacted, policy::Error>> redact(const PreparedPeople& people, const Release& release, const std::vector<Text>& texts, const Tagger& tagger) {
  return redact_with(people, release, texts, tagger, {});
}

std::vector<std::expected<Redacted, policy::Error>> redact(const std::vector<Document>& bundle, const Tagger& tagger) {
  std::vector<std::expected<Redacted, policy::Error>> results(bundle.size());
  std::vector<char> done(bundle.size(), 0);
  const auto same_people = [](const std::vector<policy::Person>& a, const std::vector<policy::Person>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const policy::Person& x, const policy::Person& y) {
      return x.id == y.id && x.names == y.names && x.relation == y.relation && x.role == y.role && x.identifiers == y.identifiers;
    });
  };
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    if (done[i]) continue;
    // All that go to the same recipient under the same people are one release.
    std::vector<std::size_t> members;
    std::vector<Text> texts;
    for (std::size_t k = i; k < bundle.size(); ++k) {
      const Document& a = bundle[i];
      const Document& b = bundle[k];
      if (done[k] || a.mode != b.mode || a.subject != b.subject || a.recipient != b.recipient || a.keep_people != b.keep_people || a.recipient_person != b.recipient_person || !same_people(a.people, b.people)) continue;
      done[k] = 1;
      members.push_back(k);
      texts.push_back({b.id, b.text});
    }
    const auto people = PreparedPeople::prepare(bundle[i].people);
    if (!people) {
      for (const std::size_t k : members) results[k] = std::unexpected(people.error());
      continue;
    }
    const Release release{bundle[i].mode, bundle[i].subject, bundle[i].recipient, bundle[i].keep_people, bundle[i].recipient_person};
    auto answers = redact(*people, release, texts, tagger);
    for (std::size_t k = 0; k < members.size(); ++k) results[members[k]] = std::move(answers[k]);
  }
  return results;
}

}  // namespace gatehouse::redaction
