// The commands that make keys and sign with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "program.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"
#include "trust/envelope.h"
#include "trust/head.h"
#include "trust/root.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TrustCommands : public ::testing::Test {
 protected:
  /// Makes a key pair and returns the public half.
  trust::PublicKey make_key(const std::string& name) {
    const Said said = larder({"keygen", "--out", folder_ / name});
    EXPECT_EQ(said.status, 0) << said.err;
    return *trust::parse_public_key(read_file(folder_ / (name + ".pub")));
  }
  /// A head without signatures.
  std::string write_head() {
    trust::Head head;
    head.channel = "stable";
    head.version = 3;
    head.published = *trust::parse_time("2026-01-01T00:00:00Z");
    head.table.bytes = 10;
    write_file(folder_ / "head.json", trust::Envelope{head.serialise(), {}}.serialise());
    return folder_ / "head.json";
  }
  static trust::Envelope envelope_of(const std::string& file) {
    return trust::Envelope::parse(read_file(file), nullptr).value();
  }
  static unsigned mode_of(const std::string& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 0777;
  }

  TempDirectory folder_;
};

TEST_F(TrustCommands, KeygenWritesAPairThatItNeverPrints) {
  const Said said = larder({"keygen", "--out", folder_ / "k", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  const std::string secret = read_file(folder_ / "k");
  const auto key = trust::PrivateKey::from_pem(secret);
  ASSERT_TRUE(key);
  EXPECT_EQ(*trust::parse_public_key(read_file(folder_ / "k.pub")), key->public_key());
  EXPECT_EQ(text(said.objects().front(), "key"), trust::to_text(key->public_key()));
  EXPECT_EQ(mode_of(folder_ / "k"), 0600u);
  const std::string line = secret.substr(secret.find('\n') + 1, 40);
  EXPECT_THAT(said.out + said.err, Not(HasSubstr(line)));
}

TEST_F(TrustCommands, KeygenOverwritesNothing) {
  make_key("k");
  const std::string before = read_file(folder_ / "k");
  const Said again = larder({"keygen", "--out", folder_ / "k"});
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(read_file(folder_ / "k"), before);
  write_file(folder_ / "l", "something else");
  EXPECT_EQ(larder({"keygen", "--out", folder_ / "l"}).status, 1);
  EXPECT_EQ(read_file(folder_ / "l"), "something else");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "l.pub"));
}

TEST_F(TrustCommands, APassPhraseEncryptsTheKey) {
  write_file(folder_ / "phrase", "open sesame\n");
  const std::vector<std::string> phrase = {"--passphrase-file", folder_ / "phrase"};
  ASSERT_EQ(larder({"keygen", "--out", folder_ / "k", phrase[0], phrase[1]}).status, 0);
  EXPECT_TRUE(trust::is_encrypted_key(read_file(folder_ / "k")));
  const std::string head = write_head();
  const Said without = larder({"sign", head, "--key", folder_ / "k"});
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.err, HasSubstr("--passphrase-file"));
  EXPECT_EQ(larder({"sign", head, "--key", folder_ / "k", phrase[0], phrase[1]}).status, 0);
  EXPECT_EQ(envelope_of(head).signatures.size(), 1u);
}

TEST_F(TrustCommands, SignAddsASignatureToTheBytesThatAreThere) {
  const auto a = make_key("a");
  const auto b = make_key("b");
  const std::string head = write_head();
  const std::string before = envelope_of(head).text;
  ASSERT_EQ(larder({"sign", head, "--key", folder_ / "a"}).status, 0);
  ASSERT_EQ(larder({"sign", head, "--key", folder_ / "b"}).status, 0);
  EXPECT_EQ(envelope_of(head).text, before);
  EXPECT_TRUE(trust::is_signed_by(envelope_of(head), {{a, b}, 2}));
}

