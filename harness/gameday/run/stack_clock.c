/*
 * A clock for one process that runs at a rate of its own. Compiled once and preloaded into the processes of a stack.
 *
 * GAMEDAY_CLOCK="<origin>:<wall>:<rate>": at <origin> (CLOCK_MONOTONIC, nanoseconds) the stack's wall clock read <wall>
 * (Unix time, nanoseconds), and since then <rate> seconds of the stack pass in a real one. Nothing counts from the start
 * of a process and nothing is locked: so all processes agree, whenever they start, and a kill leaves nothing.
 * Whatever waits is given the real time that its stack time takes. Without the variable everything is as it was.
 *
 * GAMEDAY_CLOCK_PAGE names a file that the processes of a run share (gameday.run.clock_page). Its first page, which they
 * only read, says by how much the run has skipped ahead: one number that only grows, so it is never read half. Behind it
 * each thread says until when it waits. A wait that would pass over a skip is done in slices, so that it ends when its
 * time has come. What the library cannot end in time is not entered: the run sees that and does not skip.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <linux/futex.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
/* Later than this is a reading of the wall clock (1985), earlier one of a clock that began with the machine. */
#define WALL_S 500000000LL

typedef long double real_t;

static int64_t origin_ns, wall_ns;
static double rate;
static int ready;

/* The C library's own function; each is looked up once. */
#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void open_page(void);

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("GAMEDAY_CLOCK");
    char *end;
    if (ready) return;
    if (given) {
        int64_t origin = strtoll(given, &end, 10);
        int64_t wall = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
        /* Not strtod: the decimal point is the locale's. */
        int64_t whole = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
        double part = 0, unit = 0.1;
        if (*end == '.')
            for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10) part += (*end - '0') * unit;
        origin_ns = origin, wall_ns = wall, rate = (double)whole + part;
    }
    ready = 1;
    if (rate > 0) open_page();
}

static int on(void) {
    if (!ready) begin();
    return rate > 0;
}

#include "stack_clock_page.h"

static int64_t ns_of(const struct timespec *t) { return (int64_t)t->tv_sec * NS + t->tv_nsec; }

static struct timespec spec(int64_t ns) {
    struct timespec t;
    if (ns < 0) ns = 0;
    t.tv_sec = ns / NS, t.tv_nsec = ns % NS;
    return t;
}

static int64_t raw_ns(clockid_t id) {
    NEXT(clock_gettime);
    struct timespec t;
    return next(id, &t) ? 0 : ns_of(&t);
}

/* How long a duration of the stack is in real time: rounded up, so that a deadline has passed for the stack too. */
static int64_t real_of(int64_t ns) {
    int64_t real;
    if (ns <= 0) return ns;
    real = (int64_t)((real_t)ns / rate);
    return real + ((real_t)real * rate < (real_t)ns);
}

static int64_t stack_of(int64_t ns) { return (int64_t)((real_t)ns * rate); }

static int64_t passed_ns(void) { return stack_of(raw_ns(CLOCK_MONOTONIC) - origin_ns) + skipped_ns(); }

/* How much of the stack's time has passed at a reading of one of its clocks. */
static int64_t since(const struct timespec *t) { return ns_of(t) - (t->tv_sec >= WALL_S ? wall_ns : origin_ns); }

/* A deadline on a clock of the stack as a reading of the real CLOCK_MONOTONIC. */
static struct timespec deadline(const struct timespec *t) {
    int64_t left = since(t) - skipped_ns();
    return spec(origin_ns + (left < 0 ? left : real_of(left)));
}

static int wrong(const struct timespec *t) { return !t || t->tv_nsec < 0 || t->tv_nsec >= NS || t->tv_sec < 0; }

/* -- waiting ------------------------------------------------------------------------------------------------- */

/* A wait: until so much of the stack's time has passed. Without a page it is done in one slice. */
struct wait { int64_t until_ns; struct slot *slot; int last; };

static struct wait enter(int64_t until_ns) {
    struct wait w = {until_ns, NULL, 1};
    if (!table) return w;
    enrol();
    if (!thread_slot || thread_process != own->process) thread_slot = claim((int32_t)syscall(SYS_gettid)), thread_process = own->process;
    if (!(w.slot = thread_slot)) return w;
    __atomic_store_n(&w.slot->until_ns, until_ns, __ATOMIC_RELAXED);
    __atomic_fetch_add(&w.slot->state, 1, __ATOMIC_SEQ_CST);
    return w;
}

