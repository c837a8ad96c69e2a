/* Put before the C library with LD_PRELOAD: the calendar clock is LATER_SECONDS ahead, for tests of what expires. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int outcome = real(clock, now);
    const char *later = getenv("LATER_SECONDS");
    if (outcome == 0 && clock == CLOCK_REALTIME && later)
        now->tv_sec += atol(later);
    return outcome;
}
