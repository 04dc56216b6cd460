#include "gateway/net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <new>

namespace gatehouse::gateway {
namespace {

constexpr int kLeastSecurityBits = 112;
constexpr long kLargestClientChain = 16 * 1024;

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? std::string() : std::string(reason);
}

// ---------------------------------------------------------------- socket

// OpenSSL's own socket BIO calls write(), which raises SIGPIPE when the other end is gone; this one does not.
int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool try_later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int bio_write(BIO* bio, const char* from, int size) {
  const ssize_t n = ::send(socket_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (n < 0 && try_later()) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int bio_read(BIO* bio, char* to, int size) {
  const ssize_t n = ::recv(socket_of(bio), to, static_cast<std::size_t>(size), 0);
  BIO_clear_retry_flags(bio);
  if (n < 0 && try_later()) BIO_set_retry_read(bio);
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}

long bio_control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    default:
      return 0;
  }
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

// ---------------------------------------------------------------- rules

// Takes the place of chain building: there is no authority to build to. That the client holds the key, OpenSSL checks by its signature.
int check_client_certificate(X509_STORE_CTX* store, void*) {
  X509* shown = X509_STORE_CTX_get0_cert(store);
  const auto refuse = [store](int error) {
    X509_STORE_CTX_set_error(store, error);
    return 0;
  };
  if (shown == nullptr) return refuse(X509_V_ERR_UNSPECIFIED);
  // 0 means the date cannot be read: not valid.
  if (X509_cmp_current_time(X509_get0_notBefore(shown)) >= 0) return refuse(X509_V_ERR_CERT_NOT_YET_VALID);
  if (X509_cmp_current_time(X509_get0_notAfter(shown)) <= 0) return refuse(X509_V_ERR_CERT_HAS_EXPIRED);
  EVP_PKEY* key = X509_get0_pubkey(shown);
  if (key == nullptr || EVP_PKEY_get_security_bits(key) < kLeastSecurityBits) return refuse(X509_V_ERR_EE_KEY_TOO_SMALL);
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301: a client that offers protocols and none of ours is told so
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

}  // namespace

std::expected<TlsContext, std::string> server_context(const std::string& certificate_file, const std::string& key_file,
                                                      bool ask_client_certificate) {
  ERR_clear_error();
  const auto fault = [](const std::string& file, const std::string& what, const std::string& remedy) {
    const std::string reason = last_reason();
    return std::unexpected("tls: `" + file + "` " + what + (reason.empty() ? "" : " (" + reason + ")") + "; " + remedy);
  };
  TlsContext made;
  made.native = std::shared_ptr<SSL_CTX>(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* context = made.native.get();
  if (context == nullptr) return fault(certificate_file, "cannot be served", "OpenSSL did not start");

  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return fault(certificate_file, "cannot be read as a certificate", "name a PEM file with the server's certificate first");
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return fault(key_file, "cannot be read as the private key of this certificate", "name the PEM file of its unencrypted ECDSA P-256 key");
  if (SSL_CTX_check_private_key(context) != 1)
    return fault(key_file, "does not belong to the certificate", "name the key the certificate was made for");
  if (!is_p256(SSL_CTX_get0_privatekey(context)))
    return fault(key_file, "is no ECDSA P-256 key", "make one with `openssl ecparam -name prime256v1 -genkey`, and a certificate for it");
  X509* certificate = SSL_CTX_get0_certificate(context);
  made.not_before = seconds_of(X509_get0_notBefore(certificate));
  made.not_after = seconds_of(X509_get0_notAfter(certificate));

  static constexpr unsigned char kContextName[] = "gatehouse";
  const bool set = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                   SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
                   SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
                   SSL_CTX_set_session_id_context(context, kContextName, sizeof kContextName - 1) == 1;
  if (!set) return fault(certificate_file, "cannot be served with TLS 1.3 alone", "this OpenSSL is not one it was built for");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Buffers of 16 KiB each way are given back whenever they are empty: idle connections are most of them.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // a record's header and body in one system call
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_max_cert_list(context, kLargestClientChain);
  if (ask_client_certificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, check_client_certificate, nullptr);
  }
  return made;
}

TlsStream::TlsStream(const TlsContext& context, int socket) : socket_(socket) {
  if (context.native == nullptr) return;
  ssl_ = SSL_new(context.native.get());
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(socket_method());
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

TlsStream::Result TlsStream::result_of(int returned) {
  if (returned == 1) return Result::done;
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Result::want_read;
    case SSL_ERROR_WANT_WRITE:
      return Result::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return Result::closed;
    default:
      break;
  }
  // An end of file without close_notify is one way to hang up. Bodies have their own length, so nothing is cut unnoticed.
  const bool hung_up = ERR_peek_error() == 0 || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  failure_ = last_reason();
  usable_ = false;
  ERR_clear_error();
  return hung_up ? Result::closed : Result::failed;
}

TlsStream::Result TlsStream::handshake() {
  if (ssl_ == nullptr) return Result::done;
  ERR_clear_error();
  return result_of(SSL_do_handshake(ssl_));
}

TlsStream::Result TlsStream::read(char* to, std::size_t size, std::size_t& got) {
  got = 0;
  if (!usable_) return Result::failed;
  if (ssl_ == nullptr) {
    const ssize_t n = ::recv(socket_, to, size, MSG_DONTWAIT);
    if (n > 0) got = static_cast<std::size_t>(n);
    return n > 0 ? Result::done : n == 0 ? Result::closed : try_later() ? Result::want_read : Result::failed;
  }
  ERR_clear_error();
  return result_of(SSL_read_ex(ssl_, to, size, &got));
}

TlsStream::Result TlsStream::write(const char* from, std::size_t size, std::size_t& put) {
  put = 0;
  if (!usable_) return Result::failed;
  if (ssl_ == nullptr) {
    const ssize_t n = ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) put = static_cast<std::size_t>(n);
    return n > 0 ? Result::done : try_later() ? Result::want_write : Result::failed;
  }
  ERR_clear_error();
  return result_of(SSL_write_ex(ssl_, from, size, &put));
}

bool TlsStream::pending() const { return ssl_ != nullptr && SSL_has_pending(ssl_) == 1; }

void TlsStream::say_goodbye() {
  if (!usable_ || ssl_ == nullptr || SSL_is_init_finished(ssl_) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

void TlsStream::describe(Peer& peer) const {
  peer.certificate_pin.clear();
  peer.certificate_not_before = peer.certificate_not_after = 0;
  if (ssl_ == nullptr) return;
  X509* shown = SSL_get0_peer_certificate(ssl_);
  if (shown == nullptr) return;
  unsigned char* key = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(shown), &key);
  if (size <= 0) return;
  std::array<unsigned char, 32> digest{};
  const int made = EVP_Digest(key, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(key);
  if (made != 1) return;
  static constexpr char kHex[] = "0123456789abcdef";
  for (const unsigned char byte : digest) {
    peer.certificate_pin += kHex[byte >> 4];
    peer.certificate_pin += kHex[byte & 15];
  }
  peer.certificate_not_before = seconds_of(X509_get0_notBefore(shown));
  peer.certificate_not_after = seconds_of(X509_get0_notAfter(shown));
}

}  // namespace gatehouse::gateway
