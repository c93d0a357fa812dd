/* Two nodes that speak DTLS or TLS with each other: keys, certificates, what the event handlers learn. */
#ifndef SECURE_H
#define SECURE_H

#include "support.h"

/* A file that the driver has made: tests/support/pki.rs. */
UNUSED static const char *
pki(const char *name) {
  static char paths[64][512];
  static unsigned turn;
  char *path = paths[turn++ % 64];
  const char *directory = getenv("FERROCOAP_PKI");
  need((void *)(uintptr_t)directory, "FERROCOAP_PKI names no directory with certificates");
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}

UNUSED static coap_bin_const_t
bytes(const char *text) {
  coap_bin_const_t value = {text ? strlen(text) : 0, (const uint8_t *)text};
  return value;
}

UNUSED static const char *
text_of(const coap_bin_const_t *value) {
  static char texts[4][64];
  static unsigned turn;
  char *text = texts[turn++ % 4];
  if (!value)
    return "none";
  snprintf(text, sizeof texts[0], "\"%.*s\"", (int)value->length, value->s ? (const char *)value->s : "");
  return text;
}

UNUSED static coap_dtls_spsk_t
server_keys(const char *hint, const char *key) {
  coap_dtls_spsk_t setup;
  memset(&setup, 0, sizeof setup);
  setup.version = COAP_DTLS_SPSK_SETUP_VERSION;
  setup.psk_info.hint = bytes(hint);
  setup.psk_info.key = bytes(key);
  return setup;
}

UNUSED static coap_dtls_cpsk_t
client_keys(const char *identity, const char *key) {
  coap_dtls_cpsk_t setup;
  memset(&setup, 0, sizeof setup);
  setup.version = COAP_DTLS_CPSK_SETUP_VERSION;
  setup.psk_info.identity = bytes(identity);
  setup.psk_info.key = bytes(key);
  return setup;
}

/* The certificate NAME.pem and its key, PEM files; peers have to be of ca.pem. */
UNUSED static coap_dtls_pki_t
certificates(const char *name) {
  coap_dtls_pki_t setup;
  char file[64];
  memset(&setup, 0, sizeof setup);
  setup.version = COAP_DTLS_PKI_SETUP_VERSION;
  setup.verify_peer_cert = 1;
  setup.check_common_ca = 1;
  setup.cert_chain_validation = 1;
  setup.cert_chain_verify_depth = 2;
  setup.pki_key.key_type = COAP_PKI_KEY_PEM;
  setup.pki_key.key.pem.ca_file = pki("ca.pem");
  if (name) {
    snprintf(file, sizeof file, "%s.pem", name);
    setup.pki_key.key.pem.public_cert = pki(file);
    snprintf(file, sizeof file, "%s.key", name);
    setup.pki_key.key.pem.private_key = pki(file);
  }
  return setup;
}

#endif
