#pragma once
// The load generator of `gatehouse bench serve`: mutual TLS over keep-alive connections, closed loop, one thread, raw OpenSSL on non-blocking
// sockets. It shares the machine with the server it measures, so it parses no more of an answer than its status and length.
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace gatehouse::cli::bench {

struct LoadSettings {
  std::string address = "127.0.0.1";
  unsigned short port = 0;
  std::string server_certificate;      // PEM: trusted as the server's own
  std::string client_certificate, client_key;  // PEM; empty: no client certificate
  unsigned connections = 64;
  double warm_up_seconds = 1;
  double seconds = 5;
  std::vector<int> server_pids;        // whose CPU time is read from /proc over the measured part
  std::size_t keep_answers = 4;        // of the measured part, spread over it
};



struct Answer {
  std::size_t request = 0;             // index of the request it answers
  std::string bytes;                   // status line, header and body as received
};

struct LoadResult {
  std::uint64_t requests = 0;          // answered within the measured part
  double seconds = 0;                  // of the measured part
  double per_second = 0;
  double p50_us = 0, p90_us = 0, p99_us = 0, max_us = 0;
  std::map<int, std::uint64_t> statuses;  // of the measured part
  std::uint64_t broken = 0;            // connections lost or answers that could not be read, warm-up included
  double own_cpu_seconds = 0;          // of this thread, measured part
  double server_cpu_seconds = 0;       // of server_pids, measured part; 10 ms steps
  bool ran_out = false;                // of requests
  std::vector<Answer> kept;
};

// Requests are whole HTTP/1.1 messages, sent in order, each once; when they run out the round ends early. `repeat`: start again at the front
// (for requests that nothing stops from being repeated). An error is one line: what, where, remedy.
std::expected<LoadResult, std::string> drive(const LoadSettings& settings, const std::vector<std::string>& requests, bool repeat);

// One request on a connection of its own: for the checks around a round.
std::expected<Answer, std::string> ask_once(const LoadSettings& settings, const std::string& request);

// Full mutual TLS handshakes without resumption, `threads` at a time, each connection closed at once: how many a second, and the servers' CPU
// seconds for one.
struct HandshakeResult {
  double per_second = 0, server_cpu_seconds_each = 0;
};
std::expected<HandshakeResult, std::string> handshakes(const LoadSettings& settings, unsigned threads);

// Opens settings.connections connections, asks once on each, and tells by how many bytes the servers' resident memory grew for one.
std::expected<double, std::string> idle_bytes(const LoadSettings& settings, const std::string& request);

struct ParsedAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
std::expected<ParsedAnswer, std::string> parse(const Answer& answer);

}  // namespace gatehouse::cli::bench
