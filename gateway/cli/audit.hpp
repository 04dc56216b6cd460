#pragma once
// The parts of `gatehouse audit` that have a file of their own.

namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Context;

void add_audit_watch(CLI::App& audit, Context& context);   // audit_watch.cpp

}  // namespace gatehouse::cli