static struct wait enter_for(const struct timespec *t) { return enter(table ? passed_ns() + ns_of(t) : 0); }

static void leave(struct wait *w) {
    if (w->slot) __atomic_fetch_add(&w->slot->state, 1, __ATOMIC_SEQ_CST);
}

/* The real length of the next slice. */
static int64_t slice(struct wait *w) {
    int64_t left = real_of(w->until_ns - passed_ns());
    w->last = left <= SLICE_NS;
    return left < 0 ? 0 : w->last ? left : SLICE_NS;
}

/* The real length of the next slice of a wait for a duration, and the real CLOCK_MONOTONIC at the end of one until then. */
static struct timespec slice_of(struct wait *w, const struct timespec *t) { return spec(w->slot ? slice(w) : real_of(ns_of(t))); }
static struct timespec slice_to(struct wait *w, const struct timespec *t) {
    return w->slot ? spec(raw_ns(CLOCK_MONOTONIC) + slice(w)) : deadline(t);
}

/* What is left of a wait, of which a call says that so much real time is. */
static struct timespec left_of(const struct wait *w, int64_t real_ns) {
    return spec(w->slot ? w->until_ns - passed_ns() : stack_of(real_ns));
}

/* Do a call in slices: it is over unless it has timed out before the last of them. */
#define SLICED(w, next_slice, call, timed_out) \
    do { real = next_slice; result = call; } while ((timed_out) && !(w).last); \
    leave(&(w))

/* -- reading clocks ------------------------------------------------------------------------------------------ */

int clock_gettime(clockid_t id, struct timespec *t) {
    NEXT(clock_gettime);
    if (!on()) return next(id, t);
    switch (id) {
    case CLOCK_REALTIME: case CLOCK_REALTIME_COARSE: case CLOCK_TAI: *t = spec(wall_ns + passed_ns()); return 0;
    case CLOCK_MONOTONIC: case CLOCK_MONOTONIC_COARSE: case CLOCK_MONOTONIC_RAW: *t = spec(origin_ns + passed_ns()); return 0;
    /* The time that the machine slept before is added once, not accelerated. */
    case CLOCK_BOOTTIME: *t = spec(raw_ns(id) - raw_ns(CLOCK_MONOTONIC) + origin_ns + passed_ns()); return 0;
    default: return next(id, t);
    }
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    NEXT(gettimeofday);
    if (!on()) return next(t, zone);
    if (zone) next(t, zone);
    struct timespec now = spec(wall_ns + passed_ns());
    t->tv_sec = now.tv_sec, t->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *t, int base) {
    if (base != TIME_UTC) return 0;
    return clock_gettime(CLOCK_REALTIME, t) ? 0 : base;
}

/* -- sleeping ------------------------------------------------------------------------------------------------ */

int nanosleep(const struct timespec *t, struct timespec *left) {
    NEXT(nanosleep);
    struct timespec real, rest;
    int result;
    if (!on() || wrong(t)) return next(t, left);
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), next(&real, &rest), !result);
    if (result && left) *left = left_of(&w, ns_of(&rest));
    return result;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *left) {
    NEXT(clock_nanosleep);
    struct timespec real, rest;
    int result;
    if (!on() || wrong(t) || id == CLOCK_PROCESS_CPUTIME_ID) return next(id, flags, t, left);
    if (flags & TIMER_ABSTIME) {
        struct wait w = enter(since(t));
        SLICED(w, slice_to(&w, t), next(CLOCK_MONOTONIC, flags, &real, NULL), !result);
        return result;
    }
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), next(CLOCK_MONOTONIC, flags, &real, &rest), !result);
    if (result == EINTR && left) *left = left_of(&w, ns_of(&rest));
    return result;
}

int usleep(useconds_t us) {
    struct timespec t = spec((int64_t)us * 1000);
    return nanosleep(&t, NULL);
}

unsigned sleep(unsigned s) {
    struct timespec t = spec((int64_t)s * NS), left;
    return nanosleep(&t, &left) ? (unsigned)left.tv_sec + (left.tv_nsec > 0) : 0;
}

