// larder verify: looks at every byte of a store, and mends it.
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <utility>

#include "command_line.h"
#include "digest/hex.h"
#include "output.h"
#include "store/verify.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "verify";

boost::json::object to_json(const store::Finding& finding) {
  boost::json::object object{{"kind", store::name_of(finding.kind)}, {"mended", finding.mended}};
  if (finding.segment != 0) object["segment"] = finding.segment;
  if (finding.object) object["object"] = digest::to_hex(finding.object->bytes);
  if (finding.count != 0) object["count"] = finding.count;
  return object;
}

int say_why_not(const std::string& directory, std::error_code error) {
  if (error == errc::not_found)
    print_error(kName, "there is no store in " + directory,
                "--store names the directory that `larder get --store` was given");
  else
    print_error(kName, directory, error);
  return kFailed;
}

std::string verdict(const store::VerifyReport& report) {
  std::string said = human_count(report.objects, "object") + " in " +
                     human_count(report.segments, "segment") + ", " + human_bytes(report.bytes) +
                     " read: ";
  if (report.findings == 0) return said + "nothing is wrong";
  said += human_count(report.findings, "finding") + ", ";
  if (report.mended == report.findings) return said + "all mended";
  return said + human_count(report.mended) + " mended";
}

}  // namespace

int run_verify(Arguments words) {
  CLI::App app(
      "Checks a store: every object by its SHA-256, the index, the segment files. The store may be "
      "in use. Exit status 1 if anything is wrong and not mended.");
  store::VerifyOptions options;
  bool json = false;
  app.add_option("--store", options.directory, "directory of the store")
      ->required()
      ->type_name("DIR");
  app.add_flag(
      "--repair", options.repair,
      "mend it: forget damaged objects, which are fetched again when they are needed; take "
      "in whole ones that the index does not know; remove files that are of no use");
  app.add_flag("--json", json, "one JSON object");
  if (const auto status = parse(app, kName, words)) return *status;

  boost::json::array findings;
  std::optional<Progress> progress;
  options.found = [&](const store::Finding& finding) {
    if (json) {
      findings.push_back(to_json(finding));
    } else {
      if (progress) progress->wipe();
      print_line(store::describe(finding) + (finding.mended ? "; mended" : ""));
    }
  };
  constexpr int kMiB = 20;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (!progress) progress.emplace("MiB verified", total >> kMiB);
    progress->show(done >> kMiB);
  };
  const auto report = store::verify(options);
  progress.reset();
  if (!report) return say_why_not(options.directory, report.error());
  if (json)
    print_json({{"store", options.directory},
                {"objects", report->objects},
                {"bytes", report->bytes},
                {"segments", report->segments},
                {"findings", std::move(findings)},
                {"mended", report->mended}});
  else
    print_line(verdict(*report));
  return report->mended == report->findings ? kDone : kFailed;
}

}  // namespace larder::tool
