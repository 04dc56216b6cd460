#include "gateway/cli/bench_material.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/http_signature.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::json;

constexpr std::array kGiven = {"Amira", "Callum", "Devon", "Elsie", "Farah", "Gethin", "Hamza", "Imogen", "Jasper", "Keira",
                               "Leon", "Maisie", "Nadia", "Oscar", "Priya", "Rhys", "Saskia", "Tomasz", "Yusuf", "Zara"};
constexpr std::array kFamily = {"Achterberg", "Brackley", "Culverhay", "Dunwoody", "Eastoak", "Fennimore", "Garswood", "Hollinsby", "Ibrahimov", "Jesmondly",
                                "Kettlewell", "Lowenthal", "Marchbank", "Northolt", "Okonjowe", "Pemberley", "Quarrington", "Ravensworth", "Silverdale", "Thistlewood"};
constexpr std::array kOther = {"Karen", "Imran", "Tessa", "Gareth", "Bogdan", "Sunita", "Declan", "Yvonne", "Piotr", "Marlene"};

std::string padded(std::size_t value, int width) {
  std::string text = std::to_string(value);
  return std::string(static_cast<std::size_t>(width) > text.size() ? static_cast<std::size_t>(width) - text.size() : 0, '0') + text;
}

// The n-th number of the 999 test range that has a check digit (modulus 11).
std::string nhs_number(std::size_t n) {
  for (std::size_t body = n * 2;; ++body) {   // about one in eleven has none: stepping by two keeps the numbers of neighbours apart
    const std::string nine = "999" + padded(body % 1'000'000, 6);
    int sum = 0;
    for (int i = 0; i < 9; ++i) sum += (nine[static_cast<std::size_t>(i)] - '0') * (10 - i);
    const int check = 11 - sum % 11;
    if (check == 10) continue;
    return nine + static_cast<char>('0' + check % 11);
  }
}

std::string spaced(const std::string& nhs) { return nhs.substr(0, 3) + " " + nhs.substr(3, 3) + " " + nhs.substr(6); }

std::string drama_mobile(std::size_t n) { return "07700 900" + padded(n % 1000, 3); }

std::string shifted(const std::string& day, int days) {
  std::chrono::year_month_day from{std::chrono::year(std::stoi(day.substr(0, 4))), std::chrono::month(static_cast<unsigned>(std::stoi(day.substr(5, 2)))),
                                   std::chrono::day(static_cast<unsigned>(std::stoi(day.substr(8, 2))))};
  const std::chrono::year_month_day to(std::chrono::sys_days(from) + std::chrono::days(days));
  return padded(static_cast<std::size_t>(static_cast<int>(to.year())), 4) + "-" + padded(static_cast<unsigned>(to.month()), 2) + "-" +
         padded(static_cast<unsigned>(to.day()), 2);
}

std::expected<void, std::string> write(const std::string& path, std::string_view bytes, mode_t mode) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  chmod(path.c_str(), mode);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return std::unexpected(path + ": cannot be written");
  return {};
}

std::expected<std::string, std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(path + ": cannot be read; run `gatehouse bench prepare` first");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

struct Certificate {
  std::string pem, key_pem, spki_sha256, sha1;   // hex
};

// Self-signed, ECDSA P-256, thirty days: a pinned partner needs no authority.
std::expected<Certificate, std::string> make_certificate(const std::string& common_name) {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, FreeCertificate> made(X509_new());
  if (!key || !made) return std::unexpected("tls: cannot make a key");
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 30 * 86400);
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_set_pubkey(made.get(), key.get());
  if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0) return std::unexpected("tls: cannot sign the certificate");
  Certificate out;
  const std::unique_ptr<BIO, FreeBio> pem(BIO_new(BIO_s_mem())), key_pem(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), made.get());
  PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  out.pem = take(pem.get());
  out.key_pem = take(key_pem.get());
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> held(der, [](unsigned char* p) { OPENSSL_free(p); });
  out.spki_sha256 = crypto::hex(crypto::sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  X509_digest(made.get(), EVP_sha1(), digest, &length);
  out.sha1 = crypto::hex({digest, length});
  return out;
}

