/* Names the library that it runs on. */
#include "support.h"

int
main(void) {
  say("%s", coap_package_version());
  return 0;
}
