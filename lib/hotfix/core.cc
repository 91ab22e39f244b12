#include "hotfix/core.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "hotfix/original.h"

namespace larder::hotfix {
namespace {

/// Of the one Runtime that runs.
std::atomic<bool> there_is_one{false};
std::atomic<std::uint64_t> last_id{0};

/// Threads that are not the owner mark that they use a Binding; the end of a Runtime waits for
/// them.
struct alignas(64) Stripe {
  std::atomic<std::uint64_t> inside{0};
};
Stripe stripes[16];
std::atomic<unsigned> next_stripe{0};

Stripe& my_stripe() noexcept {
  thread_local Stripe& mine = stripes[next_stripe.fetch_add(1, std::memory_order_relaxed) % 16];
  return mine;
}

class Inside {
 public:
  Inside() noexcept : stripe_(my_stripe()) { stripe_.inside.fetch_add(1); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { stripe_.inside.fetch_sub(1, std::memory_order_release); }

 private:
  Stripe& stripe_;
};

/// This thread owns the Runtime that runs, which therefore cannot end while the thread is in a
/// call.
constinit thread_local bool owns_runtime = false;

}  // namespace

bool Runtime::Core::perform(Binding& binding, const detail::Invocation& call) {
  switch (options_.threads) {
    case Threads::owner: break;
    case Threads::serialize: {
      std::unique_lock lock(machine_mutex_);
      return perform_in(*machine_, binding, call, &lock);
    }
    case Threads::per_thread:
      if (Machine* machine = local_machine()) return perform_in(*machine, binding, call, nullptr);
  }
  binding.elsewhere.fetch_add(1, std::memory_order_relaxed);
  return false;
}

inline bool Runtime::Core::perform_as_owner(Binding& binding, const detail::Invocation& call) {
  return perform_in(*machine_, binding, call, nullptr);
}

bool Runtime::Core::perform_in(Machine& machine, Binding& binding, const detail::Invocation& call,
                               std::unique_lock<std::mutex>* lock) {
  Frame frame{.call = call, .lock = lock};
  const Frame::Outcome outcome = machine.run(call.point.index, frame);
  if (outcome == Frame::Outcome::no_patch) return false;
  if (options_.threads == Threads::per_thread)
    binding.calls.fetch_add(1, std::memory_order_relaxed);
  else  // one thread at a time: no need for the price of an atomic addition
    binding.calls.store(binding.calls.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
  if (outcome == Frame::Outcome::done) return true;
  if (lock) lock->unlock();
  if (outcome == Frame::Outcome::threw) std::rethrow_exception(frame.thrown);
  report(binding, frame);
  return frame.ran_original;
}

namespace {

bool perform(const detail::Invocation& call) {
  if (owns_runtime) {
    detail::Binding* binding = call.point.binding.load(std::memory_order_acquire);
    return binding && binding->core.perform_as_owner(*binding, call);
  }
  const Inside inside;
  detail::Binding* binding = call.point.binding.load();
  return binding && binding->core.perform(*binding, call);
}

}  // namespace

namespace detail {

void run(const Invocation& call) {
  if (!perform(call)) run_original(call);
}

void run_before(Point& point, void* self) noexcept {
  void* const none = nullptr;
  perform({point, self, &none, nullptr});
}

void run_at_end(const Invocation& call, int exceptions) noexcept {
  if (std::uncaught_exceptions() <= exceptions) perform(call);
}

int uncaught_exceptions() noexcept {
  return std::uncaught_exceptions();
}

}  // namespace detail

/// A thread's own machine, with Threads::per_thread.
struct Runtime::Core::Local {
  std::uint64_t core = 0;
  std::uint64_t version = 0;
  std::unique_ptr<Machine> machine;
};

Runtime::Core::Core(Options options)
    : options_(std::move(options)),
      id_(++last_id),
      state_(options_.state_file),
      sets_(std::make_shared<Sets>()) {
  if (there_is_one.exchange(true)) {
    log(LogLevel::error, "hotfix: there is another Runtime; this one does nothing");
    return;
  }
  machine_ = Machine::start(
      {options_.memory_bytes, std::max(options_.instructions_per_call, 1), options_.watched_calls},
      *this);
  if (!machine_) {
    there_is_one = false;
    log(LogLevel::error, "hotfix: the machine cannot be started: memory_bytes is too small");
    return;
  }
  if (const std::string why = state_.load(); !why.empty())
    log(LogLevel::warning, "hotfix: " + why + "; what it remembered is lost");
  learn_points();
  owns_runtime = options_.threads == Threads::owner;
}

Runtime::Core::~Core() {
  if (!machine_) return;
  for (const auto& binding : bindings_)
    if (binding) binding->point.binding.store(nullptr);
  for (Stripe& stripe : stripes)
    while (stripe.inside.load() != 0) std::this_thread::yield();
  if (options_.threads == Threads::owner) owns_runtime = false;
  machine_.reset();
  there_is_one = false;
}

std::error_code Runtime::Core::refusal() const noexcept {
  if (!machine_) return errc::not_running;
  if (options_.threads == Threads::owner && std::this_thread::get_id() != owner_)
    return errc::wrong_thread;
  return {};
}

Machine* Runtime::Core::local_machine() {
  thread_local Local local;
  const std::uint64_t version = version_.load(std::memory_order_acquire);
  if (local.core == id_ && local.version == version) return local.machine.get();
  // A patch of this thread may be on the stack: its machine stays until the next call from outside.
  if (local.core == id_ && local.machine && local.machine->is_running()) return local.machine.get();
  std::shared_ptr<const Sets> sets;
  {
    const std::lock_guard lock(mutex_);
    sets = sets_;
  }
  local = {id_, version,
           Machine::start({options_.memory_bytes, std::max(options_.instructions_per_call, 1),
                           options_.watched_calls},
                          *this)};
  if (!local.machine) return nullptr;
  for (const auto& set : *sets) {
    std::vector<Staged> staged;
    std::string why;
    if (!local.machine->stage(*set, staged, why)) {
      log(LogLevel::error, "hotfix: " + set->id + " cannot be loaded on another thread: " + why);
      continue;
    }
    for (const Staged& one : staged) local.machine->bind(one.point, one.function);
  }
  return local.machine.get();
}

void Runtime::Core::report(Binding& binding, Frame& frame) noexcept try {
  Failure failure;
  failure.kind = frame.kind;
  failure.message = std::move(frame.message);
  failure.point = names().full(binding.point.index);
  const std::uint64_t failures = binding.failures.fetch_add(1, std::memory_order_relaxed) + 1;
  {
    const std::lock_guard lock(mutex_);
    if (binding.set) failure.patch = binding.set->id;
    binding.last_failure = failure.message;
    if (failures >= options_.max_errors && !binding.disabled) {
      binding.point.binding.store(nullptr);
      binding.disabled = failure.disabled = true;
    }
  }
  log(LogLevel::warning, "hotfix: patch " + failure.patch + " of " + failure.point + " failed" +
                             (failure.disabled ? " and is switched off: " : ": ") +
                             failure.message);
  if (options_.on_failure) options_.on_failure(failure);
} catch (const std::exception&) {
  // No memory to tell of it; the original runs all the same.
}

std::string Runtime::Core::repatch(unsigned by, unsigned point, int function) {
  std::shared_ptr<const PatchSet> set;
  {
    const std::lock_guard lock(mutex_);
    set = bindings_[by]->set;
  }
  if (!set) return "this patch was taken back";
  if (!set->may_patch_all && !std::binary_search(set->points.begin(), set->points.end(), point))
    return names().full(point) + " is not among the points that the manifest names";
  if (options_.threads == Threads::per_thread && function != LUA_REFNIL)
    return "with a machine for each thread, running patches can only take patches away";
  const std::lock_guard lock(mutex_);
  Binding& binding = binding_of(point);
  if (function == LUA_REFNIL) {
    unbind(binding);
    return {};
  }
  if (binding.set && binding.set->source != set->source)
    return names().full(point) + " is patched by " + binding.set->id;
  machine_->bind(point, function);
  binding.set = std::move(set);
  binding.point.binding.store(&binding, std::memory_order_release);
  return {};
}

Runtime::Core::Binding& Runtime::Core::binding_of(unsigned point) {
  if (point >= bindings_.size()) bindings_.resize(point + 1);
  if (!bindings_[point])
    bindings_[point].reset(new Binding{.core = *this, .point = *points_[point].point});
  return *bindings_[point];
}

void Runtime::Core::unbind(Binding& binding) {
  binding.point.binding.store(nullptr, std::memory_order_release);
  machine_->unbind(binding.point.index);
  binding.set = nullptr;
}

std::vector<ActivePatch> Runtime::Core::active() const {
  std::vector<ActivePatch> active;
  const std::lock_guard lock(mutex_);
  for (const auto& binding : bindings_)
    if (binding && binding->set)
      active.push_back({.point = names().full(binding->point.index),
                        .patch = binding->set->id,
                        .calls = binding->calls.load(std::memory_order_relaxed),
                        .failures = binding->failures.load(std::memory_order_relaxed),
                        .elsewhere = binding->elsewhere.load(std::memory_order_relaxed),
                        .disabled = binding->disabled,
                        .last_failure = binding->last_failure});
  return active;
}

void Runtime::Core::log(LogLevel level, std::string_view line) const noexcept {
  if (options_.on_log) options_.on_log(level, line);
}

}  // namespace larder::hotfix