Json to_json(const Subject& s, const std::string& partner) {
  Json people = Json::array(), items = Json::array();
  for (const auto& p : s.people) people.push_back(p.given + " " + p.family);
  for (const auto& item : s.items) {
    Json fields = Json::object();
    for (const auto& [name, value] : item.fields) fields[name] = value;
    items.push_back({{"category", item.category}, {"fields", fields}});
  }
  return {{"ref", s.ref}, {"nhs_number", s.nhs_number}, {"given_name", s.given_name}, {"family_name", s.family_name}, {"date_of_birth", s.date_of_birth},
          {"people", people}, {"items", items},
          {"consent", {{"agency", partner}, {"purpose", kPurpose}, {"form", "written"}, {"given", s.consent_given}, {"expires", s.consent_expires},
                       {"categories", released_categories()}}}};
}

}  // namespace

const std::vector<std::string>& released_categories() {
  static const std::vector<std::string> list = {"identity", "contact", "household", "education"};
  return list;
}

Subject make_subject(std::size_t index, const std::string& today) {
  Subject s;
  s.ref = "bench-" + padded(index, 6);
  s.nhs_number = nhs_number(index);
  s.given_name = kGiven[index % kGiven.size()];
  s.family_name = kFamily[index / kGiven.size() % kFamily.size()];
  s.sex = index % 2 == 0 ? "female" : "male";
  const int age = 7 + static_cast<int>(index % 8);
  s.date_of_birth = shifted(today, -age * 365 - 120 - static_cast<int>(index * 7 % 331));
  s.consent_given = shifted(today, -30);
  s.consent_expires = shifted(today, 300);

  const std::string mother = kOther[index % kOther.size()];
  const std::string neighbour = kOther[(index + 3) % kOther.size()], neighbour_family = kFamily[(index + 7) % kFamily.size()];
  const std::string partner = kOther[(index + 6) % kOther.size()], partner_family = kFamily[(index + 11) % kFamily.size()];
  s.people = {{mother, s.family_name, "mother", "family"},
              {neighbour, neighbour_family, "neighbour", "other"},
              {partner, partner_family, "former partner of the mother", "other"}};
  const std::string neighbour_name = neighbour + " " + neighbour_family, partner_name = partner + " " + partner_family;
  const std::string phone = drama_mobile(index * 7 + 1), other_phone = drama_mobile(index * 7 + 3);
  const std::string email = "contact" + std::to_string(index) + "@example.org";
  const std::string other_nhs = spaced(nhs_number(index + 200'000));
  s.planted = {neighbour_name, partner_name, phone, other_phone, email, other_nhs};

  const std::string description = "We met " + s.given_name + " at school and again at home. The picture is of a quiet child who likes to draw and who talks more when there is time. " +
      neighbour_name + " looks after the key and can be reached on " + phone + ". At the last visit the house was warm and tidy, there was food in the kitchen, "
      "and the child said that the week had been fine. Nobody else was there. The worker will ask again about sleep and about the walk to school, "
      "because both were hard in the winter term and the family asked for help with the mornings.";
  const std::string safe_times = "After school and before tea is best. Please do not ring the number of " + partner_name + " (" + other_phone + "), who has moved away and is not to be told about visits. "
      "Letters are read at home the same day. If nobody answers, leave a short message without saying who rings.";
  const std::string household = "The two of them live in a small flat on the first floor. " + partner_name + " stayed with them for some months and left in the spring. "
      "Since then evenings have been calmer. " + neighbour_name + " next door helps with the shopping and wrote to " + email + " to say so. "
      "There is a short list of things to mend, which the landlord has, and the rent is paid.";
  std::string note = "Attendance fell in the autumn and has come back since the morning club began. The class teacher says that reading is good and that number work needs a second look. ";
  note += "A cousin with the NHS number " + other_nhs + " is on another file and was written on the same form by mistake. ";
  note += "At the meeting the school asked for a quiet place at lunch, which is now there, and for a word with home each Friday. " + neighbour_name + " brings the child on days when the mother works early. ";
  note += "The plan is to keep the morning club until the end of the year, to look at the number work with the learning lead, and to ask for a bus pass, because the walk is long and the road is not lit. ";
  note += "The school has the same worker each week and the child knows when to expect the visit. We agreed to write down what helps, what does not help and what the child says about it, in the words of the child. ";
  note += "The last three reports are in the file, and each of them says that the week goes better when the morning goes well. There were two late days in the month, both after a night when nobody slept. ";
  note += "Before the holidays we will meet again, look at the list together and decide what can stop. Nothing in this note is meant for anybody outside the people who help with school.";

  s.items = {
      {"identity", {{"names", s.given_name + " " + s.family_name}, {"date_of_birth", s.date_of_birth}, {"sex", s.sex}, {"description", description}}},
      {"contact", {{"address", std::to_string(1 + index % 90) + " Example Street, Sampleton"}, {"phone", drama_mobile(index * 7)}, {"email", "family" + std::to_string(index) + "@example.org"},
                   {"contact_safe", "safe"}, {"safe_times", safe_times}}},
      {"household", {{"member_name", mother + " " + s.family_name}, {"relation", "parent"}, {"size", "2"}, {"summary", household}}},
      {"education", {{"setting", "Sampleton Primary School"}, {"year_group", std::to_string(age > 4 ? age - 5 : 0)}, {"attainment", "expected"}, {"note", note}}},
      {"finance", {{"summary", "Two letters about the gas bill came in the spring. A plan to pay a little each month was agreed and is kept. The worker helped to fill in the form for free school meals, which was granted."}}},
      {"health_physical", {{"summary", "Wears glasses for reading and has an inhaler, seldom needed. The last check was in order. The nurse has seen the plan for school and agrees with it."}}}};
  return s;
}

std::expected<Material, std::string> make_material(const std::string& folder, const std::string& authority, std::size_t subjects, const std::string& today) {
  if (std::filesystem::exists(folder + "/material.json")) return std::unexpected(folder + ": there is material already; give an empty folder");
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return std::unexpected(folder + ": cannot be made: " + failed.message());
  auto certificate = make_certificate("partner.example.org");
  if (!certificate) return std::unexpected(certificate.error());
  Material m{folder, authority, "sampleton-early-help", "la_early_help", "sampleton-early-help/signing/1", "sampleton-early-help/age/1", crypto::SigningKey::generate(),
             crypto::age::Identity::generate(), certificate->spki_sha256, {}};
  std::string lines;
  for (std::size_t i = 0; i < subjects; ++i) {
    m.subjects.push_back(make_subject(i, today));
    lines += to_json(m.subjects.back(), m.partner).dump() + "\n";
  }
  const auto access = crypto::KeyAccess::granted_to("bench: keys made for one race, kept beside it");
  const auto seed = m.signing.seed().reveal(access);
  const Json described = {{"authority", authority}, {"partner", m.partner}, {"partner_type", m.partner_type}, {"signing_keyid", m.signing_keyid}, {"age_keyid", m.age_keyid},
                          {"signing_public", crypto::base64(m.signing.public_key())}, {"age_recipient", m.identity.recipient().text()},
                          {"age_public", crypto::base64(m.identity.recipient().public_key())}, {"tls_pin", m.tls_pin}, {"tls_sha1", certificate->sha1},
                          {"purpose", kPurpose}, {"subjects", subjects}, {"today", today}};
  for (const auto& [name, bytes, mode] : std::initializer_list<std::tuple<std::string, std::string, mode_t>>{
           {"subjects.jsonl", lines, 0644},
           {"partner.pem", certificate->pem, 0644},
           {"partner.key", certificate->key_pem, 0600},
           {"signing.seed", std::string(seed.begin(), seed.end()), 0600},
           {"age.key", m.identity.text(access) + "\n", 0600},
           {"material.json", described.dump(2) + "\n", 0644}})
    if (auto written = write(folder + "/" + name, bytes, mode); !written) return std::unexpected(written.error());
  return m;
}

std::expected<Material, std::string> read_material(const std::string& folder) {
  const auto text = slurp(folder + "/material.json");
  if (!text) return std::unexpected(text.error());
  const Json described = Json::parse(*text, nullptr, false);
  if (!described.is_object()) return std::unexpected(folder + "/material.json: not JSON; run `gatehouse bench prepare` again");
  const auto seed = slurp(folder + "/signing.seed");
  const auto identity_text = slurp(folder + "/age.key");
  if (!seed) return std::unexpected(seed.error());
  if (!identity_text) return std::unexpected(identity_text.error());
  auto signing = crypto::SigningKey::from_seed(crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(seed->data()), seed->size()}));
  if (!signing) return std::unexpected(signing.error().text());
  auto identity = crypto::age::Identity::parse(std::string_view(*identity_text).substr(0, identity_text->find('\n')));
  if (!identity) return std::unexpected(identity.error().text());
  try {
    Material m{folder, described.at("authority"), described.at("partner"), described.at("partner_type"), described.at("signing_keyid"), described.at("age_keyid"),
               std::move(*signing), std::move(*identity), described.at("tls_pin"), {}};
    const std::string today = described.at("today");
    for (std::size_t i = 0; i < described.at("subjects").get<std::size_t>(); ++i) m.subjects.push_back(make_subject(i, today));
    return m;
  } catch (const Json::exception& error) {
    return std::unexpected(folder + "/material.json: " + error.what());
  }
}

