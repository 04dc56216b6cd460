#pragma once
// Where the checkout lies, for tests that read config/, cases or fixtures. One file knows the path, so that the others compile to the same object in
// every checkout and a compiler cache can serve them all.
namespace gatehouse::test {

// Absolute, without a slash at its end. Lives as long as the program; may be called before main().
const char* source_dir();

}  // namespace gatehouse::test
