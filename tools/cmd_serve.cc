// larder serve: a directory on loopback, for development.
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "command_line.h"
#include "origin_server.h"
#include "output.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "serve";

void log_request(const ServedRequest& request) {
  // One call, so that lines of several threads do not mix.
  const std::string line = request.method + " " + request.target + " " +
                           std::to_string(request.status) + " " + std::to_string(request.bytes) +
                           "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

bool serve_until_signalled(OriginServer& server, bool json) {
  // Blocked before the server starts its threads, so that the signals wait for sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    server.start();
  } catch (const std::exception& error) {
    print_error(kName, error.what(), "choose another address, port or file");
    return false;
  }
  if (json)
    print_json({{"url", server.url()}, {"port", server.port()}});
  else
    print_line(server.url());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  server.stop();
  return true;
}

}  // namespace

int run_serve(Arguments words) {
  CLI::App app("Serves the files of a directory over HTTP(S) until it is interrupted.");
  OriginServerOptions options;
  bool json = false;
  bool quiet = false;
  unsigned latency_ms = 0;
  app.add_option("DIR", options.root, "the directory")->required();
  app.add_option("--port", options.port, "port to listen on (default: any that is free)");
  app.add_option("--address", options.address, "IP address to listen on")->capture_default_str();
  auto* certificate = app.add_option("--tls-cert", options.tls_cert_file,
                                     "certificate chain, PEM: serves https instead of http");
  auto* key = app.add_option("--tls-key", options.tls_key_file, "its private key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--latency", latency_ms, "milliseconds to wait before each answer");
  app.add_flag("--json", json, "print one JSON object with url and port");
  app.add_flag("--quiet", quiet, "do not print requests on stderr");
  if (const auto status = parse(app, kName, words)) return *status;

  std::error_code ignored;
  if (!std::filesystem::is_directory(options.root, ignored)) {
    print_error(kName, options.root + " is not a directory", "name the directory to serve");
    return kFailed;
  }
  options.latency = std::chrono::milliseconds(latency_ms);
  if (!quiet) options.on_request = log_request;
  OriginServer server(std::move(options));
  return serve_until_signalled(server, json) ? kDone : kFailed;
}

}  // namespace larder::tool
