// larder diff: what changed between two releases, and what that costs a client.
#include <charconv>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "command_line.h"
#include "digest/hex.h"
#include "filetable/delta_table.h"
#include "filetable/origin_names.h"
#include "filetable/tree_compare.h"
#include "origin_reader.h"
#include "output.h"
#include "publish/prediction.h"
#include "trust/envelope.h"
#include "trust/head.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "diff";

using filetable::FileEntry;
using filetable::NamedEntry;
using filetable::PageReference;
using filetable::PageTree;

/// ORIGIN[#[CHANNEL][@VERSION]]
struct ReleaseName {
  std::string origin;
  std::string channel = "stable";
  std::optional<std::uint64_t> version;
};

std::optional<ReleaseName> parse_name(std::string_view text) {
  ReleaseName name;
  const std::size_t hash = text.rfind('#');
  name.origin = text.substr(0, hash);
  if (hash == std::string_view::npos) return name;
  text.remove_prefix(hash + 1);
  const std::size_t at = text.find('@');
  if (at != 0) name.channel = text.substr(0, at);
  if (!trust::is_channel_name(name.channel)) return std::nullopt;
  if (at == std::string_view::npos) return name;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + at + 1, end, name.version.emplace());
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return name;
}

/// A release that was found.
struct Found {
  ReleaseName name;
  std::shared_ptr<OriginReader> origin;
  trust::Head head;
  std::uint64_t version = 0;
  PageReference root;
};

/// Says on stderr what is wrong if there is no such release.
std::optional<Found> find_release(const std::string& text) {
  Found found;
  const auto name = parse_name(text);
  if (!name) {
    print_error(kName, text + " names no release",
                "write ORIGIN, ORIGIN#CHANNEL or ORIGIN#CHANNEL@VERSION");
    return std::nullopt;
  }
  found.name = *name;
  found.origin = OriginReader::open(kName, name->origin);
  if (!found.origin) return std::nullopt;
  const std::string path = filetable::head_path(name->channel);
  const std::string place = found.origin->base_url() + path;
  const auto [error, document] = found.origin->get(path, trust::Envelope::kMaxBytes);
  if (error) {
    print_error(kName, place, error);
    return std::nullopt;
  }
  std::string why;
  const auto envelope = trust::Envelope::parse(document, &why);
  auto head = envelope ? trust::Head::parse(envelope->text, &why) : std::nullopt;
  if (!head) {
    print_error(kName, place + " is no head: " + why);
    return std::nullopt;
  }
  found.head = std::move(*head);
  found.version = name->version.value_or(found.head.version);
  std::optional<trust::TableRef> table;
  if (found.version == found.head.version) table = found.head.table;
  for (const auto& previous : found.head.previous)
    if (previous.version == found.version) table = previous.table;
  if (!table) {
    print_error(kName, place + " does not remember version " + std::to_string(found.version));
    return std::nullopt;
  }
  found.root = {table->digest, static_cast<std::uint32_t>(table->bytes), table->files};
  return found;
}

/// Every content of a release.
Result<std::set<Digest>> contents_of(const PageTree& tree) {
  std::set<Digest> contents;
  filetable::TreeCursor cursor(tree);
  auto more = cursor.seek("");
  for (; more && *more; more = cursor.next()) contents.insert(cursor.entry().digest);
  if (!more) return more.error();
  return contents;
}

/// The deltas that lead from `before` to `after`, if the newer release's head names some.
Result<std::optional<filetable::DeltaTable>> deltas_between(const Found& before,
                                                            const Found& after) {
  std::optional<trust::ObjectRef> delta;
  if (after.version == after.head.version)
    for (const auto& previous : after.head.previous)
      if (previous.table.digest == before.root.digest) delta = previous.delta;
  if (!delta) return std::optional<filetable::DeltaTable>();
  auto blob = after.origin->object(delta->digest, delta->bytes);
  if (!blob) return blob.error();
  auto table = filetable::DeltaTable::parse(std::move(*blob));
  if (!table) return table.error();
  return std::optional(std::move(*table));
}

struct Comparison {
  filetable::TreeDifference difference;
  publish::Prediction prediction;
};

