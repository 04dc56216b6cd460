#include "policy/officers/two_people.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "policy/redaction/people.hpp"

namespace gatehouse::policy {
namespace {

// ---------------------------------------------------------------- words that are nobody's name

using Table = std::unordered_set<std::string_view>;

Table table_of(std::string_view words) {
  Table out;
  for (std::size_t from = 0; from < words.size();) {
    const std::size_t to = std::min(words.find(' ', from), words.size());
    out.insert(words.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

// Before a name.
const Table& titles() {
  static const Table table = table_of(
      "mr mrs ms miss mx master madam mme mlle dr doctor prof professor sir dame lady lord baroness baron viscount hon rt "
      "right honourable cllr councillor councilor alderman rev revd reverend very most fr father sr sister br brother canon "
      "bishop archdeacon deacon vicar pastor maulana rabbi pandit swami shri smt haji hajji ustad ustadh datuk dato encik "
      "puan pc dc ds di dci dcs dsu supt ps pcso wpc sgt sergeant insp inspector ci det detective constable superintendent "
      "capt captain maj lt lieutenant col colonel cpl corporal cmdr commander general brig brigadier herr frau monsieur "
      "madame senor senora sra pani mgr dipl judge magistrate");
  return table;
}
// Titles that are given names as well: taken off only where a whole name is left.
const Table& titles_or_names() {
  static const Table table =
      table_of("dean major prince princess earl duke king count sheikh shaikh sri don dona pope chief senior st justice imam mufti gen");
  return table;
}
// What somebody does, before or behind a name.
const Table& posts() {
  static const Table table = table_of(
      "dsl ddsl dsp senco sendco dpo ig siro caldicott guardian head headteacher headmaster headmistress teacher tutor deputy "
      "assistant associate vice acting interim lead leader manager director officer governor trustee chair chairman "
      "chairwoman chairperson clerk secretary treasurer nurse matron midwife worker social family youth support early help "
      "safeguarding designated information governance data protection administrator admin chief executive ceo cfo coo "
      "principal bursar chaplain counsellor therapist psychologist psychiatrist paediatrician gp consultant registrar "
      "practitioner coordinator co ordinator supervisor volunteer mentor staff employee police health visitor pastoral "
      "inclusion attendance welfare president solicitor barrister of for and the at team service services school college "
      "trust office department former formerly retired ret retd nee aka year children childrens adult adults people peoples "
      "iro lado mash");
  return table;
}
// Behind a name, in capitals or not.
const Table& letters_behind() {
  static const Table table = table_of(
      "ba bsc bed bmus beng bn bnurs bsw bphil llb ma msc med mba mphil mres msw meng mpa mph llm phd dphil edd dsc dsw "
      "dclinpsy dclinpsych dedpsy dedpsych cpsychol afbpss fbpss pgce pgcert pgdip pgc certed dip dipsw diphe dipcot cqsw css "
      "qsw rsw asw amhp bia nneb nvq qts qtls npqh npqsl npqml npqlt nasenco eyps eyts ect nqt hlta rn rgn rmn rnmh rscn rnld "
      "sen srn rm scphn rhv qn hcpc nmc gmc swe mbbs mbchb mb bs bch chb md mrcp frcp mrcpch frcpch mrcpsych frcpsych mrcgp "
      "frcgp frcn frcs frsa frs fhea sfhea fcipd mcipd acipd cipd cipp cippe cipm cissp fca aca acca fcca cgma acma obe mbe "
      "cbe kbe dbe gbe bem cb cmg cvo mvo lvo kc qc jp dl qpm kpm qam mp ms mep msp mla amba ambda hons jr jnr junior snr sr "
      "esq ret retd ra ofm osb sj ii iii iv");
  return table;
}
// Some of those are family names in small letters (`Yo-Yo Ma`): they count only where they stand in capitals.
const Table& letters_or_names() {
  static const Table table = table_of("ba ma sen med bed dip rm ra bs mb bn css ms");
  return table;
}
// What a number is called that stands for somebody.
const Table& number_words() {
  static const Table table = table_of("staff no nr number id user account employee payroll collar badge officer warrant st");
  return table;
}
// Small words within family names, which come and go: `van den Berg`, `Berg`.
const Table& particles() {
  static const Table table =
      table_of("van von der den de del della di da dos das du la le el al as bin binti binte bint ibn ap ferch ter zu af av");
  return table;
}

// ---------------------------------------------------------------- letters

struct Word {
  std::u32string typed;  // letters, digits and the signs of their scripts, in the case they were typed in
  bool number = false;
};
using Words = std::vector<Word>;

enum class Trouble : std::uint8_t { none, nobody, sign, alphabets, account, too_long, same };

std::string sentence(Trouble trouble) {
  switch (trouble) {
    case Trouble::none:
      return {};
    case Trouble::nobody:
      return "a name is missing; give the full names of two people";
    case Trouble::sign:
      return "a name has a sign that no name has; write both in letters, without symbols";
    case Trouble::alphabets:
      return "the names are not written in one alphabet, so nobody can tell whether they are one person's; write both in the same letters";
    case Trouble::account:
      return "an e-mail address, a number, a post or the id of an account does not say whose it is; give both full names, given name and "
             "family name";
    case Trouble::too_long:
      return "a name is too long to compare; give the given name and the family name of each, without a post";
    case Trouble::same:
      return "both may be names of one person: they are alike, or one has nothing that the other lacks; give the full names of two "
             "different people, given name and "
             "family name, without title or post (where two people have one name, a middle name tells them apart)";
  }
  return sentence(Trouble::same);
}

bool is_apostrophe(UChar32 c) {
  return c == '\'' || c == '`' || c == 0xb4 || (c >= 0x2018 && c <= 0x201b) || (c >= 0x2b9 && c <= 0x2bf) || c == 0x2032 || c == 0x2035 ||
         c == 0x5f3 || c == 0xa78c;
}
bool is_dash(UChar32 c) { return c == '-' || c == 0xad || u_hasBinaryProperty(c, UCHAR_DASH); }
bool is_space(UChar32 c) { return u_isUWhiteSpace(c) != 0; }
bool is_mark(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }
bool is_word(UChar32 c) { return u_isalpha(c) || u_isdigit(c) || is_mark(c); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

// A mark that an alphabet lays over its letters, not one of the vowel signs that an Indic script writes its words with.
bool is_accent(UChar32 c) {
  if (!is_mark(c)) return false;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return script == USCRIPT_INHERITED || script == USCRIPT_COMMON || script == USCRIPT_LATIN || script == USCRIPT_GREEK ||
         script == USCRIPT_CYRILLIC || script == USCRIPT_ARABIC || script == USCRIPT_HEBREW;
}

struct Spoof {
  USpoofChecker* checker = nullptr;
  Spoof() {
    UErrorCode status = U_ZERO_ERROR;
    checker = uspoof_open(&status);
    if (U_SUCCESS(status)) uspoof_setChecks(checker, USPOOF_RESTRICTION_LEVEL | USPOOF_AUX_INFO, &status);
    if (U_SUCCESS(status)) uspoof_setRestrictionLevel(checker, USPOOF_SINGLE_SCRIPT_RESTRICTIVE);
    if (U_FAILURE(status)) checker = nullptr;
  }
  ~Spoof() {
    if (checker != nullptr) uspoof_close(checker);
  }
  Spoof(const Spoof&) = delete;
  Spoof& operator=(const Spoof&) = delete;
};
// Checks are read from any thread once it is made. Null: ICU has no data, and nothing can be settled.
const USpoofChecker* spoof() {
  static const Spoof one;
  return one.checker;
}

// Letters of more than one alphabet; those that Japanese and Korean write together are one (UTS 39, 5.1 and 5.2).
bool mixes_alphabets(const icu::UnicodeString& letters) {
  UErrorCode status = U_ZERO_ERROR;
  USpoofCheckResult* result = uspoof_openCheckResult(&status);
  if (U_FAILURE(status)) return true;
  uspoof_check2UnicodeString(spoof(), letters, result, &status);
  const URestrictionLevel level = uspoof_getCheckResultRestrictionLevel(result, &status);
  uspoof_closeCheckResult(result);
  return U_FAILURE(status) || (level != USPOOF_ASCII && level != USPOOF_SINGLE_SCRIPT_RESTRICTIVE);
}

std::set<UScriptCode> alphabets_of(const Words& words) {
  std::set<UScriptCode> out;
  for (const Word& word : words)
    for (const char32_t c : word.typed) {
      UErrorCode status = U_ZERO_ERROR;
      const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
      if (U_SUCCESS(status) && script != USCRIPT_COMMON && script != USCRIPT_INHERITED) out.insert(script);
    }
  return out;
}

icu::UnicodeString whole_text(const Words& words) {
  icu::UnicodeString out;
  for (const Word& word : words)
    for (const char32_t c : word.typed) out.append(static_cast<UChar32>(c));
  return out;
}

// How letters are read. Two names are two people only where every reading says so.
struct Reading {
  bool spread = false;      // `ü` as `ue`, `ø` as `oe`, `å` as `aa`: what people type who have no such key
  bool one_stroke = false;  // `i`, `l` and `1` as one, where case or a digit shows that one may stand for another
  bool lookalike = false;   // by ICU's skeleton (UTS 39, 4), also within one alphabet: `rn` as `m`
};

std::string_view spread_of(UChar32 c) {
  switch (c) {
    case 0xe4:
      return "ae";
    case 0xf6:
    case 0xf8:
      return "oe";
    case 0xfc:
      return "ue";
    case 0xe5:
      return "aa";
    default:
      return {};
  }
}
// Letters that do not come apart into a letter and an accent.
std::string_view plain_of(UChar32 c) {
  switch (c) {
    case 0xdf:
      return "ss";
    case 0xe6:
      return "ae";
    case 0x153:
      return "oe";
    case 0xf8:
      return "o";
    case 0x142:
      return "l";
    case 0x111:
    case 0xf0:
      return "d";
    case 0xfe:
      return "th";
    case 0x131:
      return "i";
    case 0x127:
      return "h";
    case 0x167:
      return "t";
    default:
      return {};
  }
}
char letter_for(char32_t digit) {
  constexpr std::string_view letters = "olzeasgtbg";
  return letters[digit - '0'];
}

bool all_small_ascii(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string without_accents(const icu::UnicodeString& text, const icu::Normalizer2& apart) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString folded(text);
  folded.foldCase();
  const icu::UnicodeString split = apart.normalize(folded, status);
  std::string out;
  for (std::int32_t i = 0; i < split.length(); i += U16_LENGTH(split.char32At(i)))
    if (const UChar32 c = split.char32At(i); !is_accent(c)) {
      if (const std::string_view plain = plain_of(c); !plain.empty())
        out += plain;
      else
        icu::UnicodeString(c).toUTF8String(out);
    }
  return out;
}

std::string skeleton_of(const icu::UnicodeString& text, const icu::Normalizer2& apart) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString skeleton;
  uspoof_getSkeletonUnicodeString(spoof(), 0, text, skeleton, &status);
  return U_FAILURE(status) ? std::string() : without_accents(skeleton, apart);
}

// One letter, folded: small, without accents, as the plain letter that it is taken for.
std::string folded_letter(UChar32 c, const icu::Normalizer2& apart) {
  const std::string plain = without_accents(icu::UnicodeString(c), apart);
  UErrorCode status = U_ZERO_ERROR;
  if (all_small_ascii(plain) || uscript_getScript(c, &status) != USCRIPT_LATIN) return plain;
  // A letter that only phoneticians write, in place of the plain one.
  if (std::string like = skeleton_of(icu::UnicodeString(c), apart); all_small_ascii(like)) return like;
  std::array<char, 128> name{};
  const std::int32_t length = u_charName(c, U_UNICODE_CHAR_NAME, name.data(), static_cast<std::int32_t>(name.size()), &status);
  const std::string_view called(name.data(), U_SUCCESS(status) && length > 0 ? static_cast<std::size_t>(length) : 0);
  if (constexpr std::string_view small = "LATIN LETTER SMALL CAPITAL "; called.starts_with(small) && called.size() == small.size() + 1)
    return std::string(1, static_cast<char>(called.back() - 'A' + 'a'));
  return plain;
}

std::string folded(const Word& word, const Reading& reading, const icu::Normalizer2& apart) {
  std::string out;
  for (const char32_t typed : word.typed) {
    const auto c = static_cast<UChar32>(typed);
    if (is_digit(typed) && !word.number) {
      out += letter_for(typed);
      continue;
    }
    if (reading.spread) {
      if (const std::string_view more = spread_of(u_tolower(c)); !more.empty()) {
        out += more;
        continue;
      }
    }
    out += folded_letter(c, apart);
  }
  if (word.number) return out;
  if (reading.one_stroke) std::ranges::replace(out, 'l', 'i');
  if (reading.lookalike)
    if (const std::string like = skeleton_of(icu::UnicodeString::fromUTF8(out), apart); !like.empty()) return like;
  return out;
}

// ---------------------------------------------------------------- reading a name

// The ways in which one typed name can be read.
struct Name {
  Trouble trouble = Trouble::none;
  std::vector<Words> forms;  // given names first where a comma says which they are
  std::vector<std::string> numbers;
  bool only_number = false;  // `staff 1041`: a number and what it is called
  std::string called;        // `staff`
};

// Compatible forms made one (full width, mathematical letters), what does not show taken out.
std::optional<std::u32string> shown(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const one_form = icu::Normalizer2::getNFKCInstance(status);
  const icu::UnicodeString typed = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  if (U_FAILURE(status)) return std::nullopt;
  icu::UnicodeString visible;
  for (std::int32_t i = 0; i < typed.length(); i += U16_LENGTH(typed.char32At(i)))
    if (const UChar32 c = typed.char32At(i); c == 0xb4)
      visible.append(u'\'');  // its compatible form begins with a space
    else if (!u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
      visible.append(c);
  const icu::UnicodeString normal = one_form->normalize(visible, status);
  if (U_FAILURE(status)) return std::nullopt;
  std::u32string out;
  for (std::int32_t i = 0; i < normal.length(); i += U16_LENGTH(normal.char32At(i))) {
    const UChar32 c = normal.char32At(i);
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) continue;
    if (is_space(c)) {
      out += U' ';
      continue;
    }
    const bool punctuation =
        std::u32string_view(U".,;:@_+/\\()[]{}<>\"&~=\u00b7\u2022\u30fb\u201c\u201d\u201e\u00ab\u00bb").find(static_cast<char32_t>(c)) !=
        std::u32string_view::npos;
    if (!is_word(c) && !is_apostrophe(c) && !is_dash(c) && !punctuation) return std::nullopt;
    if (u_isdigit(c)) {
      out += static_cast<char32_t>(U'0' + u_charDigitValue(c));
      continue;
    }
    out += static_cast<char32_t>(c);
  }
  return out;
}

bool any_word(std::u32string_view text) {
  return std::ranges::any_of(text, [](char32_t c) { return is_word(static_cast<UChar32>(c)) && !is_mark(static_cast<UChar32>(c)); });
}

// What stands in brackets or quotation marks is a remark; where it is all there is, it is the name.
std::u32string without_remarks(const std::u32string& text) {
  std::u32string out;
  int depth = 0;
  bool quoted = false;
  for (const char32_t c : text) {
    const bool opens = std::u32string_view(U"([{<\u201c\u201e\u00ab").find(c) != std::u32string_view::npos,
               closes = std::u32string_view(U")]}>\u201d\u00bb").find(c) != std::u32string_view::npos;
    if (opens) ++depth;
    if (c == U'"') quoted = !quoted;
    if (opens || closes || c == U'"')
      out += U' ';
    else if (depth == 0 && !quoted)
      out += c;
    if (closes && depth > 0) --depth;
  }
  return any_word(out) ? out : text;
}

// Parts that a comma, or a dash with room on both sides, sets apart; each in words.
std::vector<Words> parts_of(const std::u32string& text) {
  std::vector<Words> parts(1);
  Word word;
  const auto end_word = [&] {
    if (std::ranges::any_of(word.typed, [](char32_t c) { return !is_mark(static_cast<UChar32>(c)); })) parts.back().push_back(word);
    word = {};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<UChar32>(text[i]);
    const bool roomy = is_dash(c) && i > 0 && i + 1 < text.size() && text[i - 1] == U' ' && text[i + 1] == U' ';
    if (is_apostrophe(c)) continue;
    if (is_word(c)) {
      word.typed += text[i];
      continue;
    }
    end_word();
    if ((c == ',' || c == ';' || c == ':' || roomy) && !parts.back().empty()) parts.emplace_back();
  }
  end_word();
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  for (Words& part : parts)
    for (Word& one : part) {
      const auto digits = std::ranges::count_if(one.typed, is_digit);
      // `1041`, and `E1234` or `4521AB`; one or two digits among letters stand for letters.
      one.number = digits >= 3 || digits == static_cast<std::ptrdiff_t>(one.typed.size());
    }
  return parts;
}

bool all_large(const Word& word) {
  return std::ranges::none_of(word.typed, [](char32_t c) { return u_islower(static_cast<UChar32>(c)); });
}

class Reader {
 public:
  explicit Reader(const icu::Normalizer2& apart) : apart_(apart) {}

  Name read(std::string_view typed) const {
    Name out;
    const auto visible = shown(typed);
    if (!visible) return {Trouble::sign, {}, {}, false, {}};
    const std::u32string text = without_remarks(*visible);
    if (!any_word(text)) return {Trouble::nobody, {}, {}, false, {}};
    auto parts = parts_of(text);
    if (text.find(U'@') != std::u32string::npos) {
      parts = without_address(text);
      if (parts.empty()) return {Trouble::account, {}, {}, false, {}};
    }
    for (Words& part : parts) {
      for (const Word& word : part)
        if (word.number) out.numbers.push_back(plain(word));
      std::erase_if(part, [](const Word& word) { return word.number; });
    }
    // `staff 1041`, `PC 4521`, `st_4f…`
    bool called = !out.numbers.empty();
    for (const Words& part : parts)
      for (const Word& word : part) called = called && (number_words().contains(plain(word)) || titles().contains(plain(word)));
    if (called) {
      out.only_number = true;
      for (const Words& part : parts)
        for (const Word& word : part) out.called += plain(word) + ' ';
      return out;
    }
    std::erase_if(parts, [](const Words& part) { return part.empty(); });
    if (parts.empty()) return {Trouble::nobody, {}, {}, false, {}};
    // One person may hold two posts.
    if (std::ranges::all_of(parts, [&](const Words& part) {
          return std::ranges::all_of(part,
                                     [&](const Word& word) { return posts().contains(plain(word)) || titles().contains(plain(word)); });
        }))
      return {Trouble::account, {}, {}, false, {}};
    tidy(parts);
    Words together;
    // `Farrow, Imogen`: what follows the family name goes before it.
    for (std::size_t i = 1; i < parts.size(); ++i) together.insert(together.end(), parts[i].begin(), parts[i].end());
    together.insert(together.end(), parts[0].begin(), parts[0].end());
    if (together.size() > 9) return {Trouble::too_long, {}, {}, false, {}};
    out.forms.push_back(std::move(together));
    const auto names = std::ranges::count_if(parts[0], [&](const Word& word) { return !particles().contains(plain(word)); });
    // `Jane Smith, Wellbeing Guru`: what follows a whole name may be a post that no table has.
    if (parts.size() > 1 && names > 1) out.forms.push_back(parts[0]);
    if (parts.size() > 2 && names <= 1) {
      Words two = parts[1];
      two.insert(two.end(), parts[0].begin(), parts[0].end());
      out.forms.push_back(std::move(two));
    }
    for (std::size_t i = 0, had = out.forms.size(); i < had; ++i)
      if (auto apart = initials_apart(out.forms[i]); apart.size() > out.forms[i].size()) out.forms.push_back(std::move(apart));
    return out;
  }

 private:
  std::string plain(const Word& word) const { return folded(word, {}, apart_); }

  // `JK Smith` with its initials apart: two or three letters without a vowel, or in capitals before a name that is not.
  Words initials_apart(const Words& words) const {
    const bool shouted = std::ranges::all_of(words, all_large);
    Words out;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string text = plain(words[i]);
      const bool no_vowel = text.find_first_of("aeiouy") == std::string::npos && text != "ng";
      if (all_small_ascii(text) && text.size() == words[i].typed.size() && text.size() >= 2 && text.size() <= 3 &&
          (no_vowel || (!shouted && i + 1 < words.size() && all_large(words[i]))))
        for (const char32_t letter : words[i].typed) out.push_back({std::u32string(1, letter), false});
      else
        out.push_back(words[i]);
    }
    return out;
  }

  // The name beside an address; or, where the address is alone, the name it is made of, if it is made of one.
  std::vector<Words> without_address(const std::u32string& text) const {
    std::u32string rest, address;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t to = std::min(text.find_first_of(U" ,;", from), text.size());
      const std::u32string piece = text.substr(from, to - from);
      if (piece.find(U'@') != std::u32string::npos)
        address = piece;
      else
        rest += piece;
      if (to < text.size()) rest += text[to];
      from = to + 1;
    }
    if (any_word(rest)) return parts_of(rest);
    address = address.substr(0, address.find(U'@'));
    address = address.substr(0, address.find(U'+'));
    std::erase_if(address, is_digit);
    auto parts = parts_of(address);
    if (parts.size() != 1 || parts[0].size() < 2) return {};
    return parts;
  }

  // Takes titles, posts and letters behind a name off, as long as a name is left.
  void tidy(std::vector<Words>& parts) const {
    const bool shouted = std::ranges::all_of(parts, [](const Words& part) { return std::ranges::all_of(part, all_large); });
    const auto is_behind = [&](const Word& word, const std::string& folded_word) {
      if (letters_behind().contains(folded_word)) return !letters_or_names().contains(folded_word) || (all_large(word) && !shouted);
      // Capitals without a vowel among words that have small letters are letters after a name, whichever they are.
      return !shouted && word.typed.size() > 1 && all_large(word) && folded_word.find_first_of("aeiouy") == std::string::npos &&
             all_small_ascii(folded_word) && folded_word != "ng";
    };
    for (std::size_t p = 0; p < parts.size(); ++p) {
      Words& part = parts[p];
      // A part of its own that is no name at all: `Jane Smith, Designated Safeguarding Lead`, `Smith, Mrs`.
      const bool nothing = std::ranges::all_of(part, [&](const Word& word) {
        const std::string text = plain(word);
        return titles().contains(text) || posts().contains(text) || is_behind(word, text);
      });
      if (nothing && p > 0) {
        part.clear();
        continue;
      }
      while (part.size() > 1) {
        const std::string text = plain(part.front());
        const bool may_be_name = titles_or_names().contains(text);
        if (!titles().contains(text) && !posts().contains(text) && !may_be_name) break;
        if (may_be_name && part.size() < 3) break;
        part.erase(part.begin());
      }
      // `R. N.` stands in single letters.
      for (std::size_t n = 4; n >= 2; --n) {
        if (part.size() < n + 2 && !(p > 0 && part.size() == n)) continue;
        std::string letters;
        for (std::size_t i = part.size() - n; i < part.size(); ++i) letters += part[i].typed.size() <= 2 ? plain(part[i]) : "?";
        if (letters.size() <= n + 1 && letters_behind().contains(letters)) {
          part.resize(part.size() - n);
          break;
        }
      }
      while (part.size() > 2 || (part.size() > 1 && p > 0)) {
        const std::string text = plain(part.back());
        if (!posts().contains(text) && !is_behind(part.back(), text)) break;
        part.pop_back();
      }
    }
    std::erase_if(parts, [](const Words& part) { return part.empty(); });
  }

  const icu::Normalizer2& apart_;
};

// ---------------------------------------------------------------- comparing

using Folded = std::vector<std::string>;

template <class T>
bool in(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

bool one_letter(const std::string& word) { return icu::UnicodeString::fromUTF8(word).countChar32() == 1; }

bool kin(const std::string& one, const std::string& other) {
  const auto has = [](const std::string& a, const std::string& b) { return in(redaction::name_kin(a), b); };
  // `Md` and `Mohd`, as many write the name that most have.
  const auto shortened = [](const std::string& a, const std::string& b) {
    return (a == "md" || a == "mohd" || a == "muhd") && (b.starts_with("moham") || b.starts_with("muham"));
  };
  return has(one, other) || has(other, one) || shortened(one, other) || shortened(other, one);
}

// Whether every word of `all` can be told from words of `other`: a word by the same word, an initial, a nickname, words that are written as
// one.
class Cover {
 public:
  Cover(const Folded& all, const Folded& other) : all_(all), other_(other) {
    for (const auto& mine : all_)
      for (const auto& theirs : other_) kin_.push_back(kin(mine, theirs));
  }
  bool holds() { return from(0, 0, false); }

 private:
  // Ordered choices of two or three words not in `used` that make `text`, written as one or, where `initials`, by their first letters.
  template <class Then>
  static bool any_group(const Folded& words, unsigned used, std::string_view text, bool initials, Then then, unsigned chosen = 0) {
    const int size = std::popcount(chosen);
    if (text.empty()) return size >= 2 && then(chosen);
    if (size == 3) return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string_view piece = initials ? std::string_view(words[i]).substr(0, 1) : std::string_view(words[i]);
      if (((used | chosen) >> i & 1u) != 0 || !text.starts_with(piece)) continue;
      if (any_group(words, used, text.substr(piece.size()), initials, then, chosen | 1u << i)) return true;
    }
    return false;
  }
  static bool may_be_initials(const std::string& word) { return word.size() >= 2 && word.size() <= 3; }
  bool enough(bool whole) const {
    // Nothing but initials cannot be told from what they stand for.
    return whole || all_.size() == 1 || std::ranges::all_of(all_, one_letter);
  }
  // `jsmith`, `smithj`: what people sign in with.
  bool signs_in() const {
    if (all_.size() != 1) return false;
    for (std::size_t i = 0; i < other_.size(); ++i)
      for (std::size_t j = 0; j < other_.size(); ++j) {
        const std::string &one = other_[i], &two = other_[j];
        if (i != j && ((two.size() > 2 && all_[0] == one.substr(0, 1) + two) || (one.size() > 2 && all_[0] == one + two.substr(0, 1))))
          return true;
      }
    return false;
  }
  // `whole`: something was told by more than a letter.
  bool from(unsigned mine, unsigned theirs, bool whole) {
    const auto i = static_cast<std::size_t>(std::countr_one(mine));
    if (i >= all_.size()) return enough(whole);
    // Names of many short words could else be tried in more ways than there is time for.
    if (!tried_.insert({mine, theirs, whole}).second) return false;
    if (mine == 0 && signs_in()) return true;
    const std::string& word = all_[i];
    const unsigned me = mine | 1u << i;
    for (std::size_t j = 0; j < other_.size(); ++j) {
      if ((theirs >> j & 1u) != 0) continue;
      const unsigned it = theirs | 1u << j;
      const std::string& w = other_[j];
      if (word == w) {
        if (from(me, it, whole || !one_letter(word))) return true;
        continue;
      }
      const bool initial = (one_letter(word) && w.starts_with(word)) || (one_letter(w) && word.starts_with(w));
      if (initial && from(me, it, whole)) return true;
      // The last words are family names where a name has more than one: `Lee` is no spelling of `Leigh` there.
      const bool families = i + 1 == all_.size() && j + 1 == other_.size() && all_.size() > 1 && other_.size() > 1;
      if (!families && kin_[i * other_.size() + j] && from(me, it, true)) return true;
    }
    // `Maryanne` for `Mary Anne`, `JK` for `Jane Kate`.
    if (any_group(other_, theirs, word, false, [&](unsigned group) { return from(me, theirs | group, true); })) return true;
    if (may_be_initials(word) && any_group(other_, theirs, word, true, [&](unsigned group) { return from(me, theirs | group, whole); }))
      return true;
    // The other way about: some of mine, this one among them, are one of theirs.
    for (std::size_t j = 0; j < other_.size(); ++j) {
      if ((theirs >> j & 1u) != 0) continue;
      const unsigned it = theirs | 1u << j;
      const std::string& w = other_[j];
      if (any_group(all_, mine, w, false, [&](unsigned group) { return (group >> i & 1u) != 0 && from(mine | group, it, true); }))
        return true;
      if (may_be_initials(w) &&
          any_group(all_, mine, w, true, [&](unsigned group) { return (group >> i & 1u) != 0 && from(mine | group, it, whole); }))
        return true;
    }
    return false;
  }
  const Folded &all_, &other_;
  std::vector<bool> kin_;
  std::set<std::tuple<unsigned, unsigned, bool>> tried_;
};

// Every order of the words, written as one: for a space that was left out (`AHollis`, `FarrowImogen`).
std::set<std::string> written_as_one(Folded words) {
  std::set<std::string> out;
  const auto add = [&] {
    std::string whole;
    for (const auto& word : words) whole += word;
    out.insert(std::move(whole));
  };
  add();
  if (words.size() > 5) {
    std::ranges::sort(words);
    add();
    return out;
  }
  std::ranges::sort(words);
  do add();
  while (std::ranges::next_permutation(words).found);
  return out;
}

Folded without_particles(const Folded& words) {
  Folded out;
  for (const auto& word : words)
    if (!particles().contains(word)) out.push_back(word);
  return out.empty() ? words : out;
}

bool may_be_one(const Folded& one, const Folded& other) {
  const auto joined = written_as_one(one), others = written_as_one(other);
  if (std::ranges::any_of(joined, [&](const auto& text) { return others.contains(text); })) return true;
  // Where words are not set apart (Chinese, Japanese) a family name alone is the beginning of the whole.
  const auto within = [](const Folded& part, const Folded& whole) {
    return part.size() == 1 && whole.size() == 1 && static_cast<unsigned char>(part[0][0]) >= 0xe0 && part[0].size() < whole[0].size() &&
           (whole[0].starts_with(part[0]) || whole[0].ends_with(part[0]));
  };
  if (within(one, other) || within(other, one)) return true;
  return Cover(one, other).holds() || Cover(other, one).holds();
}

bool begins_large(const Words& words) {
  return std::ranges::any_of(words, [](const Word& word) { return u_isupper(static_cast<UChar32>(word.typed.front())); });
}
// `PauI`, `lan` among words that begin large, `Sa1ly`, `WlLL`.
bool odd_strokes(const Words& words, bool others_begin_large) {
  return std::ranges::any_of(words, [&](const Word& word) {
    const auto& typed = word.typed;
    for (std::size_t i = 0; i < typed.size(); ++i) {
      const bool behind_small = i > 0 && u_islower(static_cast<UChar32>(typed[i - 1])),
                 behind_large = i > 0 && u_isupper(static_cast<UChar32>(typed[i - 1]));
      const bool before_large = i + 1 < typed.size() && u_isupper(static_cast<UChar32>(typed[i + 1]));
      if (typed[i] == U'1' || (typed[i] == U'I' && behind_small) ||
          (typed[i] == U'l' && (i == 0 ? others_begin_large : behind_large && before_large)))
        return true;
    }
    return false;
  });
}

Trouble compare(std::string_view first, std::string_view second) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const apart = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status) || spoof() == nullptr || first.size() > 1000 || second.size() > 1000) return Trouble::too_long;
  const Reader reader(*apart);
  const Name one = reader.read(first), other = reader.read(second);
  for (const Trouble trouble : {one.trouble, other.trouble})
    if (trouble != Trouble::none) return trouble;
  if (one.only_number || other.only_number) {
    // Two numbers of one kind are two people's; a number against a name says nothing, nor do a staff number and a collar number.
    if (!one.only_number || !other.only_number || one.called != other.called) {
      if (one.only_number && other.only_number && one.numbers == other.numbers) return Trouble::same;
      return Trouble::account;
    }
    const auto digits = [](const Name& name) {
      std::string out;
      for (const auto& number : name.numbers) out += number;
      return out;
    };
    return digits(one) == digits(other) ? Trouble::same : Trouble::none;
  }
  if (mixes_alphabets(whole_text(one.forms[0])) || mixes_alphabets(whole_text(other.forms[0]))) return Trouble::alphabets;
  const auto these = alphabets_of(one.forms[0]), those = alphabets_of(other.forms[0]);
  if (std::ranges::none_of(these, [&](UScriptCode script) { return those.contains(script); }) && !(these.empty() && those.empty()))
    return Trouble::alphabets;
  const bool large = begins_large(one.forms[0]) || begins_large(other.forms[0]);
  const bool odd = odd_strokes(one.forms[0], large) || odd_strokes(other.forms[0], large);
  for (unsigned bits = 0; bits < (odd ? 8u : 4u); ++bits) {
    const Reading reading{.spread = (bits & 1u) != 0, .one_stroke = (bits & 4u) != 0, .lookalike = (bits & 2u) != 0};
    const auto fold = [&](const Words& words) {
      Folded out;
      for (const Word& word : words) out.push_back(folded(word, reading, *apart));
      std::erase_if(out, [](const std::string& word) { return word.empty(); });
      return out;
    };
    for (const Words& form : one.forms)
      for (const Words& form_of_other : other.forms) {
        const Folded a = fold(form), b = fold(form_of_other);
        if (a.empty() || b.empty()) return Trouble::nobody;
        if (may_be_one(a, b) || may_be_one(without_particles(a), without_particles(b))) return Trouble::same;
      }
  }
  return Trouble::none;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == std::string_view::npos ? std::string_view() : text.substr(from, to - from + 1);
}
bool same_ascii(std::string_view one, std::string_view other) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(one, other, {}, small, small);
}

}  // namespace

std::string why_not_two_people(std::string_view first, std::string_view second) { return sentence(compare(first, second)); }

bool are_two_people(std::string_view first, std::string_view second) { return compare(first, second) == Trouble::none; }

std::string_view person_behind(std::string_view typed, std::span<const OfficerAccount> accounts) {
  const std::string_view all = trimmed(typed);
  std::string_view remark;
  if (const std::size_t from = all.rfind('('); from != std::string_view::npos && all.ends_with(')'))
    remark = trimmed(all.substr(from + 1, all.size() - from - 2));
  for (const auto& account : accounts)
    for (const std::string_view key : {account.id, account.sign_in})
      if (!key.empty() && (same_ascii(key, all) || same_ascii(key, remark))) return account.name;
  return typed;
}

}  // namespace gatehouse::policy
