/* What a sanitizer said, as a sentence, stacks and a place.
 *
 *     ==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60.. at pc ..   its kind
 *     READ of size 4 at 0x60.. thread T0                                              the access
 *         #0 0x55.. in show routes/route.c:9                                          the stack
 *
 *     0x60.. is located 0 bytes to the right of 16-byte region [..)                   which memory
 *     allocated by thread T0 here:                                                    whose stack
 *         #0 ...
 *
 *     routes/route.c:20:17: runtime error: load of null pointer of type 'char'        UBSan
 *
 * gcc's and clang's runtimes, old and new, differ in small words ("to the right of", "after"); only
 * what all of them say is looked for.  The last report counts: with it the process ended. */
#include <string.h>

#include "dev/report_impl.h"

/* What a kind of mistake is called by those who make it. */
static const struct {
    const char *kind;
    const char
        *sentence; /* %s: "a read of 4 bytes"; of those without an access NULL stands behind */
    bool has_access;
    const char *advice;
} kinds[] = {
    { "heap-buffer-overflow", "%s outside of an allocation", true, NULL },
    { "stack-buffer-overflow", "%s outside of a variable on the stack", true, NULL },
    { "stack-buffer-underflow", "%s in front of a variable on the stack", true, NULL },
    { "dynamic-stack-buffer-overflow", "%s outside of an array on the stack", true, NULL },
    { "global-buffer-overflow", "%s outside of a global variable", true, NULL },
    { "heap-use-after-free", "%s of memory that has been freed", true,
      "Who frees it must be the last to use it." },
    { "stack-use-after-return", "%s of a variable of a function that has returned", true,
      "What outlives the function belongs into the request's arena: osp_new, osp_copy." },
    { "stack-use-after-scope", "%s of a variable whose block has ended", true,
      "Declare it outside of the block." },
    { "use-after-poison",
      "%s of memory that is nobody's: behind the end of a piece of an arena, or "
      "of a request that is over",
      true, "What outlives a request must not point into its arena." },
    { "double-free", "Memory is freed twice", false, NULL },
    { "bad-free", "What is freed was not allocated, or is not its beginning", false, NULL },
    { "alloc-dealloc-mismatch", "Memory is freed by another function than it was allocated for",
      false, NULL },
    { "negative-size-param", "A size is negative, which is a huge one without a sign", false,
      NULL },
    { "allocation-size-too-big", "An allocation asks for more than there can be", false, NULL },
    { "calloc-overflow", "An allocation asks for more than a size can say", false, NULL },
    { "out-of-memory", "There is no memory left", false, NULL },
    { "memcpy-param-overlap", "memcpy copies between ranges that overlap", false,
      "memmove may do that." },
    { "strcpy-param-overlap", "strcpy copies between ranges that overlap", false, NULL },
    { "strncpy-param-overlap", "strncpy copies between ranges that overlap", false, NULL },
    { "stack-overflow", "The stack of the handler is used up", false,
      "Does a function call itself without end, or hold a large array?" },
    { "FPE", "A division by zero", false, NULL },
    { "ILL", "An instruction that the processor does not know", false, NULL },
    { "ABRT", "The program ended itself", false, NULL },
    { "BUS", "An access to memory that is not there", false, NULL },
    { "data race", "Two threads use the same memory, one writes it, and nothing orders them", false,
      "A lock or an atomic orders them." },
    { "thread leak", "A thread ended and nobody joined it", false, NULL },
    { "lock-order-inversion", "Locks are taken in different orders, which may end in a deadlock",
      false, NULL },
};

/* One report in its lines. */
typedef struct reading {
    const osp_reporter *reporter;
    osp_report *report;
    osp_str kind;                 /* "heap-buffer-overflow" */
    osp_str access;               /* "READ of size 4" */
    osp_str where;                /* "0 bytes to the right of 16-byte region" */
    osp_str variable;             /* "'b'" of a frame */
    osp_str address;              /* of a SEGV */
    osp_report_frame_list *stack; /* that frames belong to; NULL: to none that is shown */
} reading;

static bool equals(osp_str text, const char *words)
{
    return osp_str_equal(text, osp_str_from(words));
}

static osp_str word_of(osp_str text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != ':') {
        len++;
    }
    return osp_said_before(text, len);
}

/* ---------------------------------------------------------------- frames */

/* Without what a loader appends: "(BuildId: 7bf7)". */
static osp_str without_build(osp_str text)
{
    return osp_str_trim(osp_said_before(text, osp_said_find(text, "(BuildId:")));
}