Result<Comparison> compare(const Found& before, const Found& after) {
  // What is not changed may be elsewhere in the older release, which is read as a whole for that.
  if (const auto read = before.origin->read_all(before.root); !read) return read.error();
  auto difference =
      filetable::compare_trees(before.root, after.root, *before.origin, *after.origin);
  if (!difference) return difference.error();
  const PageTree tree(before.root, before.origin);
  const auto held = contents_of(tree);
  if (!held) return held.error();
  const auto deltas = deltas_between(before, after);
  if (!deltas) return deltas.error();
  Comparison comparison;
  comparison.prediction =
      publish::predict(*difference, tree, *deltas ? &**deltas : nullptr,
                       [&](const Digest& digest) { return held->contains(digest); });
  comparison.difference = std::move(*difference);
  return comparison;
}

boost::json::object facts(std::string_view what, std::string_view path, const FileEntry& entry) {
  return {{"change", what},
          {"path", path},
          {"size", entry.size_bytes},
          {"digest", digest::to_hex(entry.digest.bytes)}};
}

void print_json_lines(const Comparison& comparison) {
  const auto& difference = comparison.difference;
  for (const NamedEntry& added : difference.added)
    print_json(facts("added", added.path, added.entry));
  for (const auto& changed : difference.changed) {
    auto line = facts("changed", changed.path, changed.after);
    line["old_size"] = changed.before.size_bytes;
    line["content"] = changed.before.digest != changed.after.digest;
    print_json(line);
  }
  for (const auto& [from, moved] : difference.moved) {
    auto line = facts("moved", moved.path, moved.entry);
    line["from"] = from;
    print_json(line);
  }
  for (const NamedEntry& removed : difference.removed)
    print_json(facts("removed", removed.path, removed.entry));
  const publish::Prediction& sum = comparison.prediction;
  print_json({{"summary",
               {{"added", difference.added.size()},
                {"changed", difference.changed.size()},
                {"removed", difference.removed.size()},
                {"moved", difference.moved.size()},
                {"download_bytes", sum.total_bytes()},
                {"content_bytes", sum.content_bytes},
                {"index_bytes", sum.index_bytes},
                {"delta_table_bytes", sum.table_bytes},
                {"joint_patch_bytes", sum.joint_bytes},
                {"patches", sum.patches},
                {"objects", sum.objects},
                {"pages_read", difference.pages_read}}}});
}

void print_lines(const Comparison& comparison) {
  const auto& difference = comparison.difference;
  for (const NamedEntry& added : difference.added) print_line("A " + added.path);
  for (const auto& changed : difference.changed) print_line("C " + changed.path);
  for (const auto& [from, moved] : difference.moved) print_line("M " + from + " -> " + moved.path);
  for (const NamedEntry& removed : difference.removed) print_line("R " + removed.path);
  const publish::Prediction& sum = comparison.prediction;
  print_line(human_count(difference.added.size()) + " added, " +
             human_count(difference.changed.size()) + " changed, " +
             human_count(difference.moved.size()) + " moved, " +
             human_count(difference.removed.size()) + " removed");
  print_line(
      human_bytes(sum.total_bytes()) + " to download: " + human_bytes(sum.content_bytes) +
      " of content, " + human_bytes(sum.index_bytes + sum.table_bytes) + " of index" +
      (sum.joint_bytes != 0 ? ", " + human_bytes(sum.joint_bytes) + " of a joint patch" : "") +
      "; " + human_count(sum.patches) + " patches, " + human_count(sum.objects, "whole object"));
}

}  // namespace

int run_diff(Arguments words) {
  CLI::App app(
      "Compares two releases: A(dded), C(hanged), M(oved), R(emoved) files, and what a client "
      "downloads that has all of the first and comes to have all of the second.\n"
      "A release is ORIGIN, ORIGIN#CHANNEL or ORIGIN#CHANNEL@VERSION; ORIGIN is a directory or a "
      "URL. Contents are not fetched, and nobody's signature is asked for.");
  std::string before_name;
  std::string after_name;
  bool json = false;
  app.add_option("BEFORE", before_name, "the older release")->required()->type_name("");
  app.add_option("AFTER", after_name, "the newer release")->required()->type_name("");
  app.add_flag("--json", json, "one JSON object for each file, then {\"summary\":…}");
  if (const auto status = parse(app, kName, words)) return *status;
  const auto before = find_release(before_name);
  if (!before) return kFailed;
  const auto after = find_release(after_name);
  if (!after) return kFailed;
  const auto comparison = compare(*before, *after);
  if (!comparison) {
    print_error(kName, before_name + " and " + after_name, comparison.error());
    return kFailed;
  }
  if (json)
    print_json_lines(*comparison);
  else
    print_lines(*comparison);
  return kDone;
}

}  // namespace larder::tool
