#pragma once
// Letters as code points, since that is what offsets of the annotation count. Latin script with the accents of the names here; any thread.
#include <string>
#include <string_view>

namespace gatehouse::invented {

std::u32string code_points(std::string_view utf8);  // REQUIRES: valid UTF-8, which our own data is
std::string utf8(std::u32string_view text);
std::string utf8(char32_t letter);

bool is_letter(char32_t c);
bool is_digit(char32_t c);
char32_t lower(char32_t c);
char32_t upper(char32_t c);                         // ß and what has no single capital stay
std::string lower(std::string_view text);
std::string upper(std::string_view text);

// What people type who have no such key: Wiśniewska → Wisniewska, Hüseyin → Huseyin.
std::string without_accents(std::string_view text);
// The letter as base and combining mark (é → e U+0301); the letter alone when Unicode has no such pair (ł).
std::u32string decomposed(char32_t letter);
// Lower case without accents and without anything but letters: two spellings of one name have one key.
std::string name_key(std::string_view name);

}  // namespace gatehouse::invented
