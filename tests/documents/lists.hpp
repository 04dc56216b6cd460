#pragma once
// The word lists of this folder, and which half of the material each entry belongs to. Text files, so that adding a name touches no C++.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::invented {

// What is trained on, and what only measures. No name, place, trait, template or frame stands in both.
enum class Half { train, held_out };
std::string_view word(Half half);

// Absolute path of a file or folder of tests/documents.
std::string data_path(std::string_view relative);
// Throws std::runtime_error when it cannot be read: without its data the program has nothing to do.
std::string read_file(const std::string& path);
std::vector<std::string> files_below(const std::string& folder, std::string_view ending);  // sorted, so that the order is the same everywhere

// `key: a; b; c` a line; a key may come again, # begins a comment. Throws on a line without a key.
using Lists = std::map<std::string, std::vector<std::string>>;
Lists read_lists(const std::string& path);

std::vector<std::string> split(std::string_view text, char at);  // trimmed, without empty parts
std::string trim(std::string_view text);

// About three fifths are for training, decided by the entry's own letters alone.
Half half_of(std::string_view entry);

}  // namespace gatehouse::invented
