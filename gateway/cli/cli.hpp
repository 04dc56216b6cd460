#pragma once
// The command line. One function per subcommand group adds itself to the application; running sets `exit_code`.
// Exit 0 / 1 (the check failed) / 2 (usage or bad input). Errors: one line on standard error: what, where, what to do.
#include <string>

namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Context {
  int exit_code = 0;
  bool json = false;
};

int run(int argc, char** argv);

// Prints `gatehouse: <line>` on standard error and returns `code`.
int fail(const std::string& line, int code = 2);

void add_policy(CLI::App& app, Context& context);    // policy.cpp: decide lint coverage explain
void add_redact(CLI::App& app, Context& context);    // redact.cpp
void add_redact_train(CLI::App& redact, Context& context);  // redact_train.cpp: redact train
void add_convert(CLI::App& app, Context& context);   // convert.cpp
void add_seal(CLI::App& app, Context& context);      // seal.cpp: seal open
void add_log(CLI::App& app, Context& context);       // log.cpp: log
void add_audit(CLI::App& app, Context& context);     // audit.cpp: verify proof export
void add_witness(CLI::App& app, Context& context);   // witness.cpp: witness, witness init
void add_records(CLI::App& app, Context& context);   // records.cpp: records import, consent import|list, partner add|list
void add_init(CLI::App& app, Context& context);      // init.cpp: init, config check, status
void add_user(CLI::App& app, Context& context);      // user.cpp: user add|list|reset|code
void add_restored(CLI::App& app, Context& context);  // restored.cpp: restored
void add_keys(CLI::App& app, Context& context);      // keys.cpp: keys status|rotate|sweep|shred|escrow
void add_serve(CLI::App& app, Context& context);     // serve.cpp: serve
void add_stats(CLI::App& app, Context& context);     // stats.cpp: codebook forecast ask exact ledger cap publish import collect approve restored key
void add_bench(CLI::App& app, Context& context);     // bench.cpp: bench decide|redact|seal|audit|serve

}  // namespace gatehouse::cli
