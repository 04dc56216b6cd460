#include "tests/where/where.hpp"

namespace gatehouse::test {

const char* source_dir() { return GATEHOUSE_SOURCE_DIR; }

}  // namespace gatehouse::test
