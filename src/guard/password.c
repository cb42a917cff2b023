/* Passwords are hashed with Argon2id (RFC 9106), by libsodium and at its interactive cost: 64 MiB
 * and two passes, some tens of milliseconds.
 *
 * That is far too long for the loop, so it runs on the crypto threads, whose bounded queue is also
 * what bounds the memory: threads x 64 MiB, and OSP_E_BUSY when too many people log in at once.
 *
 * Whether a user exists must not show in the time of an answer.  So a check against no hash, or
 * against a text that is no hash, costs one hashing as well. */
#include "guard/password.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PREFIX "$argon2id$"

/* Lives on the task's stack while a crypto thread works on it. */
typedef struct hashing {
    const osp_task *task;
    void (*job)(void *arg);
    osp_str password;
    char hash[crypto_pwhash_STRBYTES]; /* NUL-terminated */
    bool known;                        /* there is a hash to compare with */
    bool match;
    osp_status status;
} hashing;

static osp_status hash_new(hashing *h)
{
    /* Idempotent and safe from any thread. */
    if (sodium_init() < 0) {
        return OSP_E_IO;
    }
    const int failed =
        crypto_pwhash_str_alg(h->hash, h->password.len ? h->password.ptr : "", h->password.len,
                              crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    return failed ? OSP_E_NOMEM : OSP_OK;
}

static void hash_job(void *arg)
{
    hashing *h = arg;
    h->status = hash_new(h);
}

static void check_job(void *arg)
{
    hashing *h = arg;
    if (!h->known) {
        h->status = hash_new(h);
        return;
    }
    if (sodium_init() < 0) {
        h->status = OSP_E_IO;
        return;
    }
    errno = 0;
    h->match = crypto_pwhash_str_verify(h->hash, h->password.len ? h->password.ptr : "",
                                        h->password.len) == 0;
    h->status = !h->match && errno == ENOMEM ? OSP_E_NOMEM : OSP_OK;
}

/* A client that has gone by the time its turn comes must not delay those who wait behind it. */
static void job_unless_cancelled(void *arg)
{
    hashing *h = arg;
    if (osp_task_is_cancelled(h->task)) {
        h->status = OSP_E_CANCELLED;
        return;
    }
    h->job(h);
}

static osp_status run(osp_task *task, void (*job)(void *arg), hashing *h)
{
    h->task = task;
    h->job = job;
    osp_offload *queue = osp_task_service(task, &osp_crypto_queue_key);
    if (queue == NULL) {
        job(h);
        return h->status;
    }
    OSP_TRY(osp_task_offload(task, queue, job_unless_cancelled, h));
    return h->status;
}

/* True when libsodium will read `hash` as one of ours; another text is never a match. */
static bool is_hash(osp_str hash)
{
    if (hash.len >= crypto_pwhash_STRBYTES || !osp_str_starts_with(hash, OSP_STR(PREFIX)) ||
        memchr(hash.ptr, '\0', hash.len) != NULL) {
        return false;
    }
    char text[crypto_pwhash_STRBYTES] = { 0 };
    memcpy(text, hash.ptr, hash.len);
    /* -1: it cannot be parsed; 1: another cost, which verifies all the same. */
    return crypto_pwhash_str_needs_rehash(text, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
}

osp_status osp_task_password_hash(osp_task *task, osp_str password, osp_str *ret_hash)
{
    if (password.len > OSP_PASSWORD_BYTES_MAX) {
        return OSP_E_LIMIT;
    }
    hashing h = { .password = password };
    OSP_TRY(run(task, hash_job, &h));
    const osp_str copy = osp_task_copy(task, osp_str_from(h.hash));
    if (copy.len == 0) {
        return OSP_E_NOMEM;
    }
    *ret_hash = copy;
    return OSP_OK;
}

osp_status osp_task_password_check(osp_task *task, osp_str password, osp_str hash, bool *ret_match)
{
    if (password.len > OSP_PASSWORD_BYTES_MAX) {
        return OSP_E_LIMIT;
    }
    hashing h = { .password = password, .known = is_hash(hash) };
    if (h.known) {
        memcpy(h.hash, hash.ptr, hash.len);
    }
    OSP_TRY(run(task, check_job, &h));
    *ret_match = h.known && h.match;
    return OSP_OK;
}
