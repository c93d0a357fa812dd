/* coap_logging(3): lines without a handler: their form, their stream, their place among the program's own output. */
#include <coap3/coap.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "Nov 22 06:30:01.123 " */
static int
is_time(const char *text) {
  static const char form[] = "Aaa 99 99:99:99.999 ";
  size_t i;
  for (i = 0; form[i]; i++) {
    int fits = form[i] == 'A'   ? isupper((unsigned char)text[i])
               : form[i] == 'a' ? islower((unsigned char)text[i])
               : form[i] == '9' ? isdigit((unsigned char)text[i])
                                : text[i] == form[i];
    if (!fits)
      return 0;
  }
  return 1;
}

static int
led_to(FILE *stream, FILE *file) {
  int kept;
  fflush(stream);
  kept = dup(fileno(stream));
  dup2(fileno(file), fileno(stream));
  return kept;
}

static void
led_back(FILE *stream, int kept) {
  fflush(stream);
  dup2(kept, fileno(stream));
  close(kept);
}

/* Runs `body` with both streams led to files, then prints what `stream` got, its times replaced. */
static void
captured(const char *title, FILE *stream, void (*body)(void)) {
  FILE *out = tmpfile(), *err = tmpfile(), *shown = stream == stdout ? out : err;
  int kept_out = led_to(stdout, out), kept_err = led_to(stderr, err);
  char line[4096];
  size_t i;

  body();
  led_back(stdout, kept_out);
  led_back(stderr, kept_err);
  rewind(shown);
  printf("== %s\n", title);
  while (fgets(line, sizeof line, shown))
    for (i = 0; line[i]; i++) {
      if (is_time(line + i)) {
        printf("TIME ");
        i += 19;
      } else {
        putchar(line[i]);
      }
    }
  fclose(out);
  fclose(err);
}

static void
all_levels(void) {
  int level;
  for (level = COAP_LOG_EMERG; level <= COAP_LOG_DEBUG; level++)
    coap_log((coap_log_t)level, "level %d\n", level);
}

static void
mixed(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0x1234, 100);
  coap_add_token(pdu, 2, (const uint8_t *)"ab");
  printf("printed first\n");
  coap_log_warn("logged second\n");
  printf("printed third\n");
  coap_show_pdu(COAP_LOG_WARN, pdu);
  printf("printed fifth, ");
  coap_log_warn("logged behind it\n");
  coap_log_info("not logged\n");
  coap_set_show_pdu_output(0);
  coap_show_pdu(COAP_LOG_WARN, pdu);
  coap_show_pdu(COAP_LOG_INFO, pdu);
  coap_add_data(pdu, 3, (const uint8_t *)"\x01z\xff");
  coap_show_pdu(COAP_LOG_WARN, pdu);
  coap_set_show_pdu_output(1);
  coap_show_pdu(COAP_LOG_WARN, pdu);
  coap_delete_pdu(pdu);
}

static void
odd_texts(void) {
  coap_log_warn("no end");
  coap_log_warn(" of line\n");
  coap_log_warn("%s", "");
  coap_log_warn("\n");
  coap_log_warn("two\nlines\n");
  coap_log_warn("%5d|%-5s|%c|%%|%zu\n", 42, "ab", 'x', sizeof(char));
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_DEBUG);
  captured("levels on stdout", stdout, all_levels);
  captured("levels on stderr", stderr, all_levels);
  coap_set_log_level(COAP_LOG_ERR);
  captured("fewer levels", stdout, all_levels);
  coap_set_log_level(COAP_LOG_WARN);
  captured("among printed lines", stdout, mixed);
  captured("odd texts", stdout, odd_texts);
  coap_cleanup();
  return 0;
}
