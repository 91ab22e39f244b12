// Options: how a Vfs is opened, and how a single read behaves.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/content_key.h>
#include <larder/error.h>
#include <larder/event.h>
#include <larder/log.h>
#include <larder/network.h>
#include <larder/read_filter.h>

namespace larder {

/// What the local store checks when a process uses an object for the first time; later uses cost
/// nothing. What comes in is always held against its checksum and named by its SHA-256.
enum class FirstUse : std::uint8_t {
  none,    ///< the record's header only: damage of the disk goes unnoticed
  fast,    ///< XXH3-64: finds accidents, at about the speed of memory
  sha256,  ///< finds edits, too
};

/// How an origin lays out its content.
enum class Layout {
  automatic,  ///< found out from the bundle, the store, or the origin
  laya,       ///< LayaDCC: `update/assetsid.txt`, `update/filetable.bin`, plain files
  native,     ///< signed releases: `heads/<channel>.json`, objects named by digest
  cocos,      ///< Cocos Creator's hot update: `version.manifest`, `project.manifest`, plain files
  flist,      ///< quick-cocos2d-x: `flist`, perhaps `version`, plain files
};

/// Whose keys count where a list has them for several.
enum class Platform { android, ios };

/// Which redirects are followed. A refused one ends in errc::refused_redirect.
enum class Redirects {
  refuse,       ///< none
  same_origin,  ///< same scheme, host and port
  same_scheme,  ///< any host, but never from https to http
};

/// When the origin is asked whether it has a newer filetable.
enum class RefreshAt {
  open,    ///< in Vfs::open(), for at most Options::refresh_timeout, and at refresh()
  demand,  ///< at refresh() only; open() asks only if no table is known locally
};

/// Content arrived whose checksum is not the one that the table names.
struct DamageReport {
  std::string path;
  std::string url;
  std::string expected;            ///< checksum that the table names, hex
  std::string actual;              ///< checksum of what arrived, hex
  std::uint64_t length_bytes = 0;  ///< of what arrived
  std::string local_id;            ///< id of the table in use
  std::string server_id;           ///< id that the origin last announced
};

/// Rules of LayaDCC origins. Names and defaults follow the original runtime.
struct LayaOptions {
  /// Look paths up in lower case (for tables packed with `-lwr`).
  bool lower_case = false;
  /// `path?<version_key>=<v>`: the stored copy is good if it was stored under the same `v`; `0`
  /// means that the table decides. Empty: every query string bypasses the table.
  std::string version_key;
  /// Other base URLs and path prefixes that mean the same content: {from, to}. First match wins.
  std::vector<std::pair<std::string, std::string>> translations;
  /// Last word on the URL of a download. Called on any thread; must not block.
  std::function<std::string(std::string url)> rewrite_url;
  /// Hand out content that fails its checksum, once and unstored, instead of errc::damaged.
  /// The original does this. Off by default: wrong bytes are worse than none.
  bool hand_out_damaged = false;
  /// Memory for content outside the table that HTTP allows to reuse during this program run.
  std::uint64_t transient_bytes = 32u << 20;
};

/// Rules of origins that publish a list of files: Layout::cocos and Layout::flist.
/// docs/lists.md has the protocols.
struct ListOptions {
  /// Whether who has version `held` is to take `offered`. Empty: the rule of the original: with
  /// Cocos manifests a higher version, with flists any other one. Called on any thread.
  std::function<bool(std::string_view held, std::string_view offered)> is_update;
  Platform platform = Platform::android;
  /// Of this app, as flists count apps. Lists for an older app are dropped, those for a newer one
  /// are not taken over (ReleaseInfo::held_back). Unset: that of the package's list.
  std::optional<std::int64_t> app_version;
  /// A path that the newest list does not name is looked for in the package's list, as the
  /// originals did. Off: what was removed is gone.
  bool package_shows_through = false;
  /// Look `a.png` up in the directories that a Cocos manifest's `searchPaths` name, in their order,
  /// and then as `a.png`, as the original does. Listings and globs have files where they are.
  bool search_paths = true;
};

/// TLS for https origins. Verification of chain and host name cannot be switched off by accident:
/// there is no such option.
struct TlsOptions {
  std::string ca_file;  ///< PEM bundle to trust instead of the system's; empty: the system's
  /// Public keys, as `sha256//BASE64` or `sha256/BASE64` of a SubjectPublicKeyInfo. If there are
  /// any, each https server that is asked, mirrors and targets of redirects included, must have a
  /// verified chain with one of them: its own, that of its authority, or one between. Otherwise
  /// errc::not_pinned. Pin one that is kept in reserve, too.
  std::vector<std::string> pins;
};

/// Who may say what the releases of a native origin are, and which of them is wanted.
/// docs/release-format.md has the rules.
struct TrustOptions {
  /// Ed25519 public keys: PEM, or 64 hex digits; or one root document (JSON) that came with the
  /// app. With keys or a root document, the origin is taken for a native one, whatever it answers.
  std::vector<std::string> keys;
  /// How many of the keys must have signed. A root document has its own threshold.
  unsigned threshold = 1;
  /// Believe heads that nobody has signed. Only with no keys: whoever can answer for the origin
  /// then decides what the app gets.
  bool allow_unsigned = false;
  /// Take over new releases whose head has expired. Versions that go back are refused all the same.
  bool allow_expired = false;
  /// Of the origin's channels.
  std::string channel = "stable";
  /// Of this app, as "1.10.2": releases that need a newer one are not taken over. Empty: all are.
  std::string app_version;
};

struct Options {
  /// `http://…`, `https://…`, `file://…` or a directory: what publishes the content. Empty: a
  /// stand-alone package that never uses the network.
  std::string origin;
  /// Further base URLs that publish the same content. Whichever is quick and does not fail is asked
  /// first, the origin when there is no clear difference; the others when that one fails.
  std::vector<std::string> mirrors;
  /// Directory of the local store; made if missing. Empty: nothing is kept between runs.
  std::string store;
  /// The store's check of an object's bytes at its first use in a process.
  FirstUse first_use = FirstUse::fast;
  /// What the store may take on disk; 0: no limit. Half to two thirds of it is content. When it is
  /// full, what is worth least goes; see docs/eviction.md. Processes that share a store give the
  /// same.
  std::uint64_t store_quota_bytes = 0;
  /// Content shipped with the app, best first: files that `larder bundle` wrote, for native
  /// origins; LayaDCC directories, for those and LayaDCC's: the one that has `filetable.bin`, or
  /// the
  /// `-cout` folder above it; for origins with lists, directories that have such a list.
  std::vector<std::string> bundles;
  Layout layout = Layout::automatic;
  /// A path that is not listed means the listed file from which it differs in letter case only;
  /// errc::ambiguous if there are several, which explain() names. A file that is listed exactly so
  /// always comes first. Costs nothing for exact names; others read the directories on the way, a
  /// name that is not there each time. Of list() and globs the case matters all the same. LayaDCC
  /// tables have no names: needs `allfiles.txt`, from the bundle or the origin, see docs/laya.md.
  bool ignore_case = false;

