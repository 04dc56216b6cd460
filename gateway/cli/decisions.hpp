#pragma once
// decisions list|show: what was decided, for the organisation's own staff.
namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Context;
void add_decisions(CLI::App& app, Context& context);

}  // namespace gatehouse::cli
