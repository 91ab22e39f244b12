#include "filetable/page_tree.h"

#include <algorithm>
#include <exception>

#include "base/lower_case.h"

namespace larder::filetable {
namespace {

std::error_code out_of_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

/// Whether a key that begins with `prefix` can lie from `first` on and before `end`.
bool reaches(std::string_view first, std::optional<std::string_view> end,
             std::string_view prefix) noexcept {
  if (end && *end <= prefix) return false;
  return first <= prefix || first.starts_with(prefix);
}

}  // namespace

struct PageTree::Node {
  explicit Node(Page&& from)
      : page(std::move(from)),
        children(page.level() == 0 ? nullptr : std::make_unique<std::atomic<Node*>[]>(page.size())),
        indexed(page.level() == 1 ? std::make_unique<std::atomic<bool>[]>(page.size()) : nullptr) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() {
    for (std::size_t i = 0; children && i < page.size(); ++i) delete children[i].load();
  }

  Page page;
  std::string end;  ///< of an inner page: all its keys are less; empty: there is no such bound
  std::unique_ptr<std::atomic<Node*>[]> children;  ///< null until loaded; none of a leaf
  /// Of children that are leaves: what they have is in the tree's index.
  std::unique_ptr<std::atomic<bool>[]> indexed;
};

PageTree::PageTree(PageReference root, std::shared_ptr<PageSource> source)
    : root_(root), source_(std::move(source)), index_(root.entries) {}

PageTree::~PageTree() {
  delete root_node_.load();
}

Result<std::unique_ptr<PageTree::Node>> PageTree::load(const PageReference& reference,
                                                       PageReference* missing) const noexcept try {
  auto bytes = source_->page(reference);
  if (!bytes) {
    if (missing && bytes.error() == errc::would_fetch) *missing = reference;
    return bytes.error();
  }
  if (bytes->size() != reference.bytes) return errc::bad_table;
  auto page = Page::parse(std::move(*bytes));
  if (!page) return page.error();
  if (page->entries() != reference.entries) return errc::bad_table;
  return std::make_unique<Node>(std::move(*page));
} catch (const std::exception&) {
  return out_of_memory();
}

Result<const PageTree::Node*> PageTree::root_node(PageReference* missing) const noexcept {
  if (const Node* node = root_node_.load(std::memory_order_acquire)) return node;
  auto loaded = load(root_, missing);
  if (!loaded) return loaded.error();
  Node* expected = nullptr;
  if (!root_node_.compare_exchange_strong(expected, loaded->get())) return expected;
  if ((*loaded)->page.level() == 0) index_.add((*loaded)->page);
  return loaded->release();
}

Result<const PageTree::Node*> PageTree::child_node(const Node& parent, std::size_t index,
                                                   PageReference* missing) const noexcept try {
  std::atomic<Node*>& place = parent.children[index];
  if (const Node* node = place.load(std::memory_order_acquire)) return node;
  PageCursor cursor(parent.page, index);
  if (!cursor.next()) return errc::bad_table;
  auto loaded = load(cursor.item().child, missing);
  if (!loaded) return loaded.error();
  const Page& page = (*loaded)->page;
  if (page.level() + 1 != parent.page.level() || page.size() == 0) return errc::bad_table;
  if (page.first_key() != cursor.key()) return errc::bad_table;
  const std::string_view end = cursor.next() ? cursor.key() : std::string_view(parent.end);
  if (!end.empty() && page.last_key() >= end) return errc::bad_table;
  if (page.level() != 0) (*loaded)->end = end;
  Node* expected = nullptr;
  if (!place.compare_exchange_strong(expected, loaded->get())) return expected;
  if (page.level() == 0 && index_.add(page))
    parent.indexed[index].store(true, std::memory_order_release);
  return loaded->release();
} catch (const std::exception&) {
  return out_of_memory();
}

Result<const PageTree::Node*> PageTree::leaf_of(std::string_view path,
                                                PageReference* missing) const noexcept {
  const auto root = root_node(missing);
  if (!root) return root.error();
  const Node* node = *root;
  while (node->page.level() != 0) {
    const auto index = node->page.find_child(path);
    if (!index) return errc::not_listed;
    if (node->indexed && node->indexed[*index].load(std::memory_order_acquire)) return nullptr;
    const Node* below = node->children[*index].load(std::memory_order_acquire);
    if (!below) {
      const auto loaded = child_node(*node, *index, missing);
      if (!loaded) return loaded.error();
      below = *loaded;
    }
    node = below;
  }
  return node;
}

Result<FileEntry> PageTree::find(std::string_view path, PageReference* missing) const noexcept {
  const std::uint64_t hash = PathIndex::hash_of(path);
  FileEntry entry;
  const bool complete = index_.complete();
  if (index_.find(path, hash, entry)) return entry;
  if (complete) return errc::not_listed;
  const auto leaf = leaf_of(path, missing);
  if (!leaf) return leaf.error();
  if (*leaf) {  // just loaded, perhaps not in the index yet
    const auto found = (*leaf)->page.find(path);
    if (found && found->exact) return found->item.entry;
  } else if (index_.find(path, hash, entry)) {  // added since
    return entry;
  }
  return errc::not_listed;
}

std::optional<PageReference> PageTree::page_around(
    std::string_view key, unsigned level, std::optional<PageReference>* next) const noexcept try {
  if (next) next->reset();
  const auto root = root_node(nullptr);
  if (!root || (*root)->page.level() < level) return std::nullopt;
  const Node* node = *root;
  PageReference reference = root_;
  while (node->page.level() > level) {
    const auto position = node->page.find(key);
    PageCursor cursor(node->page, position ? position->index : 0);
    if (!cursor.next()) return std::nullopt;
    reference = cursor.item().child;
    if (node->page.level() == level + 1) {
      if (next && cursor.next()) *next = cursor.item().child;
      break;
    }
    const auto child = child_node(*node, cursor.index(), nullptr);
    if (!child) return std::nullopt;
    node = *child;
  }
  return reference;
} catch (const std::exception&) {
  return std::nullopt;
}

std::vector<FileEntry> PageTree::files_beside(std::string_view path) const {
  std::vector<FileEntry> files;
  auto node = root_node(nullptr);
  while (node && (*node)->page.level() > 0)
    node = child_node(**node, (*node)->page.find_child(path).value_or(0), nullptr);
  if (!node) return files;
  const auto position = (*node)->page.find(path);
  if (position && position->exact) return files;
  PageCursor cursor((*node)->page, position ? position->index : 0);
  for (int i = position ? 2 : 1; i > 0 && cursor.next(); --i)
    if (!cursor.item().entry.tombstone) files.push_back(cursor.item().entry);
  return files;
}

Result<std::uint64_t> PageTree::count_before(std::string_view path) const noexcept try {
  std::uint64_t before = 0;
  auto node = root_node(nullptr);
  while (node && (*node)->page.level() > 0) {
    const std::size_t index = (*node)->page.find_child(path).value_or(0);
    PageCursor cursor((*node)->page);
    while (cursor.next() && cursor.index() < index) before += cursor.item().child.entries;
    node = child_node(**node, index, nullptr);
  }
  if (!node) return node.error();
  const auto position = (*node)->page.find(path);
  return before + (position ? position->index + (position->exact ? 0 : 1) : 0);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<FileEntry> PageTree::entry_at(std::uint64_t number,
                                     std::vector<PageReference>* way) const noexcept try {
  if (way) *way = {root_};
  auto node = root_node(nullptr);
  while (node && (*node)->page.level() > 0) {
    PageCursor cursor((*node)->page);
    bool more = cursor.next();
    while (more && number >= cursor.item().child.entries) {
      number -= cursor.item().child.entries;
      more = cursor.next();
    }
    if (!more) return errc::not_listed;
    if (way) way->push_back(cursor.item().child);
    node = child_node(**node, cursor.index(), nullptr);
  }
  if (!node) return node.error();
  if (number >= (*node)->page.size()) return errc::not_listed;
  PageCursor cursor((*node)->page, static_cast<std::size_t>(number));
  if (!cursor.next()) return errc::not_listed;
  return cursor.item().entry;
} catch (const std::exception&) {
  return out_of_memory();
}

std::optional<PageTree::Place> PageTree::place_of(const Digest& digest,
                                                  std::string_view key) const {
  auto node = root_node(nullptr);
  while (node && (*node)->page.level() > 0) {
    const Page& page = (*node)->page;
    const auto position = page.find(key);
    const std::size_t index = position ? position->index : 0;
    PageCursor cursor(page, index);
    if (!cursor.next()) return std::nullopt;
    if (cursor.item().child.digest == digest)
      return Place{std::string(cursor.key()), page.level() - 1};
    node = child_node(**node, index, nullptr);
  }
  return std::nullopt;
}

Result<void> PageTree::collect_missing(const Node& node, std::string_view prefix,
                                       std::vector<PageReference>& into) const {
  if (node.page.level() == 0) return {};
  const auto start = node.page.find(prefix);
  PageCursor cursor(node.page, start ? start->index : 0);
  for (bool more = cursor.next(); more;) {
    const PageItem item = cursor.item();
    const std::size_t index = cursor.index();
    const std::string first(cursor.key());
    more = cursor.next();
    if (first > prefix && !first.starts_with(prefix)) break;
    if (!reaches(first, more ? std::optional(cursor.key()) : std::nullopt, prefix)) continue;
    const auto child = child_node(node, index, nullptr);
    if (child) {
      if (const auto done = collect_missing(**child, prefix, into); !done) return done;
    } else if (child.error() == errc::would_fetch) {
      into.push_back(item.child);
    } else {
      return child.error();
    }
  }
  return {};
}

Result<std::vector<PageReference>> PageTree::missing(std::string_view prefix) const noexcept try {
  std::vector<PageReference> pages;
  const auto root = root_node(nullptr);
  if (!root && root.error() == errc::would_fetch) {
    pages.push_back(root_);
  } else if (!root) {
    return root.error();
  } else if (const auto done = collect_missing(**root, prefix, pages); !done) {
    return done.error();
  }
  return pages;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> PageTree::collect_where_held(const Node& node, const PageTree& old,
                                          std::vector<MissingPage>& into) const {
  if (node.page.level() == 0) return {};
  PageCursor cursor(node.page);
  while (cursor.next()) {
    const PageReference& reference = cursor.item().child;
    const unsigned level = node.page.level() - 1;
    const auto before = old.page_around(cursor.key(), level);
    if (before && before->digest == reference.digest) continue;  // and so is all below it
    const auto child = child_node(node, cursor.index(), nullptr);
    if (child) {
      if (const auto done = collect_where_held(**child, old, into); !done) return done;
    } else if (child.error() != errc::would_fetch) {
      return child.error();
    } else if (before && old.source_->page(*before)) {
      into.push_back({reference, {std::string(cursor.key()), level}});
    }
  }
  return {};
}

Result<std::vector<PageTree::MissingPage>> PageTree::missing_where_held(const PageTree& old) const {
  std::vector<MissingPage> pages;
  const auto root = root_node(nullptr);
  if (!root && root.error() == errc::would_fetch) {
    pages.push_back({root_, {}});
  } else if (!root) {
    return root.error();
  } else if (const auto done = collect_where_held(**root, old, pages); !done) {
    return done.error();
  }
  return pages;
}

Result<std::vector<Listed>> PageTree::list(std::string_view directory,
                                           PageReference* missing) const noexcept try {
  std::string prefix(directory);
  if (!prefix.empty()) prefix += '/';
  const std::size_t depth = prefix.size();
  std::vector<Listed> names;
  bool known = false;
  TreeCursor cursor(*this);
  auto more = cursor.seek(prefix);
  while (more && *more && cursor.path().starts_with(prefix)) {
    if (cursor.entry().tombstone) {
      more = cursor.next();
      continue;
    }
    known = true;
    const std::string_view rest = cursor.path().substr(depth);
    const std::size_t slash = rest.find('/');
    names.push_back({std::string(rest.substr(0, slash)), slash != std::string_view::npos});
    if (slash == std::string_view::npos) {
      more = cursor.next();
    } else {
      // '0' follows '/': past everything below that name.
      more = cursor.seek(prefix + names.back().name + '0');
    }
  }
  if (!more) {
    if (missing) *missing = cursor.missing();
    return more.error();
  }
  if (!known && !directory.empty()) return errc::not_listed;
  std::sort(names.begin(), names.end(), [](const Listed& a, const Listed& b) {
    return a.name != b.name ? a.name < b.name : a.is_directory < b.is_directory;
  });
  return names;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<bool> PageTree::is_directory(std::string_view path, PageReference* missing) const noexcept
    try {
  if (path.empty()) return true;
  const std::string prefix = std::string(path) + '/';
  TreeCursor cursor(*this);
  auto more = cursor.seek(prefix);
  while (more && *more && cursor.path().starts_with(prefix) && cursor.entry().tombstone)
    more = cursor.next();
  if (!more) {
    if (missing) *missing = cursor.missing();
    return more.error();
  }
  return *more && cursor.path().starts_with(prefix);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<std::vector<std::string>> PageTree::find_ignoring_case(std::string_view path,
                                                              PageReference* missing) const noexcept
    try {
  if (path.empty()) return errc::not_listed;
  const auto lower = [](std::string_view text) {
    std::string buffer(text.size() * 2, '\0');
    return std::string(to_lower_case(text, buffer).value_or(text));
  };
  // Directories that differ in case only are different ones, so all of them are looked into.
  std::vector<std::string> found{""};
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string wanted = lower(path.substr(0, slash));
    const bool directory = slash != std::string_view::npos;
    path = directory ? path.substr(slash + 1) : std::string_view();
    std::vector<std::string> next;
    for (const std::string& above : found) {
      const auto names = list(above, missing);
      if (!names && names.error() != errc::not_listed) return names.error();
      for (std::size_t i = 0; names && i < names->size(); ++i)
        if ((*names)[i].is_directory == directory && lower((*names)[i].name) == wanted)
          next.push_back(above.empty() ? (*names)[i].name : above + '/' + (*names)[i].name);
    }
    found = std::move(next);
  }
  if (found.empty()) return errc::not_listed;
  std::sort(found.begin(), found.end());
  return found;
} catch (const std::exception&) {
  return out_of_memory();
}

/// From an inner step's current item down along first items to a leaf's first item.
Result<bool> TreeCursor::descend_first() {
  while (stack_.back().node->page.level() != 0) {
    const Step& step = stack_.back();
    const auto child = tree_.child_node(*step.node, step.cursor.index(), &missing_);
    if (!child) return child.error();
    stack_.push_back({*child, PageCursor((*child)->page)});
    if (!stack_.back().cursor.next()) return errc::bad_table;
  }
  return true;
}

Result<bool> TreeCursor::next() {
  while (!stack_.empty()) {
    if (stack_.back().cursor.next()) return descend_first();
    stack_.pop_back();
  }
  return false;
}

Result<bool> TreeCursor::seek(std::string_view path) {
  stack_.clear();
  auto node = tree_.root_node(&missing_);
  while (node) {
    const Page& page = (*node)->page;
    const auto position = page.find(path);
    stack_.push_back({*node, PageCursor(page, position ? position->index : 0)});
    PageCursor& cursor = stack_.back().cursor;
    if (page.level() == 0) {
      // The item found is at `path` or before it.
      if (position && !position->exact) cursor.next();
      return next();
    }
    if (!cursor.next()) return errc::bad_table;
    node = tree_.child_node(**node, cursor.index(), &missing_);
  }
  return node.error();
}

}  // namespace larder::filetable
