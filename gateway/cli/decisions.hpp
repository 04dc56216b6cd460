#pragma once
// decisions list|show|record: what was decided, for the organisation's own staff.
namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Context;
void add_decisions(CLI::App& app, Context& context);
// `record`, below `decisions` (decision_record.cpp).
void add_decision_record(CLI::App& decisions, Context& context);

}  // namespace gatehouse::cli
