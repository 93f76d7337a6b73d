/*
 * The page of a run (gameday.run.clock_page has the same layout): by how much the run has skipped ahead, and what waits.
 */

#define PAGE 4096
#define SLOTS 2048
#define MARK 0x31304b4c434447LL /* "GDCLK01" */
/* How long a wait goes on before it looks whether the run has skipped ahead (real time). */
#define SLICE_NS 10000000LL

struct line { int64_t mark, skipped_ns; };
/* A thread, or with thread 0 a process: `state` is odd while the thread waits until `until_ns`, and 1 in that of a
 * process which has armed what does not follow a skip: a timer of the kernel, or a time-out of a socket. */
struct slot { int32_t process, thread; uint32_t state, unused; int64_t until_ns; };
struct table { uint32_t used, unused; struct slot slots[SLOTS]; };

static const struct line *line;
static struct table *table;
/* What fork gives to a child as zeros. */
static volatile struct { struct slot *process; } *own;
static __thread struct slot *thread_slot;
static __thread struct slot *thread_process;

static int64_t skipped_ns(void) { return line ? __atomic_load_n(&line->skipped_ns, __ATOMIC_ACQUIRE) : 0; }

/* The slot of a thread, or with 0 of this process; NULL if all are taken. */
static struct slot *claim(int32_t thread) {
    int32_t process = getpid();
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &table->slots[i];
        int32_t holder = __atomic_load_n(&slot->process, __ATOMIC_ACQUIRE);
        /* One of an earlier process with this number may be there still. */
        if (holder == process && slot->thread == thread) { slot->state = 0; return slot; }
        if (holder || !__atomic_compare_exchange_n(&slot->process, &holder, process, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        slot->state = 0;
        __atomic_store_n(&slot->thread, thread, __ATOMIC_RELEASE);
        uint32_t used = __atomic_load_n(&table->used, __ATOMIC_RELAXED);
        while (used < i + 1 && !__atomic_compare_exchange_n(&table->used, &used, i + 1, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
        return slot;
    }
    return NULL;
}

/* Say that this process is on the page; once, and again in a child. */
static void enrol(void) {
    if (table && !own->process) own->process = claim(0);
}

static void open_page(void) {
    const char *path = getenv("GAMEDAY_CLOCK_PAGE");
    size_t size = PAGE + sizeof(struct table);
    struct stat found;
    int fd = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) return;
    if (!fstat(fd, &found) && S_ISREG(found.st_mode) && (size_t)found.st_size >= size) {
        void *read_only = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
        void *shared = mmap(NULL, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
        void *wiped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (read_only != MAP_FAILED && shared != MAP_FAILED && wiped != MAP_FAILED
            && !madvise(wiped, PAGE, MADV_WIPEONFORK) && ((struct line *)read_only)->mark == MARK) {
            own = wiped, table = shared, line = read_only;
            enrol();
            pthread_atfork(NULL, NULL, enrol);
        }
    }
    close(fd);
}

/* A timer was armed that does not follow a skip. */
static void does_not_follow(void) {
    if (!table) return;
    enrol();
    if (own->process) __atomic_store_n(&own->process->state, 1, __ATOMIC_RELEASE);
}
