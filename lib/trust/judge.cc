#include "trust/judge.h"

#include <algorithm>
#include <span>
#include <utility>

#include "digest/hash.h"
#include "trust/version_text.h"

namespace larder::trust {
namespace {

std::error_code fail(std::string* why, errc code, std::string sentence) {
  if (why) *why = std::move(sentence);
  return code;
}

}  // namespace

Result<Judgement> judge(std::string_view document, const Expectation& expected, const State& state,
                        Time now, std::string* why) {
  const auto envelope = Envelope::parse(document, why);
  if (!envelope) return errc::bad_head;
  if (!expected.unsigned_too && !is_signed_by(*envelope, expected.root.head))
    return fail(why, errc::bad_signature,
                "fewer than " + std::to_string(expected.root.head.threshold) +
                    " of the trusted keys have signed the head");
  auto head = Head::parse(envelope->text, why);
  if (!head) return errc::bad_head;
  if (head->channel != expected.channel)
    return fail(why, errc::bad_head,
                "the head is of channel " + head->channel + ", not of " + expected.channel);
  if (head->version < state.floor_version)
    return fail(why, errc::rolled_back,
                "the head is of version " + std::to_string(head->version) + ", but version " +
                    std::to_string(state.floor_version) + " was seen before");
  const bool same = head->version == state.floor_version;
  if (same && head->table.digest != state.floor_table)
    return fail(why, errc::rolled_back,
                "version " + std::to_string(head->version) + " had other content before");
  Judgement judgement;
  judgement.news = same ? News::same : News::newer;
  judgement.expired = is_expired(*head, time_now(state, now));
  judgement.head = std::move(*head);
  return judgement;
}

std::uint64_t root_version_asked_for(std::string_view document) {
  const auto envelope = Envelope::parse(document, nullptr);
  const auto head = envelope ? Head::parse(envelope->text, nullptr) : std::nullopt;
  return head ? head->root_version : 0;
}

void raise_floors(State& state, const Head& head) {
  if (head.version < state.floor_version) return;
  state.floor_version = head.version;
  state.floor_table = head.table.digest;
  state.floor_time = std::max(state.floor_time, head.published);
}

void take_root(State& state, const Root& before, const Root& after, std::string document) {
  state.root = std::move(document);
  if (before.head == after.head) return;
  state.floor_version = 0;
  state.floor_table = {};
  state.floor_time = {};
  state.etag.clear();
}

Time time_now(const State& state, Time system) {
  return std::max(state.floor_time, system);
}

bool is_expired(const Head& head, Time now) noexcept {
  return head.expires && now > *head.expires;
}

bool takes_part(const Head& head, std::string_view install) {
  if (head.rollout >= 100) return true;
  const std::string text = std::string(install) + "\n" + head.name + "\n" + head.channel + "\n" +
                           std::to_string(head.version);
  const Digest digest = digest::sha256(std::as_bytes(std::span(text)));
  std::uint64_t draw = 0;
  for (std::size_t i = 0; i < 8; ++i)
    draw = draw << 8 | std::to_integer<std::uint64_t>(digest.bytes[i]);
  return draw % 100 < head.rollout;
}

bool app_is_new_enough(const Head& head, std::string_view app_version) noexcept {
  return head.min_app.empty() || !is_app_version(app_version) ||
         compare_app_versions(app_version, head.min_app) >= 0;
}

}  // namespace larder::trust