  /// Never use the network; what is not local is errc::offline.
  bool offline = false;
  RefreshAt refresh_at = RefreshAt::open;
  /// Have a thread of the Vfs call refresh() again and again, with this pause between; at least a
  /// second. Zero: never.
  std::chrono::seconds refresh_every{0};
  /// How long open() waits for the origin when a usable table is already local.
  std::chrono::milliseconds refresh_timeout{5000};

  std::chrono::milliseconds connect_timeout{10000};
  /// Longest silence of an origin in the middle of an answer.
  std::chrono::milliseconds idle_timeout{20000};
  /// No single file is larger than this; an origin that sends more is cut off.
  std::uint64_t max_file_bytes = std::uint64_t{16} << 30;
  /// Connections kept to one host.
  unsigned connections_per_host = 16;
  /// How often one file is tried at each mirror before its error is reported. At least 1. A try
  /// that gets on after one that broke off counts as the first.
  unsigned attempts = 3;
  /// No further try of a file begins later than that after the first one.
  std::chrono::milliseconds retry_for{30000};
  /// With mirrors: when an answer is later than 95 of the last 100 were, the next mirror is asked
  /// as well, and whoever answers first serves. Up to 5 % more requests; not for Priority::low, nor
  /// while `network` limits bytes.
  bool hedge = false;
  Redirects redirects = Redirects::same_origin;
  /// Empty: the proxies that the process's environment names when the Vfs is opened (http_proxy,
  /// https_proxy, all_proxy, no_proxy; see docs/network.md). "none": servers are asked directly.
  /// `http://[user:password@]host[:port]`: an HTTP proxy for all http and https requests.
  std::string proxy;
  TlsOptions tls;
  /// Vfs::set_network_policy() changes it later.
  NetworkPolicy network;
  LayaOptions laya;
  ListOptions lists;
  TrustOptions trust;
  /// What the program itself is made of (launcher, scripts): paths, or globs as prefetch() has
  /// them. A newer release is taken over only when these files of it are in the store, so that it
  /// never begins with old code or waits for it. See on_restart, and docs/bootstrap.md.
  std::vector<std::string> bootstrap;
  /// A newer release is in use, and these files of `bootstrap` are not what they were, or gone:
  /// full paths. What was made of them is to be made anew. Called as callbacks of asynchronous
  /// reads are, and told in Refreshed::restart_with; open() and mount() call nothing, for nobody
  /// has read there before.
  std::function<void(const std::vector<std::string>& paths)> on_restart;

