#pragma once
// The four-eyes rule (SECURITY.md): a pack, a raised cap, a destroyed file, a partner's new keys or its emergencies take two people. This says whether two
// names, as somebody typed them or as two accounts hold them, are surely those of two people. It cannot say who typed them: where officers
// have accounts they sign in as well.
//
// One person, in whatever dress: case, order, accents, hyphens, a title, a post, letters after the name, a collar number, what stands in
// brackets, an initial, a nickname, a name left out, a letter from another alphabet that looks the same, a digit for a letter, a character
// that does not show. Two people: something in either name that nothing in the other can stand for. What cannot be settled (one name within
// the other, an address against a name, two alphabets) is a no.
//
// Not seen: a name that was changed altogether (by marriage, say), a misspelling, one person under two invented names.
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::policy {

// Empty: they are two people. Else what would be right, for the person who typed them: one line, without either name. Pure, any thread.
std::string why_not_two_people(std::string_view first, std::string_view second);
bool are_two_people(std::string_view first, std::string_view second);

// What an installation knows of an account that may sign.
struct OfficerAccount {
  std::string_view id, sign_in, name;
};
// The name of the account that `typed` stands for (its id or sign-in name, alone or in brackets behind a name), else `typed` as it is.
// Whoever has two accounts under one name is thus still one.
std::string_view person_behind(std::string_view typed, std::span<const OfficerAccount> accounts);

}  // namespace gatehouse::policy
