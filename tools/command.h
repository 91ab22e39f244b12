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

int run_layadcc(Arguments words);
int run_xxtea(Arguments words);
int run_publish(Arguments words);
int run_import(Arguments words);
int run_import_cache(Arguments words);  ///< run_import() calls it
int run_export(Arguments words);
int run_diff(Arguments words);
int run_bundle(Arguments words);
int run_keygen(Arguments words);
int run_sign(Arguments words);
int run_root(Arguments words);
int run_serve(Arguments words);
int run_get(Arguments words);
int run_prefetch(Arguments words);
int run_ls(Arguments words);
int run_status(Arguments words);
int run_verify(Arguments words);
int run_explain(Arguments words);
int run_pin(Arguments words);
int run_unpin(Arguments words);
int run_evict(Arguments words);
int run_clear(Arguments words);
int run_gc(Arguments words);
int run_simulate(Arguments words);
int run_demo(Arguments words);
#if defined(LARDER_WITH_HOTFIX)
int run_hotfix(Arguments words);
#endif

}  // namespace larder::tool
