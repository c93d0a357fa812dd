/* A name that programs may include. Everything stands in coap.h. */
#include "coap.h"
