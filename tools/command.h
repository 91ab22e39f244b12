// Commands of the program larder: one function and one file each.
#pragma once

#include <span>
#include <string>

namespace larder::tool {

/// Exit statuses of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      ///< something failed; an error on stderr says what
inline constexpr int kWrongUsage = 2;  ///< the command line makes no sense

/// The words after the command's name. A command handles its own `--help`.
using Arguments = std::span<const std::string>;

int run_layadcc(Arguments arguments);
int run_serve(Arguments arguments);
int run_get(Arguments arguments);
int run_ls(Arguments arguments);
int run_status(Arguments arguments);
int run_explain(Arguments arguments);
int run_simulate(Arguments arguments);
int run_demo(Arguments arguments);

}  // namespace larder::tool
