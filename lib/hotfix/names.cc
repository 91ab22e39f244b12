#include "hotfix/names.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace larder::hotfix {
namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Without blanks that mean nothing.
std::string squeezed(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != ' ') {
      out += name[i];
      continue;
    }
    const std::size_t next = name.find_first_not_of(' ', i);
    if (!out.empty() && next != name.npos && (is_word(out.back()) || out.back() == ')') &&
        is_word(name[next]))
      out += ' ';
    if (next == name.npos) break;
    i = next - 1;
  }
  return out;
}

/// Where the parameter types begin; the end if there are none. "operator()(int)" has its own.
std::size_t parameters_of(std::string_view name) noexcept {
  const std::size_t call = name.find("operator()");
  const std::size_t open = name.find('(', call == name.npos ? 0 : call + 10);
  return std::min(open, name.size());
}

/// How many letters differ; at most `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() >= limit) return limit;
  std::vector<std::size_t> row(a.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t j = 1; j <= b.size(); ++j) {
    std::size_t diagonal = std::exchange(row[0], j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[i], std::min({row[i] + 1, row[i - 1] + 1, change}));
    }
  }
  return std::min(row[a.size()], limit);
}

}  // namespace

Names::Names(std::vector<std::string> names) : names_(std::move(names)) {
  const auto add = [](Map& map, std::string key, unsigned point) {
    auto& points = map[std::move(key)];
    if (points.empty() || points.back() != point) points.push_back(point);
  };
  for (unsigned point = 0; point < names_.size(); ++point) {
    const std::string name = squeezed(names_[point]);
    const std::size_t parameters = parameters_of(name);
    add(exact_, name, point);
    add(exact_, name.substr(0, parameters), point);
    const std::size_t scope_end = name.find_first_of("<.(");
    for (std::size_t at = 0; (at = name.find("::", at)) < scope_end;) {
      at += 2;
      add(short_, name.substr(at), point);
      add(short_, name.substr(at, parameters - at), point);
    }
  }
  // The `const` of a member function is needed only to tell it from one without.
  for (unsigned point = 0; point < names_.size(); ++point) {
    std::string name = squeezed(names_[point]);
    if (!name.ends_with(" const")) continue;
    name.resize(name.size() - 6);
    if (exact_.contains(name) || short_.contains(name)) continue;
    add(exact_, name, point);
    const std::size_t scope_end = name.find_first_of("<.(");
    for (std::size_t at = 0; (at = name.find("::", at)) < scope_end;)
      if (at += 2; !short_.contains(name.substr(at))) add(short_, name.substr(at), point);
  }
}

const std::vector<unsigned>& Names::find(std::string_view name) const {
  static const std::vector<unsigned> none;
  const std::string key = squeezed(name);
  if (const auto found = exact_.find(key); found != exact_.end()) return found->second;
  if (const auto found = short_.find(key); found != short_.end()) return found->second;
  return none;
}

std::vector<std::string> Names::nearest(std::string_view name) const {
  const std::string wanted = squeezed(name);
  const std::string_view wanted_base = std::string_view(wanted).substr(0, parameters_of(wanted));
  const std::size_t limit = wanted_base.size() / 2 + 2;
  struct Near {
    std::size_t letters;     ///< that differ in the name
    std::size_t parameters;  ///< and behind it
    unsigned point;
    auto operator<=>(const Near&) const = default;
  };
  std::vector<Near> ranked;
  for (unsigned point = 0; point < names_.size(); ++point) {
    const std::string_view whole = names_[point];
    const std::string_view base = whole.substr(0, parameters_of(whole));
    std::string_view without = base;  // namespaces that the script left out do not count
    for (std::size_t at = 0; (at = without.find("::")) < without.find_first_of("<.(");)
      without.remove_prefix(at + 2);
    const std::size_t letters =
        std::min(distance(wanted_base, base, limit), distance(wanted_base, without, limit));
    if (letters == limit) continue;
    const std::string_view parameters = whole.substr(base.size());
    ranked.push_back(
        {letters, distance(wanted.substr(wanted_base.size()), parameters, whole.size()), point});
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 3); ++i)
    out.push_back(names_[ranked[i].point]);
  return out;
}

std::string Names::complain(std::string_view name) const {
  const auto listed = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& one : names) text += (text.empty() ? "" : ", ") + one;
    return text;
  };
  std::string text = "'" + std::string(name) + "' ";
  std::vector<std::string> several;
  for (const unsigned point : find(name)) several.push_back(names_[point]);
  if (!several.empty())
    return text + "may mean " + listed(several) + "; name one, or patch all with hf.all";
  text += "is no hotfix point";
  const auto near = nearest(name);
  return near.empty() ? text : text + "; near it are " + listed(near);
}

}  // namespace larder::hotfix
