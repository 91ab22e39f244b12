// Prefetch::Impl: walks through a list of paths and keeps some downloads in the air.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <larder/prefetch.h>

#include "fetch/corridor.h"
#include "fetch/flights.h"
#include "larder/joint_plan.h"
#include "larder/pace.h"
#include "larder/survey.h"
#include "larder/view.h"
#include "sys/clock.h"
#include "vfs/path_rules.h"

namespace larder {

/// Where a job does its work.
struct PrefetchPlace {
  std::shared_ptr<void> owner;  ///< of all that follows
  fetch::Corridor* corridor;
  sys::Clock* clock;
  const vfs::PathRules* rules;
  std::function<void(std::function<void()>)> work;  ///< runs a task soon, one after the other
  std::function<void(std::function<void()>)> call;  ///< runs a callback of the user's
};

/// All work is done on the worker's thread, some files at a time, so that others get their turn.
class Prefetch::Impl : public std::enable_shared_from_this<Prefetch::Impl> {
 public:
  Impl(PrefetchPlace place, std::shared_ptr<const View> view, std::vector<std::string> paths,
       PrefetchOptions options);

  void start();
  void pause();
  void resume();
  /// Also when the Vfs closes: the job touches no content after that.
  void cancel();
  /// As cancel(), unless the handle was detached.
  void let_go();
  void detach();
  void set_priority(Priority priority);
  [[nodiscard]] PrefetchProgress progress();
  Result<PrefetchProgress> wait(std::chrono::milliseconds timeout);

 private:
  using Ending = std::uint64_t PrefetchProgress::*;

  /// Has step() run soon.
  void wake();
  void step();
  /// Looks at some files before any of them is fetched, for PrefetchProgress::total_bytes. False:
  /// there is none left.
  bool survey_some();
  /// Begins with what stands for many of the files.
  void fetch_joints();
  void joint_landed(std::size_t index, const std::shared_ptr<const Release>& release,
                    const fetch::Landing& landing);
  [[nodiscard]] bool can_start() const;
  /// False: there is nothing to do now.
  bool start_next();
  void look_at(std::size_t index, Priority priority);
  void board(std::size_t index, const std::shared_ptr<const Release>& release, const Entry& entry,
             Priority priority, fetch::LandingCallback callback);
  /// A page of the table came in, or did not: looks at the path once more.
  void page_landed(std::size_t index, const Release& release, const Entry& page,
                   const fetch::Landing& landing);
  void landed(std::size_t index, const fetch::Landing& landing);
  void ended(Ending ending, const std::string& path, std::error_code error);
  void finish();
  /// Looks at the job ten times a second until it is paused or over.
  void tick();
  void tell();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] PrefetchProgress progress_now();

  const PrefetchPlace place_;
  const std::shared_ptr<const View> view_;
  const std::vector<std::string> paths_;
  const PrefetchOptions options_;

  Survey survey_;         ///< used by the worker's thread only, as the next two
  JointPlan joint_plan_;  ///< of the files seen by survey_some() before anything is downloaded
  std::vector<JointPlan::Download> joints_;  ///< chosen, and not begun

  /// Held while one download boards; taken before mutex_. Recursive: a callback of the user's may
  /// run inside, and cancel.
  std::recursive_mutex boarding_;
  std::mutex mutex_;
  std::condition_variable over_;
  Priority priority_;              ///< guarded by mutex_, as all below
  std::size_t surveyed_ = 0;       ///< of paths_: have been looked at
  std::size_t next_ = 0;           ///< of paths_, below surveyed_
  std::deque<std::size_t> again_;  ///< of paths_: to be looked at once more
  bool planning_ = true;           ///< nothing is downloaded before joint_plan_ is made
  std::size_t joints_in_air_ = 0;  ///< or being unpacked: files wait for them
  bool awake_ = false;             ///< step() is posted or runs
  bool ticking_ = false;           ///< tick() is going to run
  bool telling_ = false;           ///< a call of on_progress is posted
  bool cancelled_ = false;
  bool detached_ = false;
  PrefetchProgress progress_;  ///< but for what changes with time
  /// By index of the path, behind them of joints; an empty ticket: still boarding.
  std::map<std::size_t, fetch::Ticket> in_air_;
  Pace pace_;
};

}  // namespace larder
