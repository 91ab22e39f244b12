// larder import: what was published in another format, as a native release.
#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "laya_download.h"
#include "publish/import_layadcc.h"
#include "publish/layadcc_warnings.h"
#include "publish_arguments.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "import";

std::vector<std::string> warnings_of(const publish::LayaImportResult& result) {
  std::vector<std::string> warnings = result.published.warnings;
  if (!result.left_out.empty())
    warnings.push_back(human_count(result.left_out.size(), "file") +
                       " left out:" + publish::shown_lines(result.left_out));
  if (!result.unlisted.empty())
    warnings.push_back(human_count(result.unlisted.size(), "file") +
                       " left out, since the table does not list what is there:" +
                       publish::shown_lines(result.unlisted));
  if (!result.has_packed_digest && result.left_out.empty())
    warnings.push_back(
        "every file has its checksum, but that the tree is the one that was packed cannot be said: "
        "the MD5 of it all is not assetsid.txt, or allfiles.txt does not tell the order");
  return warnings;
}

}  // namespace

int run_import(Arguments words) {
  CLI::App app(
      "Publishes what another tool has packed as a native release: every file is verified first, "
      "and nothing is published if one is wrong.\n"
      "`layadcc`: SRC is an origin of LayaDCC (a directory or its URL) or a cache directory; its "
      "files keep the names by which clients ask for them. ORIGIN may be SRC itself.");
  PublishArguments arguments(kName, "verifying");
  std::string format;
  publish::LayaImport import;
  app.add_option("FORMAT", format, "layadcc")
      ->required()
      ->check(CLI::IsMember({"layadcc"}).description(""))
      ->type_name("");
  app.add_option("SRC", arguments.options.directory, "what to import")->required()->type_name("");
  arguments.add_to(app);
  app.add_flag("--skip-damaged", import.skip_damaged,
               "leave out what cannot be verified, with a warning; it is an error otherwise");
  if (const auto status = parse(app, kName, words)) return *status;
  if (!arguments.check()) return kWrongUsage;
  if (!arguments.read_keys()) return kFailed;

  std::unique_ptr<LayaDownload> download;
  if (const std::string source = arguments.options.directory;
      source.find("://") != std::string::npos) {
    download = LayaDownload::open(kName, arguments.options.origin);
    if (!download || !download->fetch(source, import.skip_damaged, arguments.quiet)) return kFailed;
    arguments.options.directory = download->folder();
  }
  std::string why;
  const auto result = arguments.run([&] {
    import.publish = arguments.options;
    return publish::import_layadcc(import, &why);
  });
  if (!result) {
    print_error(kName, why.empty() ? result.error().message() : why);
    return kFailed;
  }
  const auto warnings = warnings_of(*result);
  arguments.print_warnings(warnings);
  if (arguments.json) {
    auto summary = PublishArguments::summary(result->published, warnings);
    summary["layadcc_id"] = result->id;
    summary["left_out"] = result->left_out.size();
    summary["unlisted"] = result->unlisted.size();
    print_json(summary);
  } else if (!arguments.quiet) {
    PublishArguments::print_lines(result->published);
  }
  return kDone;
}

}  // namespace larder::tool
