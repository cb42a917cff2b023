/* Where the files of forms go: app/upload.c keeps them, this gives it a folder and threads.
 *
 * The folder is that of spill.c, opened before the worker is confined.  Two threads make, write and
 * read the files, apart from those that write answers: a form that is slow to be written must not
 * keep memory from being freed.  What a request leaves is closed by a job that nobody waits for;
 * until then its bytes count. */
#include <stdlib.h>
#include <unistd.h>

#include "serve/worker.h"

/* A file that is closed. */
typedef struct osp_closing {
    osp_offload_job job;
    osp_worker *worker;
    struct osp_closing *prev, *next;
    int fd;
    uint64_t size;
} osp_closing;

static void count_off(osp_worker *worker, uint64_t size)
{
    OSP_ASSERT(worker->uploads.forms.held >= size);
    worker->uploads.forms.held -= size;
}

static void close_file(void *arg)
{
    close(((osp_closing *)arg)->fd);
}

static void forget(osp_closing *one)
{
    *(one->prev != NULL ? &one->prev->next : &one->worker->uploads.first) = one->next;
    if (one->next != NULL) {
        one->next->prev = one->prev;
    }
    count_off(one->worker, one->size);
    free(one);
}

static void closed(osp_post *post)
{
    forget(OSP_CONTAINER_OF(post, osp_closing, job.done));
}

static void close_later(osp_forms *forms, int fd, uint64_t size)
{
    osp_worker *worker = OSP_CONTAINER_OF(forms, osp_worker, uploads.forms);
    osp_closing *one = malloc(sizeof *one);
    if (one == NULL) {
        close(fd);
        count_off(worker, size);
        return;
    }
    *one = (osp_closing){ .worker = worker, .next = worker->uploads.first, .fd = fd, .size = size };
    one->job = (osp_offload_job){
        .fn = close_file, .arg = one, .done = { .run = closed }, .loop = worker->loop
    };
    if (one->next != NULL) {
        one->next->prev = one;
    }
    worker->uploads.first = one;
    if (osp_offload_submit(forms->queue, &one->job) != OSP_OK) {
        close_file(one);
        forget(one);
    }
}

void osp_uploads_init(osp_worker *worker)
{
    const osp_config_limits *limits = &worker->config->limits;
    worker->uploads.forms = (osp_forms){ .upload_file = limits->upload_file,
                                         .upload_total = limits->upload_total,
                                         .upload_memory = limits->upload_memory,
                                         .text_size = limits->body,
                                         .upload_files = limits->upload_files,
                                         .form_fields = limits->form_fields,
                                         .folder = -1 };
}

osp_status osp_uploads_begin(osp_worker *worker, int folder, uint64_t max, osp_error *err)
{
    osp_forms *forms = &worker->uploads.forms;
    OSP_ASSERT(folder >= 0 && forms->queue == NULL);
    forms->queue = osp_offload_new((osp_offload_options){ .name = "uploads",
                                                          .threads = 2,
                                                          .queue_max = OSP_UPLOADS_WAITING_MAX },
                                   err);
    if (forms->queue == NULL) {
        return err->status;
    }
    forms->folder = folder;
    forms->max = max;
    forms->close = close_later;
    return OSP_OK;
}

void osp_uploads_close(osp_worker *worker)
{
    osp_forms *forms = &worker->uploads.forms;
    if (forms->queue != NULL) {
        osp_offload_free(forms->queue);
        forms->queue = NULL;
    }
    while (worker->uploads.first != NULL) { /* closed, which nobody has heard of */
        forget(worker->uploads.first);
    }
}
