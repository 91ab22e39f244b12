// larder import: what was published in another format, as a native release.
#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "laya_download.h"
#include "publish/import_layadcc.h"
#include "publish/import_lists.h"
#include "publish/layadcc_warnings.h"
#include "publish_arguments.h"
#include "signing.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "import";

/// What all formats may have to be warned of; `list`: what it is called.
template <class ImportResult>
std::vector<std::string> warnings_of(const ImportResult& result, std::string_view list) {
  std::vector<std::string> warnings = result.published.warnings;
  if (!result.left_out.empty())
    warnings.push_back(human_count(result.left_out.size(), "file") +
                       " left out:" + publish::shown_lines(result.left_out));
  if (!result.unlisted.empty())
    warnings.push_back(human_count(result.unlisted.size(), "file") + " left out, since the " +
                       std::string(list) +
                       " does not list what is there:" + publish::shown_lines(result.unlisted));
  return warnings;
}

std::vector<std::string> warnings_of(const publish::LayaImportResult& result) {
  auto warnings = warnings_of(result, "table");
  if (!result.has_packed_digest && result.left_out.empty())
    warnings.push_back(
        "every file has its checksum, but that the tree is the one that was packed cannot be said: "
        "the MD5 of it all is not assetsid.txt, or allfiles.txt does not tell the order");
  return warnings;
}

std::vector<std::string> warnings_of(const publish::ListImportResult& result) {
  auto warnings = warnings_of(result, "list");
  if (result.unverified != 0)
    warnings.push_back("the list has no MD5 of " + human_count(result.unverified, "file") +
                       ", so that only sizes could be verified");
  if (result.archives != 0)
    warnings.push_back(human_count(result.archives, "archive") +
                       " published as a file; clients do not unpack what is in a native release");
  return warnings;
}

/// Says how it went; `more` is added to the JSON object.
template <class ImportResult>
int report(const PublishArguments& arguments, const Result<ImportResult>& result,
           const std::string& why, boost::json::object more) {
  if (!result) {
    print_error(kName, why.empty() ? result.error().message() : why);
    return kFailed;
  }
  const auto warnings = warnings_of(*result);
  arguments.print_warnings(warnings);
  if (arguments.json) {
    auto summary = PublishArguments::summary(result->published, warnings);
    summary["left_out"] = result->left_out.size();
    summary["unlisted"] = result->unlisted.size();
    for (const auto& member : more) summary[member.key()] = member.value();
    print_json(summary);
  } else if (!arguments.quiet) {
    PublishArguments::print_lines(result->published);
  }
  return kDone;
}

int import_layadcc(PublishArguments& arguments, bool skip_damaged) {
  std::unique_ptr<LayaDownload> download;
  if (const std::string source = arguments.options.directory;
      source.find("://") != std::string::npos) {
    download = LayaDownload::open(kName, arguments.options.origin);
    if (!download || !download->fetch(source, skip_damaged, arguments.quiet)) return kFailed;
    arguments.options.directory = download->folder();
  }
  std::string why;
  const auto result = arguments.run([&] {
    return publish::import_layadcc({arguments.options, skip_damaged}, &why);
  });
  return report(arguments, result, why, {{"layadcc_id", result ? result->id : ""}});
}

int import_list(PublishArguments& arguments, publish::ListImport import) {
  std::string why;
  const auto result = arguments.run([&] {
    import.publish = arguments.options;
    return publish::import_list(import, &why);
  });
  return report(arguments, result, why,
                {{"listed_version", result ? result->version : ""},
                 {"unverified", result ? result->unverified : 0},
                 {"archives", result ? result->archives : 0}});
}

}  // namespace

int run_import(Arguments words) {
  if (!words.empty() && (words.front() == "cachelist" || words.front() == "storage"))
    return run_import_cache(words);
  CLI::App app(
      "Publishes what another tool has packed as a native release: every file is verified first, "
      "and nothing is published if one is wrong.\n"
      "`layadcc`: SRC is an origin of LayaDCC (a directory or its URL) or a cache directory; its "
      "files keep the names by which clients ask for them.\n"
      "`cocos`, `flist`: SRC is a directory that is published with project.manifest, for Cocos "
      "Creator's hot update, or with flist, for the launchers of quick-cocos2d-x.\n"
      "ORIGIN may be SRC itself.\n"
      "`larder import cachelist --help`, `larder import storage --help`: what an old client has "
      "downloaded, into a store.");
  PublishArguments arguments(kName, "verifying");
  std::string format;
  publish::ListImport import;
  app.add_option("FORMAT", format, "layadcc, cocos or flist")
      ->required()
      ->check(CLI::IsMember({"layadcc", "cocos", "flist"}).description(""))
      ->type_name("");
  app.add_option("SRC", arguments.options.directory, "what to import")->required()->type_name("");
  arguments.add_to(app);
  app.add_option("--list", import.list,
                 "cocos, flist: the list, if it is not SRC/project.manifest or SRC/flist")
      ->type_name("F");
  XxteaOptions xxtea;
  std::string xxtea_key_file;
  app.add_option("--xxtea-key-file", xxtea_key_file,
                 "cocos, flist: the list is hidden with the key in this file")
      ->type_name("F");
  app.add_option("--xxtea-sign", xxtea.sign, "what a hidden list begins with (default XXTEA)")
      ->type_name("S");
  app.add_flag("--skip-damaged", import.skip_damaged,
               "leave out what cannot be verified, with a warning; it is an error otherwise");
  if (const auto status = parse(app, kName, words)) return *status;
  if (format == "layadcc" && !import.list.empty()) {
    print_error(kName, "--list is for cocos and flist", "leave it out");
    return kWrongUsage;
  }
  if (!arguments.check()) return kWrongUsage;
  if (!arguments.read_keys()) return kFailed;
  if (!xxtea_key_file.empty()) {
    auto key = read_small_file(kName, xxtea_key_file);
    if (!key) return kFailed;
    while (key->ends_with('\n') || key->ends_with('\r')) key->pop_back();
    xxtea.key = std::move(*key);
    import.read_filter = xxtea_filter(std::move(xxtea));
  }
  if (format == "layadcc") return import_layadcc(arguments, import.skip_damaged);
  import.format = format == "cocos" ? publish::ListFormat::cocos : publish::ListFormat::flist;
  return import_list(arguments, std::move(import));
}

}  // namespace larder::tool
