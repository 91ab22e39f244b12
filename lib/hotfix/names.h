// Names: from what a script writes to the points that it means.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace larder::hotfix {

/// The names of all points. A name may leave out namespaces from the left, and the parameter types:
/// "game::Enemy.damage(int)" is also "Enemy.damage(int)", "game::Enemy.damage" and "Enemy.damage".
/// Threads: reading from any.
class Names {
 public:
  /// `names[i]` is the full name of point i.
  explicit Names(std::vector<std::string> names);

  /// The points that `name` may mean: those that it is the full name of; if there are none, those
  /// that it is a shorter name of.
  [[nodiscard]] const std::vector<unsigned>& find(std::string_view name) const;
  /// Why `name` does not mean one point: what it may mean, or the names that are near.
  [[nodiscard]] std::string complain(std::string_view name) const;

  [[nodiscard]] const std::string& full(unsigned point) const { return names_[point]; }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

 private:
  using Map = std::unordered_map<std::string, std::vector<unsigned>>;
  [[nodiscard]] std::vector<std::string> nearest(std::string_view name) const;

  std::vector<std::string> names_;
  Map exact_;
  Map short_;
};

}  // namespace larder::hotfix
