/* Certificates over DTLS, TLS and secure WebSockets: what is refused when it is set, what the functions of a handshake are
 * told, who is let in, and in which forms certificates can be handed over. */
#include "../secure.h"

static coap_context_t *server, *client;
static int over, refuse_depth = -1, calls_home;

static void
show_line(coap_log_t level, const char *message) {
  char text[512];
  char *start;
  if (level > COAP_LOG_WARN)
    return;
  /* The directory is another one on each run. */
  snprintf(text, sizeof text, "%s", message);
  while ((start = strstr(text, getenv("FERROCOAP_PKI"))))
    memmove(start, start + strlen(getenv("FERROCOAP_PKI")) + 1,
            strlen(start + strlen(getenv("FERROCOAP_PKI"))));
  printf("    log: %s", text);
}

static int
on_event(coap_session_t *session, const coap_event_t event) {
  int at_server = coap_session_get_context(session) == server;
  say("  %s: %s", at_server ? "server" : "client", event_name(event));
  if (calls_home && at_server && event == COAP_EVENT_SERVER_SESSION_NEW)
    coap_session_set_type_client(session);
  return 0;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)mid, (void)sent;
  say("  client: NACK %s", nack_name(reason));
  over = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  print_payload("  answer:", received);
  over = 1;
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  const char *name = proto_name(coap_session_get_proto(session));
  (void)resource, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, strlen(name), (const uint8_t *)name);
}

static int
judge(const char *name, const uint8_t *der, size_t length, coap_session_t *session, unsigned depth, int validated,
      void *arg) {
  say("  %s about %s: \"%s\", depth %u, validated %d, %s", (const char *)arg,
      coap_session_get_type(session) == COAP_SESSION_TYPE_CLIENT ? "its server" : "its client", name, depth, validated,
      length > 100 && der[0] == 0x30 ? "DER" : "no DER");
  return (int)depth != refuse_depth;
}

static coap_dtls_key_t *
certificate_of(const char *name, void *arg) {
  static coap_dtls_key_t key;
  say("  which certificate has the server \"%s\"? (%s)", name, (const char *)arg);
  if (strcmp(name, "nobody.test") == 0)
    return NULL;
  key = certificates("elsewhere").pki_key;
  return &key;
}

static int
more_setup(void *session, coap_dtls_pki_t *setup) {
  (void)session, (void)setup;
  return 1;
}

static void
try(const char *what, coap_dtls_pki_t setup) {
  say("  %s: %d", what, coap_context_set_pki(server, &setup));
}

static void
refused(void) {
  coap_dtls_pki_t setup = certificates("server");
  coap_address_t to = loopback(9);
  coap_set_log_handler(show_line);
  say("what is refused");
  setup.version = 9, try("another version", setup);
  setup = certificates("server"), setup.is_rpk_not_cert = 1, try("raw public keys", setup);
  setup = certificates("server"), setup.additional_tls_setup_call_back = more_setup, try("more setup", setup);
  setup = certificates("server"), setup.allow_bad_md_hash = 1, try("weak digests", setup);
  setup = certificates("server"), setup.pki_key.key.pem.private_key = pki("client.key"), try("another key", setup);
  setup = certificates("server"), setup.pki_key.key.pem.private_key = NULL, try("no key", setup);
  setup = certificates("server"), setup.pki_key.key.pem.private_key = pki("missing"), try("a missing file", setup);
  setup = certificates("server"), setup.pki_key.key.pem.public_cert = pki("server.key"), try("no certificate", setup);
  setup = certificates("server"), setup.pki_key.key.pem.ca_file = NULL, try("no common CA", setup);
  setup = certificates(NULL), try("nothing to show", setup);
  setup = certificates("server"), setup.pki_key.key_type = COAP_PKI_KEY_DEFINE, try("another form", setup);
  setup = certificates("server"), setup.check_common_ca = 0, setup.pki_key.key_type = COAP_PKI_KEY_PKCS11;
  setup.pki_key.key.pkcs11.public_cert = "pkcs11:token=x";
  setup.pki_key.key.pkcs11.ca = NULL, try("a token", setup);
  say("  nothing: %d", coap_context_set_pki(server, NULL));
  say("  no root CAs: %d", coap_context_set_pki_root_cas(server, NULL, NULL));
  say("  missing root CAs: %d", coap_context_set_pki_root_cas(server, pki("missing"), NULL));
  setup = certificates("rsa");
  say("  a client with RSA over DTLS: %d",
      coap_new_client_session_pki(client, NULL, &to, COAP_PROTO_DTLS, &setup) != NULL);
  try("a server with RSA, for TLS", setup);
  coap_set_log_handler(NULL);
}

