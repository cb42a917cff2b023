/* Settings: sources, places, secrets, and what is said. */
#include "serve/settings.h"

#include <unistd.h>

#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef enum mode { MODE_FAST = 1, MODE_SLOW } mode;
OSP_ENUM(mode, (MODE_FAST, "fast"), (MODE_SLOW, "slow"));

typedef struct inner {
    int32_t count;
    osp_str word;
} inner;
OSP_TYPE(inner, FIELD(count, RANGE(1, 9), .fallback = "1"),
         FIELD(word, .max_len = 8, .fallback = "none", .secret = true),
         OPTIONS(.additional = OSP_REJECT));

typedef struct outer {
    osp_opt_str schema;
    bool on;
    mode mode;
    inner inner;
    int32_t_list ports;
} outer;
OSP_TYPE(outer, FIELD(schema, .name = "$schema"), FIELD(on, .fallback = "false"),
         ENUM(mode, mode, .fallback = "fast"), OBJECT(inner, inner, .fallback = "{}"),
         LIST(ports, int32_t, EACH(RANGE(1, 65535)), .fallback = "[]"),
         OPTIONS(.additional = OSP_REJECT));

static char folder[] = "/tmp/openspeed-settings-XXXXXX";
static char file[64];
static char *no_environment[] = { NULL };

