// Each thread has its own message; the number of threads is the process's.
#include <string.h>
#include <threads.h>

#include "check.h"

static int other_thread(void* nothing) {
  (void)nothing;
  CHECK(strcmp(lossproof_last_error(), "") == 0);
  CHECK(lossproof_find_loss("theirs") == NULL);
  CHECK(strstr(lossproof_last_error(), "\"theirs\"") != NULL);
  return 0;
}

void threads(void) {
  CHECK(strcmp(lossproof_last_error(), "") == 0);
  CHECK(lossproof_find_loss("ours") == NULL);
  const char* message = lossproof_last_error();
  thrd_t thread;
  CHECK(thrd_create(&thread, other_thread, NULL) == thrd_success && thrd_join(thread, NULL) == thrd_success);
  CHECK(strstr(message, "\"ours\"") != NULL);
  CHECK(lossproof_find_loss("mse_loss") != NULL);
  CHECK(strstr(lossproof_last_error(), "\"ours\"") != NULL);

  CHECK(lossproof_threads() >= 1);
  CHECK_OK(lossproof_set_threads(3));
  CHECK(lossproof_threads() == 3);
  CHECK_REFUSED(lossproof_set_threads(0), "set_threads: 0 threads; expected at least 1");
  CHECK(lossproof_threads() == 3);
}
