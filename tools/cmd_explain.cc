// larder explain: why a path comes from where.
#include <string>
#include <vector>

#include "command_line.h"
#include "output.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "explain";

void print_text(const Explanation& it) {
  const auto row = [](std::string_view label, std::string_view value) {
    if (!value.empty())
      print_line("  " + std::string(label) + std::string(10 - label.size(), ' ') +
                 std::string(value));
  };
  print_line(it.path);
  row("source", it.source);
  row("because", it.because);
  row("route", it.route);
  row("checksum", it.checksum);
  row("size", it.size_bytes ? human_bytes(*it.size_bytes) : "");
  row("bundle", it.in_bundle ? "has it" : "");
  row("store", it.in_store ? "has it" : "");
  row("mount", it.mount);
  row("url", it.url);
}

void print_object(const Explanation& it) {
  boost::json::object object = {{"path", it.path},           {"source", it.source},
                                {"because", it.because},     {"route", it.route},
                                {"checksum", it.checksum},   {"url", it.url},
                                {"in_bundle", it.in_bundle}, {"in_store", it.in_store},
                                {"bytes", nullptr},          {"mount", it.mount}};
  if (it.size_bytes) object["bytes"] = *it.size_bytes;
  print_json(object);
}

}  // namespace

int run_explain(Arguments words) {
  CLI::App app("Says where a path would come from now, and why. Content is not fetched.");
  VfsArguments source(kName);
  source.add_to(app);
  std::vector<std::string> paths;
  bool json = false;
  app.add_option("PATH", paths, "what to explain")->required()->type_name("");
  app.add_flag("--json", json, "one JSON object a path");
  if (const auto status = parse(app, kName, words)) return *status;
  if (!source.check()) return kWrongUsage;

  const std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  int status = kDone;
  for (const std::string& path : paths) {
    const auto explanation = vfs->explain(path);
    if (explanation) {
      json ? print_object(*explanation) : print_text(*explanation);
      continue;
    }
    status = kFailed;
    const std::error_code error = explanation.error();
    if (json)
      print_json({{"path", path}, {"error", name_of(error)}, {"message", error.message()}});
    else
      print_error(kName, path, error);
  }
  return status;
}

}  // namespace larder::tool