static void put(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    OSP_CHECK(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
}

static void begin(void)
{
    OSP_CHECK(mkdtemp(folder) != NULL);
    snprintf(file, sizeof file, "%s/f.json", folder);
}

static void end(void)
{
    char path[64];
    unlink(file);
    snprintf(path, sizeof path, "%s/inner.word", folder);
    unlink(path);
    rmdir(folder);
}

static osp_settings_input input_of(char *const *environment)
{
    static const char *const known[] = { "T_KNOWN", NULL };
    static const osp_settings_alias aliases[] = { { "COUNT", "inner.count" }, { NULL, NULL } };
    return (osp_settings_input){ .type = &osp_type_outer,
                                 .file = file,
                                 .prefix = "T_",
                                 .environment = environment,
                                 .known = known,
                                 .aliases = aliases };
}

/* Checks what is said about a text, without the path in front of each place. */
static void check_said(const char *text, char *const *environment, const char *want)
{
    osp_settings s;
    osp_buf said;
    put(file, text);
    const osp_settings_input input = input_of(environment);
    const osp_status status = osp_settings_load(&s, &input);
    osp_buf_init(&said, NULL, 0, 1 << 16);
    const char *at = s.said.ptr, *stop = at + s.said.len;
    while (at < stop) {
        if (strncmp(at, folder, strlen(folder)) == 0) {
            at += strlen(folder) + 1;
        } else {
            osp_buf_byte(&said, *at++);
        }
    }
    OSP_CHECK_STR(((osp_str){ said.ptr, said.len }), osp_str_from(want));
    OSP_CHECK(status == (strstr(want, "error: ") != NULL ? OSP_E_INVALID : OSP_OK));
    osp_buf_done(&said);
    osp_settings_done(&s);
}

OSP_UNIT_TEST(settings_said,
              "what does not fit is said with its place and, if near, what was meant")
{
    begin();
    static const char *const cases[][2] = {
        { "{}", "" },
        { "{\"$schema\": \"x\", \"on\": true}", "" },
        { "", "error: f.json:1:1: the text ends too early\n" },
        { "\n\n  {,}", "error: f.json:3:4: expected the name of a member in quotes\n" },
        { "{}\n x", "error: f.json:2:2: unexpected text behind the value\n" },
        { "7", "error: f.json:1:1: must be an object\n" },
        { "{\"off\": 1,\n\"modes\": 2}",
          "error: f.json:1:2: off: is not known here\n"
          "error: f.json:2:1: modes: is not known here; did you mean "
          "\"mode\"?\n" },
        { "{\"inner\": {\"count\": 10, \"count\": 1}}",
          "error: f.json:1:21: inner.count: must be at most 9\n"
          "error: f.json:1:25: inner.count: is given twice\n" },
        { "{\"mode\": \"quick\"}", "error: f.json:1:10: mode: must be one of fast, slow\n" },
        { "{\"ports\": [1, 0, 2, 70000]}", "error: f.json:1:15: ports.1: must be at least 1\n"
                                           "error: f.json:1:21: ports.3: must be at most 65535\n" },
        { "{\"a\\u001bb\": 1}", "error: f.json:1:2: a?b: is not known here\n" },
        { "{\"in\\u006eer\": {\"count\": 0}}",
          "error: f.json:1:26: inner.count: must be at least 1\n" },
        { "{\"a/b~c\": 1}", "error: f.json:1:2: a/b~c: is not known here\n" },
        { "{\"inner\": {\"word\": \"secret-too-long\"}}",
          "error: f.json:1:20: inner.word: must be at most 8 characters long\n" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        check_said(cases[i][0], no_environment, cases[i][1]);
    }
    end();
}

OSP_UNIT_TEST(settings_many, "what is more than fits one report is counted")
{
    char text[1024] = "{", want[96];
    begin();
    for (int i = 0; i < 40; i++) {
        snprintf(text + strlen(text), 32, "%s\"x%d\":%d", i > 0 ? "," : "", i, i);
    }
    strcat(text, "}");
    put(file, text);
    osp_settings s;
    const osp_settings_input input = input_of(no_environment);
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_E_INVALID);
    snprintf(want, sizeof want, "%s: 8 more\n", file);
    OSP_CHECK(memmem(s.said.ptr, s.said.len, want, strlen(want)) != NULL);
    OSP_CHECK(s.error_count == 33);
    osp_settings_done(&s);
    end();
}

static void check_where(const osp_settings *s, const char *path, const char *value,
                        const char *where)
{
    osp_buf out;
    const osp_settings_key *key = osp_settings_find(s, osp_str_from(path));
    OSP_CHECK(key != NULL);
    osp_buf_init(&out, NULL, 0, 1024);
    OSP_CHECK(osp_settings_show(s, key, &out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(value));
    out.len = 0;
    osp_settings_where(s, key, &out);
    const char *last = memrchr(out.ptr, '/', out.len);
    last = last != NULL ? last + 1 : out.ptr;
    OSP_CHECK_STR(((osp_str){ last, (size_t)(out.ptr + out.len - last) }), osp_str_from(where));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(settings_order,
              "an option wins over a variable, that over its alias, that over a file")
{
    begin();
    put(file, "{\"on\": true,\n \"inner\": {\"count\": 2}}");
    char count[] = "T_INNER_COUNT=4", alias[] = "COUNT=3", mode_text[] = "T_MODE=slow";
    char *environment[] = { count, alias, mode_text, NULL };
    osp_settings_input input = input_of(environment);
    const osp_settings_option option = { "inner.count", "--count", "5" };
    osp_settings s;

    input.options = &option;
    input.option_count = 1;
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK && s.said.len == 0);
    check_where(&s, "inner.count", "5", "--count");
    check_where(&s, "on", "true", "f.json:1:8");
    check_where(&s, "mode", "\"slow\"", "T_MODE");
    check_where(&s, "ports", "[]", "default");
    OSP_CHECK(osp_settings_find(&s, OSP_STR("$schema")) == NULL);
    osp_settings_done(&s);

    static const char *const counts[][2] = { { "4", "T_INNER_COUNT" },
                                             { "3", "COUNT" },
                                             { "2", "f.json:2:21" } };
    input.option_count = 0;
    for (size_t i = 0; i < 3; i++) {
        OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK);
        check_where(&s, "inner.count", counts[i][0], counts[i][1]);
        osp_settings_done(&s);
        (i == 0 ? count : alias)[strcspn(i == 0 ? count : alias, "=") + 1] = '\0'; /* as if unset */
    }
    end();
}

OSP_UNIT_TEST(settings_variables, "variables that do not fit are errors, unknown ones are warnings")
{
    begin();
    char count[] = "T_INNER_COUNT=many", on[] = "T_ON=maybe", odd[] = "T_INNER_COUND=1",
         known[] = "T_KNOWN=1", other[] = "OTHER=1", list[] = "T_PORTS=1", bytes[] = "T_MODE=\xff";
    char *environment[] = { count, on, odd, known, other, list, bytes, NULL };
    check_said("{}", environment,
               "error: T_ON: on: must be true or false\n"
               "error: T_MODE: mode: is not valid UTF-8\n"
               "error: T_INNER_COUNT: inner.count: must be a whole number\n"
               "warning: T_INNER_COUND is no key of the configuration; did you mean "
               "T_INNER_COUNT?\n");
    end();
}

OSP_UNIT_TEST(settings_secret, "a secret comes from a file or a credential and is not shown")
{
    char path[64], named[96], directory[96], value[] = "T_INNER_WORD=direct";
    begin();
    put(file, "{}");
    snprintf(path, sizeof path, "%s/inner.word", folder);
    snprintf(named, sizeof named, "T_INNER_WORD_FILE=%s", path);
    snprintf(directory, sizeof directory, "CREDENTIALS_DIRECTORY=%s", folder);
    char *by_file[] = { named, NULL }, *by_credential[] = { directory, NULL },
         *twice[] = { named, value, NULL };
    osp_settings s;
    osp_settings_input input = input_of(by_credential);
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK); /* there is none */
    check_where(&s, "inner.word", "\"***\"", "default");
    osp_settings_done(&s);
    put(path, "hush\n");
    for (size_t i = 0; i < 2; i++) {
        input = input_of(i == 0 ? by_file : by_credential);
        OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK);
        OSP_CHECK_STR(((const outer *)s.value)->inner.word, OSP_STR("hush"));
        check_where(&s, "inner.word", "\"***\"", i == 0 ? "T_INNER_WORD_FILE" : "inner.word");
        osp_settings_done(&s);
    }
    check_said("{}", twice, "error: T_INNER_WORD_FILE: inner.word: is also given without _FILE\n");
    put(path, "much-too-long\n");
    check_said("{}", by_file,
               "error: T_INNER_WORD_FILE: inner.word: must be at most 8 characters long\n");
    end();
}

