// S3-FIFO (Yang et al., SOSP 2023), sized by bytes: a small queue for newcomers, a main queue for
// what was used again, and a ghost queue of names that left the small one.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "simulate/policy.h"

namespace larder::simulate {
namespace {

class S3Fifo final : public Policy {
 public:
  explicit S3Fifo(std::uint64_t quota_bytes)
      : quota_bytes_(quota_bytes), small_quota_bytes_(quota_bytes / 10) {}

  bool request(const Request& request) override {
    const auto at = objects_.find(request.id);
    if (at != objects_.end()) {
      resize(at->second, request.size_bytes);
      at->second.uses = std::min(at->second.uses + 1, 3u);
      make_room(0);
      return true;
    }
    if (request.size_bytes > quota_bytes_) return false;
    const bool came_back = ghosts_.erase(request.id) > 0;
    make_room(request.size_bytes);
    objects_[request.id] = {request.size_bytes, 0, came_back};
    (came_back ? main_ : small_).push_back(request.id);
    bytes_of(came_back) += request.size_bytes;
    return false;
  }
  [[nodiscard]] std::uint64_t used_bytes() const override { return small_bytes_ + main_bytes_; }

 private:
  struct Object {
    std::uint64_t size_bytes = 0;
    unsigned uses = 0;  // since it entered its queue
    bool in_main = false;
  };
  struct Ghost {
    std::uint64_t id = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t number = 0;
  };

  std::uint64_t& bytes_of(bool in_main) { return in_main ? main_bytes_ : small_bytes_; }

  void resize(Object& object, std::uint64_t size_bytes) {
    bytes_of(object.in_main) -= object.size_bytes;
    bytes_of(object.in_main) += size_bytes;
    object.size_bytes = size_bytes;
  }

  void make_room(std::uint64_t bytes) {
    while (used_bytes() > quota_bytes_ - bytes) {
      if (small_bytes_ > small_quota_bytes_ || main_.empty())
        shrink_small();
      else
        shrink_main();
    }
  }

  void shrink_small() {
    const std::uint64_t id = small_.front();
    small_.pop_front();
    Object& object = objects_[id];
    small_bytes_ -= object.size_bytes;
    if (object.uses > 1) {
      main_bytes_ += object.size_bytes;
      object.in_main = true;
      object.uses = 0;
      main_.push_back(id);
    } else {
      add_ghost(id, object.size_bytes);
      objects_.erase(id);
    }
  }

  void shrink_main() {
    const std::uint64_t id = main_.front();
    main_.pop_front();
    Object& object = objects_[id];
    if (object.uses > 0) {
      --object.uses;
      main_.push_back(id);
      return;
    }
    main_bytes_ -= object.size_bytes;
    objects_.erase(id);
  }

  // As many bytes of names as the main queue has of objects.
  void add_ghost(std::uint64_t id, std::uint64_t size_bytes) {
    const Ghost ghost{id, size_bytes, ++ghost_number_};
    ghost_queue_.push_back(ghost);
    ghost_bytes_ += size_bytes;
    ghosts_[id] = ghost.number;
    while (ghost_bytes_ > quota_bytes_ - small_quota_bytes_) {
      const Ghost oldest = ghost_queue_.front();
      ghost_queue_.pop_front();
      ghost_bytes_ -= oldest.size_bytes;
      const auto at = ghosts_.find(oldest.id);
      if (at != ghosts_.end() && at->second == oldest.number) ghosts_.erase(at);
    }
  }

  std::uint64_t quota_bytes_;
  std::uint64_t small_quota_bytes_;
  std::uint64_t small_bytes_ = 0;
  std::uint64_t main_bytes_ = 0;
  std::uint64_t ghost_bytes_ = 0;
  std::uint64_t ghost_number_ = 0;
  std::unordered_map<std::uint64_t, Object> objects_;
  std::unordered_map<std::uint64_t, std::uint64_t> ghosts_;  // number of the one in the queue
  std::deque<std::uint64_t> small_;
  std::deque<std::uint64_t> main_;
  std::deque<Ghost> ghost_queue_;
};

}  // namespace

std::unique_ptr<Policy> make_s3_fifo(std::uint64_t quota_bytes, std::span<const Request>) {
  return std::make_unique<S3Fifo>(quota_bytes);
}

}  // namespace larder::simulate
