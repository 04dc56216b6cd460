#pragma once
// What both sides of the full-path race are filled with and asked: one partner with its keys, and subjects with records of about 4 KB whose free
// text names third parties and identifiers. Fictional throughout: NHS numbers of the 999 range, drama telephone numbers, example.org.
//
// A folder of material holds material.json (names, key ids, public keys), subjects.jsonl (one person a line, for the rival),
// partner.pem and partner.key (mutual TLS), signing.seed (Ed25519, raw) and age.key (the partner's age identity).
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::cli::bench {

struct Item {
  std::string category;                                        // word of policy::Category
  std::vector<std::pair<std::string, std::string>> fields;     // of config/record_schema.json
};

struct ThirdPerson {
  std::string given, family, relation, role;                   // role: family | professional | other
};

struct Subject {
  std::string ref, nhs_number, given_name, family_name, date_of_birth, sex;
  std::vector<ThirdPerson> people;
  std::vector<Item> items;
  std::vector<std::string> planted;                            // must not stand in any released free text
  std::string consent_given, consent_expires;                  // ISO 8601 days
};

// The same subject for the same number, on any machine.
// REQUIRES: index below 100,000. `today` is an ISO 8601 day: consents and dates lie around it.
Subject make_subject(std::size_t index, const std::string& today);

inline constexpr const char* kPurpose = "early_help";
const std::vector<std::string>& released_categories();         // what the consent covers, in this order

struct Material {
  std::string folder;
  std::string authority;                                       // Host of every request, whichever server gets it
  std::string partner, partner_type, signing_keyid, age_keyid;
  crypto::SigningKey signing;
  crypto::age::Identity identity;
  std::string tls_pin;                                         // SHA-256 of the client key (SPKI), hex
  std::vector<Subject> subjects;
};

// Makes keys, certificate and subjects, and writes the folder. Refuses a folder that already has a material.json.
std::expected<Material, std::string> make_material(const std::string& folder, const std::string& authority, std::size_t subjects,
                                                   const std::string& today);
std::expected<Material, std::string> read_material(const std::string& folder);

// Whole HTTP/1.1 messages, signed now, for the subjects in turn: fresh nonces and idempotency keys.
std::vector<std::string> signed_requests(const Material& material, std::size_t count, std::int64_t now);
std::string plain_get(const Material& material, const std::string& path);

}  // namespace gatehouse::cli::bench