/* One session, one request, and their end. */
static void
ask(coap_proto_t proto, coap_dtls_pki_t mine, coap_dtls_pki_t theirs) {
  coap_address_t any_port = loopback(0), to;
  coap_endpoint_t *endpoint;
  coap_session_t *session;
  coap_context_set_pki(server, &theirs);
  endpoint = need(coap_new_endpoint(server, &any_port, proto), "no endpoint");
  to = loopback(endpoint_port(endpoint));
  session = need(coap_new_client_session_pki(client, NULL, &to, proto, &mine), "no session");
  over = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  if (!run_until(server, client, &over, 20000))
    say("  nothing came");
  coap_session_release(session);
  run_for(server, client, 100);
  coap_free_endpoint(endpoint);
  run_for(server, client, 20);
}

static coap_dtls_pki_t
with_judge(coap_dtls_pki_t setup, char *who) {
  setup.validate_cn_call_back = judge;
  setup.cn_call_back_arg = who;
  return setup;
}

static size_t
read_file(const char *name, uint8_t *buffer, size_t size) {
  FILE *file = need(fopen(pki(name), "r"), "no file");
  size_t length = fread(buffer, 1, size, file);
  fclose(file);
  return length;
}

static void
copy_file(const char *from, const char *to) {
  uint8_t bytes[4096];
  size_t length = read_file(from, bytes, sizeof bytes);
  FILE *file = need(fopen(pki(to), "w"), "no file");
  fwrite(bytes, 1, length, file);
  fclose(file);
}

/* A call that fails changes nothing. */
static void
roots_of_a_call_that_failed(void) {
  coap_dtls_pki_t setup = certificates("server");
  copy_file("ca.pem", "moved.pem");
  setup.pki_key.key.pem.ca_file = pki("moved.pem");
  say("  a certificate for servers: %d", coap_context_set_pki(client, &setup));
  remove(pki("moved.pem"));
  say("  its CA is gone, and a root CA comes: %d", coap_context_set_pki_root_cas(client, pki("ca.pem"), NULL));
  setup = certificates("server");
  coap_context_set_pki(client, &setup);
}

/* PEM in memory, and DER made of it. */
static void
forms(void) {
  static uint8_t pem[3][4096], der[3][4096];
  static const char *const names[] = {"ca.pem", "server.pem", "server.key"};
  size_t length[3], der_length[3], each;
  coap_dtls_pki_t setup = certificates("server");
  char command[2048];
  for (each = 0; each < 3; each++) {
    FILE *out;
    length[each] = read_file(names[each], pem[each], sizeof pem[each]);
    snprintf(command, sizeof command, "openssl %s -in '%s' -outform DER", each == 2 ? "pkey" : "x509", pki(names[each]));
    out = need(popen(command, "r"), "no openssl");
    der_length[each] = fread(der[each], 1, sizeof der[each], out);
    pclose(out);
  }
  setup.pki_key.key_type = COAP_PKI_KEY_PEM_BUF;
  setup.pki_key.key.pem_buf = (coap_pki_key_pem_buf_t){pem[0], pem[1], pem[2], length[0], length[1], length[2]};
  say("PEM in memory");
  ask(COAP_PROTO_DTLS, certificates("client"), setup);
  setup.pki_key.key_type = COAP_PKI_KEY_ASN1;
  setup.pki_key.key.asn1 = (coap_pki_key_asn1_t){der[0], der[1], der[2], der_length[0], der_length[1], der_length[2],
                                                 COAP_ASN1_PKEY_EC};
  say("DER in memory");
  ask(COAP_PROTO_TLS, certificates("client"), setup);
}

