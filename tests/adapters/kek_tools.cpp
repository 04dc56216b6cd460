#include "tests/adapters/kek_tools.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gatehouse::tests {

std::string use_softhsm(const std::string& folder, adapters::KekPlaces& places) {
  std::string module;
  for (const char* place : {"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"})
    if (::access(place, R_OK) == 0) module = place;
  if (module.empty() || std::system("command -v softhsm2-util >/dev/null 2>&1") != 0) return "softhsm2 is not installed";
  std::filesystem::create_directories(folder + "/tokens");
  std::ofstream(folder + "/softhsm2.conf") << "directories.tokendir = " << folder << "/tokens\nobjectstore.backend = file\nlog.level = ERROR\n";
  ::setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1);
  if (std::system("softhsm2-util --init-token --free --label gatehouse --pin 2468 --so-pin 13579 >/dev/null 2>&1") != 0)
    return "softhsm2-util cannot make a token here";
  places.pkcs11_module = module;
  places.pkcs11_token = "gatehouse";
  places.pkcs11_pin_file = folder + "/pin";
  ::unlink(places.pkcs11_pin_file.c_str());
  std::ofstream(places.pkcs11_pin_file) << "2468\n";
  ::chmod(places.pkcs11_pin_file.c_str(), 0400);
  return {};
}

std::string use_systemd_creds(const std::string& folder, adapters::KekPlaces& places) {
  if (::access("/usr/bin/systemd-creds", X_OK) != 0) return "systemd-creds is not installed";
  if (::geteuid() != 0) return "systemd-creds wants root";
  // A host key for this process alone; systemd wants it on a disk.
  static const struct Host {
    Host() { std::filesystem::create_directories(path); }
    ~Host() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    const std::string path = (std::filesystem::temp_directory_path() / ("gatehouse-test-host-" + std::to_string(::getpid()))).string();
  } host;
  ::setenv("SYSTEMD_CREDENTIAL_SECRET", (host.path + "/credential.secret").c_str(), 1);
  if (std::system("echo test | systemd-creds encrypt --name=test - - 2>/dev/null | systemd-creds decrypt --name=test - - >/dev/null 2>&1") != 0)
    return "systemd-creds does not work here (no TPM, and the host key would lie in memory)";
  places.credential_folder = folder + "/credentials";
  return {};
}

}  // namespace gatehouse::tests