/* -- waiting for files and sockets --------------------------------------------------------------------------- */

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *t, const sigset_t *mask) {
    NEXT(ppoll);
    struct timespec real;
    int result;
    if (!on() || wrong(t) || !ns_of(t)) return next(fds, count, t, mask);
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), next(fds, count, &real, mask), !result);
    return result;
}

int poll(struct pollfd *fds, nfds_t count, int ms) {
    struct timespec t = spec((int64_t)ms * 1000000);
    return ppoll(fds, count, ms < 0 ? NULL : &t, NULL);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t size) { (void)size; return poll(fds, count, ms); }

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *t, const sigset_t *mask, size_t size) {
    (void)size;
    return ppoll(fds, count, t, mask);
}

/* The sets that a call of select is given anew for each slice; it clears them when it times out. */
struct sets { fd_set *given[3], kept[3]; size_t size; };

static int keep(struct sets *s, int count, fd_set *r, fd_set *w, fd_set *x) {
    *s = (struct sets){.given = {r, w, x}};
    if (count < 0 || count > FD_SETSIZE) return 0;
    s->size = ((size_t)count + 63) / 64 * 8;
    for (int i = 0; i < 3; i++)
        if (s->given[i]) memcpy(&s->kept[i], s->given[i], s->size);
    return 1;
}

static const struct timespec *again(const struct sets *s, const struct timespec *t) {
    for (int i = 0; i < 3; i++)
        if (s->given[i]) memcpy(s->given[i], &s->kept[i], s->size);
    return t;
}

int pselect(int count, fd_set *r, fd_set *w, fd_set *x, const struct timespec *t, const sigset_t *mask) {
    NEXT(pselect);
    struct timespec real;
    struct sets sets;
    int result;
    if (!on() || wrong(t) || !ns_of(t)) return next(count, r, w, x, t, mask);
    struct wait wait = keep(&sets, count, r, w, x) ? enter_for(t) : (struct wait){0, NULL, 1};
    SLICED(wait, slice_of(&wait, t), next(count, r, w, x, again(&sets, &real), mask), !result);
    return result;
}

int select(int count, fd_set *r, fd_set *w, fd_set *x, struct timeval *t) {
    NEXT(select);
    struct sets sets;
    int result;
    if (!on() || !t || t->tv_sec < 0 || t->tv_usec < 0 || (!t->tv_sec && !t->tv_usec)) return next(count, r, w, x, t);
    struct timespec whole = {t->tv_sec, t->tv_usec * 1000}, real;
    struct timeval short_t;
    struct wait wait = keep(&sets, count, r, w, x) ? enter_for(&whole) : (struct wait){0, NULL, 1};
    do {
        real = slice_of(&wait, &whole);
        short_t = (struct timeval){real.tv_sec, (real.tv_nsec + 999) / 1000};
        again(&sets, NULL);
        result = next(count, r, w, x, &short_t);
    } while (!result && !wait.last);
    leave(&wait);
    /* Linux leaves the time that was not slept. */
    struct timespec left = left_of(&wait, (int64_t)short_t.tv_sec * NS + (int64_t)short_t.tv_usec * 1000);
    t->tv_sec = left.tv_sec, t->tv_usec = left.tv_nsec / 1000;
    return result;
}

int epoll_pwait2(int fd, struct epoll_event *events, int most, const struct timespec *t, const sigset_t *mask) {
    struct timespec real;
    int result;
    if (!on() || wrong(t) || !ns_of(t)) return (int)syscall(SYS_epoll_pwait2, fd, events, most, t, mask, _NSIG / 8);
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), (int)syscall(SYS_epoll_pwait2, fd, events, most, &real, mask, _NSIG / 8), !result);
    return result;
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int ms, const sigset_t *mask) {
    NEXT(epoll_pwait);
    if (!on() || ms <= 0) return next(fd, events, most, ms, mask);
    struct timespec t = spec((int64_t)ms * 1000000);
    int result = epoll_pwait2(fd, events, most, &t, mask);
    /* Before Linux 5.11 there are milliseconds only. */
    if (result < 0 && errno == ENOSYS) result = next(fd, events, most, (int)(real_of(ns_of(&t)) / 1000000 + 1), mask);
    return result;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int ms) { return epoll_pwait(fd, events, most, ms, NULL); }

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    NEXT(setsockopt);
    if (on() && level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) && size == sizeof(struct timeval)) {
        const struct timeval *t = value;
        if (t->tv_sec || t->tv_usec) does_not_follow();
        int64_t real = real_of((int64_t)t->tv_sec * NS + (int64_t)t->tv_usec * 1000);
        struct timeval short_t = {real / NS, (real % NS + 999) / 1000};
        return next(fd, level, name, &short_t, size);
    }
    return next(fd, level, name, value, size);
}

