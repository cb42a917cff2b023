/* The jobs of an application, for people and for tools. */
#include "serve/jobs.h"

#include <string.h>

#include "base/buf.h"
#include "base/time.h"
#include "type/json.h"

/* "cron 0 3 * * *", "every 60 s + 5 s". */
static void say_times(const osp_job_def *job, osp_buf *out)
{
    if (job->cron != NULL) {
        osp_buf_printf(out, "cron %s", job->cron);
    } else {
        osp_buf_printf(out, "every %u s", (unsigned)job->every_s);
    }
    if (job->at_s != 0) {
        osp_buf_printf(out, " + %u s", (unsigned)job->at_s);
    }
    if (job->each_worker) {
        osp_buf_str(out, OSP_STR(", each worker"));
    }
}

/* Without the seconds that chance adds. */
static bool next_text(const osp_job_def *job, char text[OSP_TIME_SECOND_LEN + 2])
{
    osp_job_times times;
    osp_job_def exact = *job;
    exact.jitter_s = 0;
    if (osp_job_times_init(&times, &exact, NULL) != OSP_OK) {
        return false;
    }
    osp_time_write_second(osp_job_due_s(&times, osp_now_us() / 1000000), text);
    memcpy(text + OSP_TIME_SECOND_LEN, "Z", 2);
    return true;
}

static bool put_text(osp_buf *out, const char *key, const char *text)
{
    osp_buf_printf(out, ",\"%s\":", key);
    return osp_json_string(osp_str_from(text), out) == OSP_OK;
}

static void print_json(FILE *to, const osp_job_def *job, const char *next)
{
    char storage[2048];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, 1 << 16);
    osp_buf_printf(&out, "{\"name\":\"%s\"", job->name_);
    bool ok = put_text(&out, "file", job->file_);
    osp_buf_printf(&out, ",\"line\":%d", job->line_);
    if (job->cron != NULL) {
        ok = ok && put_text(&out, "cron", job->cron);
    } else {
        osp_buf_printf(&out, ",\"every_s\":%u,\"at_s\":%u", (unsigned)job->every_s,
                       (unsigned)job->at_s);
    }
    osp_buf_printf(&out, ",\"jitter_s\":%u,\"within_s\":%u,\"each_worker\":%s,\"next\":\"%s\"",
                   (unsigned)job->jitter_s,
                   (unsigned)(job->within_s != 0 ? job->within_s : OSP_JOB_S),
                   job->each_worker ? "true" : "false", next);
    ok = ok && (job->doc == NULL || put_text(&out, "doc", job->doc));
    osp_buf_byte(&out, '}');
    if (ok && !out.failed) {
        fprintf(to, "%.*s", (int)out.len, out.ptr);
    }
    osp_buf_done(&out);
}

static void print_text(FILE *to, const osp_job_def *job, const char *next)
{
    char storage[256];
    osp_buf times;
    osp_buf_init(&times, storage, sizeof storage, sizeof storage);
    say_times(job, &times);
    fprintf(to, "  %-16s %-24.*s  next %s  %s\n", job->name_, (int)times.len, times.ptr, next,
            job->doc != NULL ? job->doc : job->file_);
}

void osp_jobs_print(FILE *to, const osp_app_def *app, bool json)
{
    fprintf(to, "%s", json ? "[" : "");
    for (size_t i = 0; i < app->job_count; i++) {
        char next[OSP_TIME_SECOND_LEN + 2];
        if (!next_text(app->jobs[i], next)) {
            continue;
        }
        if (json) {
            fprintf(to, "%s", i > 0 ? ",\n " : "");
            print_json(to, app->jobs[i], next);
        } else {
            print_text(to, app->jobs[i], next);
        }
    }
    fprintf(to, "%s", json ? "]\n" : "");
}
