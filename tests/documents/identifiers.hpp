#pragma once
// Numbers and addresses that look right and belong to nobody: NHS numbers of the test range 999, Ofcom's drama telephone numbers, example.org, postcode
// districts that Royal Mail has not given out. Check digits are right, since a recogniser that checks them would pass over others.
#include <string>
#include <string_view>

#include "tests/documents/random.hpp"

namespace gatehouse::invented {

std::string nhs_number(Random& random);             // ten digits, not grouped
bool is_nhs_number(std::string_view digits);        // weights 10 … 2, modulus 11 (NHS Data Dictionary)
std::string upn(Random& random, int year_of_entry);
bool is_upn(std::string_view text);                 // letter = sum of position × digit, modulus 23 (Department for Education)
std::string nino(Random& random);                   // without spaces
std::string vehicle(Random& random);                // `GN19 ZXW` or the older and the Northern Ireland shapes
std::string mobile(Random& random);                 // 07700 900xxx, eleven digits
std::string landline(Random& random);               // 01632 960xxx, eleven digits
std::string case_reference(Random& random);         // as case systems and police print them

// The ways in which people write the same number.
std::string spaced_nhs(Random& random, std::string_view digits);
std::string spaced_phone(Random& random, std::string_view digits);
std::string spaced_nino(Random& random, std::string_view text);
std::string spaced_vehicle(Random& random, std::string_view text);

}  // namespace gatehouse::invented