/* -- locks: each has a form that takes a deadline on CLOCK_MONOTONIC ------------------------------------------- */

#define TIMED_OUT == ETIMEDOUT
#define LOCK(name, parameters, forwarded, with_clock, plain) \
    int name parameters { \
        static int (*next)(); \
        if (!next) next = (int (*)())dlsym(RTLD_NEXT, #with_clock); \
        struct timespec real; \
        int result; \
        if (!on() || wrong(t)) return next plain; \
        struct wait w = enter(since(t)); \
        SLICED(w, slice_to(&w, t), next forwarded, result TIMED_OUT); \
        return result; \
    }

#undef TIMED_OUT
#define TIMED_OUT < 0 && errno == ETIMEDOUT
LOCK(sem_timedwait, (sem_t *s, const struct timespec *t), (s, CLOCK_MONOTONIC, &real), sem_clockwait, (s, CLOCK_REALTIME, t))
LOCK(sem_clockwait, (sem_t *s, clockid_t id, const struct timespec *t), (s, CLOCK_MONOTONIC, &real), sem_clockwait, (s, id, t))
#undef TIMED_OUT
#define TIMED_OUT == ETIMEDOUT
LOCK(pthread_mutex_timedlock, (pthread_mutex_t *m, const struct timespec *t), (m, CLOCK_MONOTONIC, &real),
     pthread_mutex_clocklock, (m, CLOCK_REALTIME, t))
LOCK(pthread_mutex_clocklock, (pthread_mutex_t *m, clockid_t id, const struct timespec *t), (m, CLOCK_MONOTONIC, &real),
     pthread_mutex_clocklock, (m, id, t))
LOCK(pthread_rwlock_timedrdlock, (pthread_rwlock_t *l, const struct timespec *t), (l, CLOCK_MONOTONIC, &real),
     pthread_rwlock_clockrdlock, (l, CLOCK_REALTIME, t))
LOCK(pthread_rwlock_timedwrlock, (pthread_rwlock_t *l, const struct timespec *t), (l, CLOCK_MONOTONIC, &real),
     pthread_rwlock_clockwrlock, (l, CLOCK_REALTIME, t))
LOCK(pthread_timedjoin_np, (pthread_t p, void **r, const struct timespec *t), (p, r, CLOCK_MONOTONIC, &real),
     pthread_clockjoin_np, (p, r, CLOCK_REALTIME, t))

/* Not in slices: a signal that comes between two of them would be lost. So the run does not skip meanwhile. */
int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t id, const struct timespec *t) {
    NEXT(pthread_cond_clockwait);
    if (!on() || wrong(t)) return next(c, m, id, t);
    struct timespec real = deadline(t);
    return next(c, m, CLOCK_MONOTONIC, &real);
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *t) {
    /* Without a clock of the stack only the condition itself knows its clock: the C library's own, the newest version. */
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!on() || wrong(t)) {
        if (!next) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
        if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        return next(c, m, t);
    }
    return pthread_cond_clockwait(c, m, CLOCK_MONOTONIC, t);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *t) {
    NEXT(sigtimedwait);
    struct timespec real;
    int result;
    if (!on() || wrong(t) || !ns_of(t)) return next(set, info, t);
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), next(set, info, &real), result < 0 && errno == EAGAIN);
    return result;
}

int semtimedop(int id, struct sembuf *ops, size_t count, const struct timespec *t) {
    NEXT(semtimedop);
    struct timespec real;
    int result;
    if (!on() || wrong(t) || !ns_of(t)) return next(id, ops, count, t);
    struct wait w = enter_for(t);
    SLICED(w, slice_of(&w, t), next(id, ops, count, &real), result < 0 && errno == EAGAIN);
    return result;
}

