// libsodium is started once for every test of this executable.
#include <gtest/gtest.h>

#include "crypto/secret_bytes.hpp"

namespace {

class StartCrypto : public testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(gatehouse::crypto::start()); }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new StartCrypto);

}  // namespace