std::vector<std::string> signed_requests(const Material& material, std::size_t count, std::int64_t now) {
  std::vector<std::string> out;
  out.reserve(count);
  const std::string run = crypto::hex(crypto::sha256(crypto::random_bytes(16))).substr(0, 16);
  const std::string tail = R"(","categories":["identity","contact","household","education"],"stated":{"why_necessary":"The family asked for help with the mornings and with school.","intended_use":"To plan the first visits with the family."}})";
  for (std::size_t i = 0; i < count; ++i) {
    const Subject& s = material.subjects[i % material.subjects.size()];
    std::string body = R"({"purpose":"early_help","subject":{"nhs_number":")" + s.nhs_number + R"(","given_name":")" + s.given_name + R"(","family_name":")" + s.family_name +
                       R"(","date_of_birth":")" + s.date_of_birth + "\"}" + tail.substr(1);
    crypto::HeaderList headers = {{"content-type", "application/json"}, {"idempotency-key", "bench-" + run + "-" + std::to_string(i)}};
    crypto::SignedRequest question;
    question.method = "POST";
    question.authority = material.authority;
    question.path = "/v1/requests";
    question.query = "?";
    question.headers = &headers;
    question.body = body;
    question.has_body = true;
    const auto made = crypto::sign_request(material.signing, material.signing_keyid, question, now, now + 290, crypto::base64(crypto::random_bytes(16)));
    std::string message;
    message.reserve(1536);
    message += "POST /v1/requests HTTP/1.1\r\nHost: " + material.authority + "\r\n";
    for (const auto& [name, value] : headers) message += name + ": " + value + "\r\n";
    message += "content-digest: " + made.content_digest + "\r\nsignature-input: " + made.signature_input + "\r\nsignature: " + made.signature + "\r\ncontent-length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    out.push_back(std::move(message));
  }
  return out;
}

std::string plain_get(const Material& material, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: " + material.authority + "\r\n\r\n";
}

}  // namespace gatehouse::cli::bench