/* "#0 0x5616 in show routes/route.c:17:3", of TSan without the address. */
static bool read_frame(reading *r, osp_str line)
{
    const osp_str text = osp_str_trim(line);
    osp_said_place place;
    if (text.len < 3 || text.ptr[0] != '#' || text.ptr[1] < '0' || text.ptr[1] > '9') {
        return false;
    }
    const size_t in = osp_said_find(text, " in "), space = osp_said_find(text, " ");
    const osp_str named = osp_said_from(text, in < text.len ? in + 4 : space);
    osp_str name = osp_str_trim(named);
    const size_t end = osp_said_find(name, " ");
    osp_str file = without_build(osp_str_trim(osp_said_from(name, end)));
    name = osp_said_before(name, end);
    osp_report_frame frame = { .function = name };
    const size_t module = osp_said_find(file, " (");
    file = module > 0 ? osp_said_before(file, module) : file; /* TSan's, behind the place */
    osp_str rest = file;
    if (osp_said_take_place(&rest, &place)) {
        frame.file = place.file;
        frame.line = place.line;
        frame.column = place.column;
    } else if (file.len > 0 && file.ptr[0] != '(') {
        frame.file = file;
    }
    if (osp_str_starts_with(frame.function, OSP_STR("0x"))) {
        frame.function = (osp_str){ 0 }; /* there is no name */
    }
    if (r->stack != NULL && (frame.function.len > 0 || frame.line > 0)) {
        osp_report_add_frame(r->reporter, r->stack, &frame);
    }
    return true;
}

void osp_report_read_frames(const osp_reporter *reporter, osp_str output,
                            osp_report_frame_list *frames)
{
    reading r = { .reporter = reporter, .stack = frames };
    while (output.len > 0) {
        const osp_str line = osp_said_line(&output);
        (void)read_frame(&r, line);
        if (osp_said_has(line, "serve/crash.c:")) {
            frames->count = 0; /* the signal handler's own */
        }
    }
}

/* The next frames are of another stack than the first. */
static void begin_stack(reading *r, const char *title)
{
    osp_report_stack_list *list = &r->report->stacks;
    r->stack = NULL;
    if (list->items == NULL) {
        list->items =
            osp_kit_alloc(r->reporter->arena, OSP_REPORT_STACKS_MAX * sizeof(*list->items));
    }
    if (list->count < OSP_REPORT_STACKS_MAX) {
        list->items[list->count].title = osp_str_from(title);
        r->stack = &list->items[list->count++].frames;
    }
}

/* ---------------------------------------------------------------- lines */

/* "Memory access at offset 40 overflows this variable": which, and where it stands. */
static void read_variable(reading *r, osp_str line)
{
    const size_t quote = osp_said_find(line, "'");
    const osp_str name = osp_said_from(line, quote < line.len ? quote + 1 : line.len);
    r->variable = osp_said_before(name, osp_said_find(name, "'"));
}

/* 'one' defined in 'routes/route.c:12' (0x..) of size 4: a global. */
static void read_global(reading *r, osp_str line)
{
    const size_t at = osp_said_find(line, "global variable '");
    if (at < line.len) {
        read_variable(r, osp_said_from(line, at));
    }
}

static void read_line(reading *r, osp_str line)
{
    static const struct {
        const char *words, *title;
    } stacks[] = {
        { "previously allocated by thread", "It was allocated by" },
        { "allocated by thread", "It was allocated by" },
        { "freed by thread", "It was freed by" },
        { "allocated from:", "It was allocated by" },
        { "Previous write of", "It was written before by" },
        { "Previous read of", "It was read before by" },
        { "Previous atomic write of", "It was written before by" },
        { "Location is heap block", "It was allocated by" },
        { "created by", "The thread was started by" },
        { "Mutex ", "The lock was made by" },
    };
    if (read_frame(r, line)) {
        return;
    }
    const osp_str text = osp_str_trim(line);
    if (osp_str_starts_with(text, OSP_STR("READ of size")) ||
        osp_str_starts_with(text, OSP_STR("WRITE of size"))) {
        r->access = text;
        return;
    }
    if (osp_said_has(text, "-byte region")) {
        const size_t at = osp_said_find(text, " is located ");
        r->where = osp_said_from(text, at < text.len ? at + 12 : at);
        r->stack = NULL;
        return;
    }
    if (osp_said_has(text, "<== Memory access")) {
        read_variable(r, text);
    }
    if (osp_said_has(text, "is caused by a ")) {
        r->access = osp_said_from(text, osp_said_find(text, "caused by a ") + 12);
        return;
    }
    read_global(r, text);
    for (size_t i = 0; i < OSP_ARRAY_LEN(stacks); i++) {
        if (osp_said_has(text, stacks[i].words)) {
            const bool first = r->report->frames.count == 0 && equals(r->kind, "leak");
            if (first) {
                r->stack = &r->report->frames;
            } else {
                begin_stack(r, stacks[i].title);
            }
            return;
        }
    }
    if (osp_said_has(text, "located in stack of")) {
        r->stack = NULL; /* the frame that has the variable: it is among those above */
    }
}