/* Rust and others wait for a futex without the C library's locks; some read clocks in the same way. */
long syscall(long number, ...) {
    static long (*next)(long, ...);
    va_list given;
    long a[6];
    if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_start(given, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(given, long);
    va_end(given);
    if (on()) {
        const struct timespec *t = (const struct timespec *)a[3];
        int act = (int)a[1] & FUTEX_CMD_MASK;
        struct timespec real;
        struct wait w;
        int slices = 0;
        long result;
        switch (number) {
        case SYS_clock_gettime: return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
        case SYS_gettimeofday: return gettimeofday((struct timeval *)a[0], (void *)a[1]);
        case SYS_nanosleep: return nanosleep((const struct timespec *)a[0], (struct timespec *)a[1]);
        case SYS_futex:
            if (act != FUTEX_WAIT && act != FUTEX_WAIT_BITSET) break;
            if (wrong(t)) break;
            w = act == FUTEX_WAIT ? enter_for(t) : enter(since(t));
            SLICED(w, (slices++, act == FUTEX_WAIT ? slice_of(&w, t) : slice_to(&w, t)),
                   next(number, a[0], a[1] & ~FUTEX_CLOCK_REALTIME, a[2], &real, a[4], a[5]), result < 0 && errno == ETIMEDOUT);
            /* Who wakes it changes the value first: where that was between two slices, it was woken. */
            return slices > 1 && result < 0 && errno == EAGAIN ? 0 : result;
        }
    }
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* -- timers --------------------------------------------------------------------------------------------------- */

static struct timeval short_of(struct timeval t) {
    int64_t real = real_of((int64_t)t.tv_sec * NS + (int64_t)t.tv_usec * 1000);
    return (struct timeval){real / NS, (real % NS + 999) / 1000};
}

static struct timeval long_of(struct timeval t) {
    int64_t ns = stack_of((int64_t)t.tv_sec * NS + (int64_t)t.tv_usec * 1000);
    return (struct timeval){ns / NS, ns % NS / 1000};
}

int getitimer(__itimer_which_t which, struct itimerval *t) {
    NEXT(getitimer);
    int result = next(which, t);
    if (!result && on() && which == ITIMER_REAL)
        t->it_interval = long_of(t->it_interval), t->it_value = long_of(t->it_value);
    return result;
}

int setitimer(__itimer_which_t which, const struct itimerval *t, struct itimerval *old) {
    NEXT(setitimer);
    if (!on() || !t || which != ITIMER_REAL) return next(which, t, old);
    if (t->it_value.tv_sec || t->it_value.tv_usec) does_not_follow();
    struct itimerval real = {short_of(t->it_interval), short_of(t->it_value)};
    int result = next(which, &real, old);
    if (!result && old) old->it_interval = long_of(old->it_interval), old->it_value = long_of(old->it_value);
    return result;
}

unsigned alarm(unsigned s) {
    struct itimerval t = {{0, 0}, {s, 0}}, old = {{0, 0}, {0, 0}};
    if (setitimer(ITIMER_REAL, &t, &old)) return 0;
    return (unsigned)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}

/* The timer keeps its own clock, so an absolute time becomes the duration until then. */
static struct itimerspec short_timer(const struct itimerspec *t, int absolute) {
    int64_t value = ns_of(&t->it_value), left = real_of(value);
    if (value && absolute) {
        struct timespec then = deadline(&t->it_value);
        left = ns_of(&then) - raw_ns(CLOCK_MONOTONIC);
    }
    return (struct itimerspec){spec(real_of(ns_of(&t->it_interval))), spec(value && left <= 0 ? 1 : left)};
}

static void long_timer(struct itimerspec *t) {
    t->it_interval = spec(stack_of(ns_of(&t->it_interval)));
    t->it_value = spec(stack_of(ns_of(&t->it_value)));
}

int timerfd_settime(int fd, int flags, const struct itimerspec *t, struct itimerspec *old) {
    NEXT(timerfd_settime);
    if (!on() || !t) return next(fd, flags, t, old);
    if (ns_of(&t->it_value)) does_not_follow();
    struct itimerspec real = short_timer(t, flags & TFD_TIMER_ABSTIME);
    int result = next(fd, 0, &real, old);
    if (!result && old) long_timer(old);
    return result;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *t, struct itimerspec *old) {
    NEXT(timer_settime);
    if (!on() || !t) return next(timer, flags, t, old);
    if (ns_of(&t->it_value)) does_not_follow();
    struct itimerspec real = short_timer(t, flags & TIMER_ABSTIME);
    int result = next(timer, 0, &real, old);
    if (!result && old) long_timer(old);
    return result;
}