  /// Applied to whatever is read, and to the lists of origins with lists. What is stored, verified
  /// and measured (Stat::size_bytes) is the content as it was published. Files are read as a whole
  /// first. Empty: content is handed out as it is.
  ReadFilter read_filter;
  /// Keys of encrypted content, see docs/encryption.md. Empty: it cannot be read.
  ContentKeys content_keys;

  /// Runs callbacks of asynchronous reads: a function that takes a task and arranges that it is run
  /// (on the game's main thread, say). Empty: a thread of the Vfs.
  std::function<void(std::function<void()>)> post;
  /// Lines for people. Called on any thread; must not block or call back into the Vfs.
  std::function<void(LogLevel, std::string_view)> on_log;
  /// Called for every body that fails its checksum. Same rules as on_log.
  std::function<void(const DamageReport&)> on_damage;
  /// Called for every step of every download. Same rules as on_log.
  std::function<void(const Event&)> on_event;
};

/// What one read cost. Filled when the read ends, also when it failed.
struct ReadReport {
  std::uint64_t wire_bytes = 0;  ///< bytes downloaded for it; 0 if another read led the download
  std::uint32_t requests = 0;    ///< requests sent for it
};

struct ReadOptions {
  /// Longest wait; the read then ends with errc::timed_out. Zero: no limit of its own.
  std::chrono::milliseconds timeout{0};
  /// The download's place in line, and the class of the content if this read stores it: what is
  /// stored keeps its class.
  Priority priority = Priority::normal;
  /// After the timeout the download goes on, for the store and for who asks later.
  bool keep_fetching = false;
  /// Filled before the read returns or its callback is called. Not owned; must live until then.
  ReadReport* report = nullptr;
};

struct TryReadOptions {
  /// Begin to download what is not local. The read ends with errc::would_fetch all the same; ask
  /// again later. Content that would not be kept is not downloaded.
  bool start_fetching = false;
  Priority priority = Priority::normal;
};

}  // namespace larder
