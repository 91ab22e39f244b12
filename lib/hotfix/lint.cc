#include "hotfix/lint.h"

#include <algorithm>
#include <memory>

#include "hotfix/machine.h"

namespace larder::hotfix {
namespace {

class Critic final : public Host {
 public:
  explicit Critic(const Names& names) : names_(names) {}
  [[nodiscard]] const Names& names() const noexcept override { return names_; }
  std::string repatch(unsigned, unsigned, int) override { return "nothing runs here"; }
  bool forgives(const std::string& complaint) override {
    complaints.push_back(complaint);
    return true;
  }
  void print(std::string_view) override {}

  std::vector<std::string> complaints;

 private:
  const Names& names_;
};

}  // namespace

Lint lint(const std::vector<Script>& scripts, const Names& names) {
  Lint result;
  Critic critic(names);
  const auto machine = Machine::start({}, critic);
  if (!machine) {
    result.problems.emplace_back("no memory");
    return result;
  }
  PatchSet set;
  set.scripts = scripts;
  std::vector<Staged> staged;
  std::string why;
  const bool is_loaded = machine->stage(set, staged, why);
  result.problems = critic.complaints;
  if (!is_loaded) result.problems.push_back(why);
  for (const Staged& one : staged) result.points.push_back(one.point);
  std::sort(result.points.begin(), result.points.end());
  result.points.erase(std::unique(result.points.begin(), result.points.end()), result.points.end());
  return result;
}

}  // namespace larder::hotfix
