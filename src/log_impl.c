/*
 * coap_log_impl() takes a printf format and its arguments. Stable Rust can call such a function but not define one,
 * so this file formats the line and hands the text over.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Defined in log.rs. `line` is borrowed for the call. */
void ferrocoap_log_line(unsigned int level, const char *line);

/* Declared for users in <coap3/coap.h>; an enumeration crosses as the integer it is. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void coap_log_impl(unsigned int level, const char *format, ...);

void coap_log_impl(unsigned int level, const char *format, ...) {
  char small[1024];
  char *line = small;
  va_list arguments;
  int length;

  va_start(arguments, format);
  length = vsnprintf(small, sizeof small, format, arguments);
  va_end(arguments);
  if (length < 0)
    return;

  if ((size_t)length >= sizeof small) {
    char *large = malloc((size_t)length + 1);
    /* Without memory for all of it the beginning is logged. */
    if (large) {
      va_start(arguments, format);
      vsnprintf(large, (size_t)length + 1, format, arguments);
      va_end(arguments);
      line = large;
    }
  }
  ferrocoap_log_line(level, line);
  if (line != small)
    free(line);
}