/* ---------------------------------------------------------------- the sentence */

/* "a read of 4 bytes" of "READ of size 4 at 0x60..". */
static const char *access_of(const reading *r)
{
    const bool write = osp_str_starts_with(r->access, OSP_STR("WRITE"));
    const size_t at = osp_said_find(r->access, "of size ");
    const uint64_t size =
        at < r->access.len ? osp_said_number(osp_said_from(r->access, at + 8)) : 0;
    const char *verb = r->access.len == 0 ? "An access" : write ? "A write" : "A read";
    if (size == 0) {
        return osp_kit_format(r->reporter->arena, "%s", verb);
    }
    return osp_kit_format(r->reporter->arena, "%s of %llu byte%s", verb, (unsigned long long)size,
                          size == 1 ? "" : "s");
}

/* "a 16-byte allocation", "an 8-byte allocation". */
static const char *allocation_of(const reading *r, osp_str size)
{
    const bool vowel = osp_str_starts_with(size, OSP_STR("8")) ||
                       osp_str_starts_with(size, OSP_STR("11-")) ||
                       osp_str_starts_with(size, OSP_STR("18-"));
    return osp_kit_format(r->reporter->arena, "%s %llu-byte allocation", vowel ? "an" : "a",
                          (unsigned long long)osp_said_number(size));
}

/* "behind the end of a 16-byte allocation"; NULL: it is not said. */
static const char *where_of(const reading *r)
{
    const uint64_t offset = osp_said_number(r->where);
    const size_t inside = osp_said_find(r->where, "inside of ");
    const size_t before = osp_said_find(r->where, "to the left of "),
                 before_new = osp_said_find(r->where, "before ");
    size_t at = osp_said_find(r->where, "-byte region");
    size_t begin = at;
    if (at == r->where.len) {
        return NULL;
    }
    while (begin > 0 && r->where.ptr[begin - 1] >= '0' && r->where.ptr[begin - 1] <= '9') {
        begin--;
    }
    const char *allocation = allocation_of(r, osp_said_from(r->where, begin));
    if (inside < at) {
        return osp_kit_format(r->reporter->arena, "at byte %llu of %s", (unsigned long long)offset,
                              allocation);
    }
    const bool left = before < at || before_new < at;
    const uint64_t away = left && offset > 0 ? offset - 1 : offset;
    if (away == 0) {
        return osp_kit_format(r->reporter->arena, "%s %s",
                              left ? "in front of" : "behind the end of", allocation);
    }
    return osp_kit_format(r->reporter->arena, "%llu bytes %s %s", (unsigned long long)offset,
                          left ? "in front of" : "behind the end of", allocation);
}

/* Where a SEGV was: what lies in the first page is a pointer that is NULL. */
static const char *fault_of(const reading *r)
{
    const osp_str digits = r->address;
    bool low = digits.len > 2;
    for (size_t i = 2; i + 3 < digits.len; i++) {
        low &= digits.ptr[i] == '0';
    }
    if (low) {
        return osp_kit_format(r->reporter->arena, "%s through a pointer that is NULL",
                              access_of(r));
    }
    return osp_kit_format(r->reporter->arena, "%s at an address where there is no memory%s%.*s",
                          access_of(r), digits.len > 0 ? ", " : "", OSP_ARG(digits));
}

static const char *overflow_of(const reading *r, size_t kind)
{
    const char *where = where_of(r);
    if (where != NULL && equals(r->kind, "heap-buffer-overflow")) {
        return osp_kit_format(r->reporter->arena, "%s %s", access_of(r), where);
    }
    if (where != NULL && equals(r->kind, "heap-use-after-free")) {
        return osp_kit_format(r->reporter->arena, "%s %s that has been freed", access_of(r), where);
    }
    /* The format is one of the table above, which names the access once. */
    const char *format = kinds[kind].sentence;
    const char *rest = strstr(format, "%s");
    OSP_ASSERT(rest == format);
    const char *said = osp_kit_format(r->reporter->arena, "%s%s", access_of(r), rest + 2);
    return r->variable.len == 0
               ? said
               : osp_kit_format(r->reporter->arena, "%s: '%.*s'", said, OSP_ARG(r->variable));
}

static void say(reading *r)
{
    osp_report *report = r->report;
    const char *sentence = NULL, *advice = NULL;
    for (size_t i = 0; i < OSP_ARRAY_LEN(kinds) && sentence == NULL; i++) {
        if (equals(r->kind, kinds[i].kind)) {
            sentence = kinds[i].has_access ? overflow_of(r, i) : kinds[i].sentence;
            advice = kinds[i].advice;
        }
    }
    if (equals(r->kind, "SEGV")) {
        sentence = fault_of(r);
    }
    if (sentence != NULL) {
        report->sentence = osp_report_words(r->reporter, osp_str_from(sentence));
    }
    report->advice = osp_str_from(advice);
}