TEST_F(TrustCommands, SignChangesWhatMayChangeOfAHead) {
  make_key("a");
  const auto b = make_key("b");
  const std::string head = write_head();
  ASSERT_EQ(larder({"sign", head, "--key", folder_ / "a"}).status, 0);
  const Said said = larder({"sign", head, "--key", folder_ / "b", "--expires", "2030-01-01",
                            "--rollout", "10", "--min-app", "1.2", "--message", "hello"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto changed = trust::Head::parse(envelope_of(head).text, nullptr);
  ASSERT_TRUE(changed);
  EXPECT_EQ(trust::to_text(*changed->expires), "2030-01-01T00:00:00Z");
  EXPECT_EQ(changed->rollout, 10u);
  EXPECT_EQ(changed->min_app, "1.2");
  EXPECT_EQ(changed->message, "hello");
  EXPECT_EQ(changed->version, 3u);
  ASSERT_EQ(envelope_of(head).signatures.size(), 1u);  // the other one was over other bytes
  EXPECT_TRUE(trust::is_signed_by(envelope_of(head), {{b}, 1}));
}

TEST_F(TrustCommands, SignRefusesWhatMakesNoSense) {
  make_key("a");
  const std::string head = write_head();
  const std::string before = read_file(head);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--expires", "soon"},
                                             {"--expires", "2020-01-01"},
                                             {"--rollout", "101"},
                                             {"--min-app", "one"}}) {
    std::vector<std::string> all = {"sign", head, "--key", folder_ / "a"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(larder(all).status, 2) << words[1];
  }
  EXPECT_EQ(read_file(head), before);
  write_file(folder_ / "junk", "{}");
  EXPECT_EQ(larder({"sign", folder_ / "junk", "--key", folder_ / "a"}).status, 1);
  EXPECT_EQ(larder({"sign", head, "--key", folder_ / "a.pub"}).status, 1);
}

TEST_F(TrustCommands, RootsAreCreatedAndRotated) {
  const auto first = make_key("first");
  const auto second = make_key("second");
  const auto publisher = make_key("publisher");
  const std::string one = folder_ / "1.json";
  const std::string two = folder_ / "2.json";
  ASSERT_EQ(larder({"root", "create", one, "--root-key", folder_ / "first.pub", "--head-key",
                    folder_ / "publisher.pub", "--root-threshold", "1", "--head-threshold", "1",
                    "--key", folder_ / "first"})
                .status,
            0);
  const auto pinned = trust::Root::of_pinned({first}, 1);
  const auto root_one = trust::next_root(pinned, read_file(one), nullptr);
  ASSERT_TRUE(root_one);
  EXPECT_EQ(root_one->head.keys, std::vector{publisher});

  Said said =
      larder({"root", "rotate", one, two, "--add-root-key", folder_ / "second.pub",
              "--remove-root-key", trust::to_text(first), "--key", folder_ / "second", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_FALSE(said.objects().front().at("complete").as_bool());
  EXPECT_EQ(trust::next_root(*root_one, read_file(two), nullptr).error(), errc::bad_signature);
  ASSERT_EQ(larder({"sign", two, "--key", folder_ / "first"}).status, 0);
  const auto root_two = trust::next_root(*root_one, read_file(two), nullptr);
  ASSERT_TRUE(root_two);
  EXPECT_EQ(root_two->version, 2u);
  EXPECT_EQ(root_two->root.keys, std::vector{second});

  said = larder({"root", "show", two, "--json"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(number(said.objects().front(), "version"), 2);
}

TEST_F(TrustCommands, RootRefusesDocumentsThatLockEverybodyOut) {
  make_key("a");
  const std::vector<std::string> create = {"root",       "create",          folder_ / "1.json",
                                           "--root-key", folder_ / "a.pub", "--key",
                                           folder_ / "a"};
  EXPECT_EQ(larder(create).status, 2);  // nobody could sign a head
  auto words = create;
  words.insert(words.end(), {"--head-key", folder_ / "a.pub", "--head-threshold", "2"});
  EXPECT_EQ(larder(words).status, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "1.json"));
  words.back() = "1";
  EXPECT_EQ(larder(words).status, 0);
  EXPECT_EQ(larder(words).status, 1);  // it exists
  EXPECT_EQ(larder({"root"}).status, 2);
}

}  // namespace
}  // namespace larder::test