OSP_UNIT_TEST(settings_file, "a file that is missing is an error when it was asked for")
{
    begin();
    osp_settings s;
    osp_settings_input input = input_of(no_environment);
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK && s.file == NULL);
    osp_settings_done(&s);
    input.file_required = true;
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_E_INVALID && s.error_count == 1);
    osp_settings_done(&s);
    static char big[OSP_SETTINGS_FILE_MAX + 2];
    memset(big, ' ', sizeof big - 1);
    memcpy(big, "{}", 2);
    big[OSP_SETTINGS_FILE_MAX] = '\0';
    put(file, big);
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_OK);
    osp_settings_done(&s);
    big[OSP_SETTINGS_FILE_MAX] = ' ';
    put(file, big);
    OSP_CHECK(osp_settings_load(&s, &input) == OSP_E_INVALID);
    osp_settings_done(&s);
    end();
}

typedef struct reading {
    osp_settings_input input;
    osp_settings settings;
    osp_status status;
} reading;

static void read_starving(void *arg)
{
    reading *r = arg;
    r->status = osp_settings_load(&r->settings, &r->input);
}

static void judge_reading(void *arg, bool starved)
{
    reading *r = arg;
    OSP_CHECK((starved && r->status == OSP_E_NOMEM) ||
              (r->status == OSP_E_INVALID && r->settings.error_count == 2));
    osp_settings_done(&r->settings);
}

OSP_UNIT_TEST(settings_memory, "settings are read or not, whichever allocation fails")
{
    begin();
    put(file, "{\"in\\u006eer\": {\"count\": 0, \"word\": \"a\\nb\"}, \"odd\": [1, {\"x\": 2}]}");
    char value[] = "T_MODE=slow";
    char *environment[] = { value, NULL };
    reading r = { .input = input_of(environment) };
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .work = read_starving, .judge = judge_reading, .arg = &r }) > 20);
    end();
}