/* ---------------------------------------------------------------- kinds of reports */

/* "heap-buffer-overflow on address", "attempting double-free on", "SEGV on unknown address 0x..".
 */
static osp_str kind_of(reading *r, osp_str words)
{
    static const struct {
        const char *begins, *kind;
    } others[] = {
        { "attempting double-free", "double-free" },
        { "attempting free on address", "bad-free" },
        { "attempting to call", "bad-free" },
        { "requested allocation size", "allocation-size-too-big" },
        { "calloc parameters overflow", "calloc-overflow" },
        { "allocator is out of memory", "out-of-memory" },
        { "detected memory leaks", "leak" },
        { "data race", "data race" },
        { "thread leak", "thread leak" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        if (osp_str_starts_with(words, osp_str_from(others[i].begins))) {
            return osp_str_from(others[i].kind);
        }
    }
    const size_t at = osp_said_find(words, "address 0x");
    if (at < words.len) {
        r->address = word_of(osp_said_from(words, at + 8));
    }
    return word_of(words);
}

/* Of UBSan the words are a sentence of their own, in front of them the place. */
static void read_runtime_error(reading *r, osp_str line)
{
    const size_t at = osp_said_find(line, ": runtime error: ");
    osp_str front = osp_said_before(line, at), words = osp_said_from(line, at + 17);
    osp_said_place place;
    bool own;
    char *sentence = osp_kit_format(r->reporter->arena, "%.*s", OSP_ARG(words));
    if (sentence[0] >= 'a' && sentence[0] <= 'z') {
        sentence[0] = (char)(sentence[0] - 'a' + 'A');
    }
    r->report->sentence = osp_report_words(r->reporter, osp_str_from(sentence));
    if (osp_said_take_place(&front, &place)) {
        const osp_str file = osp_report_file(r->reporter, place.file, &own);
        if (own) { /* else it is a function of the library's, and a frame below it is the place */
            r->report->file = file;
            r->report->line = place.line;
            r->report->column = place.column;
        }
    }
}

/* The line that begins a report, of those behind which there is no other. */
static bool begins_report(osp_str line, osp_str *ret_words)
{
    static const char *const names[] = { "ERROR: AddressSanitizer: ", "ERROR: LeakSanitizer: ",
                                         "WARNING: ThreadSanitizer: ", "FATAL: ThreadSanitizer: ",
                                         "ERROR: ThreadSanitizer: " };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        const size_t at = osp_said_find(line, names[i]);
        if (at < line.len) {
            *ret_words = osp_said_from(line, at + strlen(names[i]));
            return true;
        }
    }
    *ret_words = (osp_str){ 0 };
    return osp_said_has(line, ": runtime error: ");
}

/* Of a worker, by its signal handler (serve/crash.c). */
static bool is_last_words(osp_str line)
{
    return osp_str_starts_with(line, OSP_STR("error: worker ")) && osp_said_has(line, ": SIG");
}

/* From the last report on; what comes behind a worker's last words is of its signal handler. */
static osp_str last_report(osp_str output)
{
    osp_str rest = output, words, last = { 0 };
    while (rest.len > 0) {
        const osp_str here = rest, line = osp_said_line(&rest);
        if (begins_report(line, &words)) {
            last = here;
        } else if (last.len > 0 && is_last_words(line)) {
            break;
        }
    }
    return last;
}

bool osp_report_of_sanitizer(const osp_reporter *reporter, osp_str output, osp_report *report)
{
    osp_str rest = last_report(output), words;
    if (rest.len == 0) {
        return false;
    }
    reading r = { .reporter = reporter, .report = report, .stack = &report->frames };
    const osp_str first = osp_said_line(&rest);
    report->kind = OSP_REPORT_SANITIZER;
    (void)begins_report(first, &words);
    if (words.len == 0) {
        read_runtime_error(&r, first);
    } else {
        r.kind = kind_of(&r, words);
        report->sentence = osp_report_words(reporter, words);
    }
    while (rest.len > 0) {
        const osp_str line = osp_said_line(&rest);
        if (osp_str_starts_with(line, OSP_STR("SUMMARY: ")) || is_last_words(line)) {
            break;
        }
        read_line(&r, line);
    }
    if (equals(r.kind, "leak")) {
        report->sentence = OSP_STR("Memory was allocated and never freed");
    }
    if (words.len > 0) {
        say(&r);
    }
    osp_report_place_by_frames(report);
    return true;
}