int
main(void) {
  static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};
  static char for_server[] = "the server", for_client[] = "the client", name[] = "elsewhere.test",
              nobody[] = "nobody.test";
  coap_dtls_pki_t mine, theirs;
  coap_resource_t *resource;
  size_t each;
  coap_startup();
  coap_set_log_level(COAP_LOG_WARN);
  server = need(coap_new_context(NULL), "no context");
  client = need(coap_new_context(NULL), "no context");
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, on_event);
  coap_register_event_handler(client, on_event);
  coap_register_nack_handler(client, on_nack);
  coap_register_response_handler(client, on_response);
  refused();
  coap_set_log_level(COAP_LOG_EMERG);
  for (each = 0; each < 3; each++) {
    coap_proto_t proto = protos[each];
    say("== %s", proto_name(proto));
    say("both have one, and both are asked about");
    ask(proto, with_judge(certificates("client"), for_client), with_judge(certificates("server"), for_server));
    say("the client does not like the name");
    refuse_depth = 0;
    ask(proto, with_judge(certificates("client"), for_client), certificates("server"));
    say("the client does not like the CA");
    refuse_depth = 1;
    ask(proto, with_judge(certificates("client"), for_client), certificates("server"));
    refuse_depth = -1;
    say("the server's is out of date");
    ask(proto, certificates("client"), certificates("expired"));
    say("the same, and the client lets it pass");
    mine = certificates("client"), mine.allow_expired_certs = 1;
    ask(proto, mine, certificates("expired"));
    say("the server's is of another CA");
    ask(proto, certificates("client"), certificates("stranger"));
    say("the client has none");
    ask(proto, certificates(NULL), certificates("server"));
    say("the same, and the server does not mind");
    theirs = certificates("server"), theirs.verify_peer_cert = 0;
    ask(proto, with_judge(certificates(NULL), for_client), theirs);
    say("neither looks at the other's, so nobody is asked");
    mine = with_judge(certificates("client"), for_client), mine.verify_peer_cert = 0;
    theirs = with_judge(certificates("stranger"), for_server), theirs.verify_peer_cert = 0;
    ask(proto, mine, theirs);
    say("the certificate of a name");
    mine = with_judge(certificates("client"), for_client), mine.client_sni = name;
    theirs = certificates("server"), theirs.validate_sni_call_back = certificate_of, theirs.sni_call_back_arg = for_server;
    ask(proto, mine, theirs);
    if (proto != COAP_PROTO_DTLS) {
      say("a name that nobody has");
      mine.client_sni = nobody;
      ask(proto, mine, theirs);
    }
  }
  say("== the server takes the part of a client before it is asked about the certificate");
  calls_home = 1, refuse_depth = 0;
  ask(COAP_PROTO_DTLS, certificates("client"), with_judge(certificates("server"), for_server));
  calls_home = 0, refuse_depth = -1;
  say("== root CAs that are not taken");
  roots_of_a_call_that_failed();
  mine = certificates("client"), mine.check_common_ca = 0, mine.pki_key.key.pem.ca_file = NULL;
  ask(COAP_PROTO_TLS, mine, certificates("server"));
  /* Those of the system are in SSL_CERT_FILE. */
  say("== CAs of the system");
  setenv("SSL_CERT_FILE", pki("ca.pem"), 1);
  mine = certificates("client"), mine.check_common_ca = 0, mine.pki_key.key.pem.ca_file = NULL;
  ask(COAP_PROTO_TLS, mine, certificates("server"));
  say("they are trusted: %d", coap_context_load_pki_trust_store(client));
  ask(COAP_PROTO_TLS, mine, certificates("server"));
  say("== forms");
  forms();
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
