#pragma once
// partner change ask|prove|approve|refuse|list: new keys of a partner, by its own hand and two people's here.
#include "gateway/cli/cli.hpp"

namespace gatehouse::cli {

void add_partner_change(CLI::App& partner, Context& context);

}  // namespace gatehouse::cli
