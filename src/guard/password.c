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
#include <stdio.h>
#include <string.h>

#define PREFIX "$argon2id$"
#define SUM_MAX 64 /* bytes */

/* What a hash of the usual form says. */
typedef struct parts {
    unsigned memory_kib, passes;
    size_t sum_size;
    uint8_t salt[crypto_pwhash_SALTBYTES], sum[SUM_MAX];
} parts;

/* Lives on the task's stack while a crypto thread works on it. */
typedef struct hashing {
    const osp_task *task;
    void (*job)(void *arg);
    osp_str password;
    char hash[crypto_pwhash_STRBYTES]; /* NUL-terminated */
    parts parts;
    bool has_parts; /* of the hash to compare with */
    bool known;     /* there is a hash to compare with */
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

/* crypto_pwhash_str_verify says "no match" when there was no memory to find out, and nobody may be
 * told that a right password is wrong.  So the sum is made here and compared. */
static osp_status compare_sums(hashing *h)
{
    const parts *p = &h->parts;
    uint8_t sum[SUM_MAX];
    if (crypto_pwhash(sum, p->sum_size, h->password.len ? h->password.ptr : "", h->password.len,
                      p->salt, p->passes, (size_t)p->memory_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return OSP_E_NOMEM;
    }
    h->match = sodium_memcmp(sum, p->sum, p->sum_size) == 0;
    return OSP_OK;
}

static void check_job(void *arg)
{
    hashing *h = arg;
    if (!h->known) {
        h->status = hash_new(h);
    } else if (sodium_init() < 0) {
        h->status = OSP_E_IO;
    } else if (h->has_parts) {
        h->status = compare_sums(h);
    } else {
        h->match = crypto_pwhash_str_verify(h->hash, h->password.len ? h->password.ptr : "",
                                            h->password.len) == 0;
        h->status = OSP_OK;
    }
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

/* The bytes that stand in base64 up to a '$' or the end.  False: there are none, or too many. */
static bool read_bytes(const char **at, uint8_t *ret_bytes, size_t size, size_t *ret_len)
{
    const char *end = strchrnul(*at, '$');
    const bool read = sodium_base642bin(ret_bytes, size, *at, (size_t)(end - *at), NULL, ret_len,
                                        NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
    *at = *end == '$' ? end + 1 : end;
    return read && *ret_len > 0;
}

/* False: it is a hash of another form, with more lanes or another salt, or none. */
static bool read_parts(const char *hash, parts *into)
{
    int len = 0;
    size_t salt_size = 0;
    if (sscanf(hash, PREFIX "v=19$m=%9u,t=%9u,p=1$%n", &into->memory_kib, &into->passes, &len) !=
            2 ||
        len == 0) {
        return false;
    }
    const char *at = hash + len;
    return read_bytes(&at, into->salt, sizeof into->salt, &salt_size) &&
           salt_size == sizeof into->salt &&
           read_bytes(&at, into->sum, sizeof into->sum, &into->sum_size) && *at == '\0' &&
           into->sum_size >= crypto_pwhash_BYTES_MIN &&
           into->memory_kib >= crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024 &&
           into->passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN;
}

/* Finds out whether libsodium will read `hash` as one of ours; another text is never a match. */
static osp_status read_hash(hashing *h, osp_str hash)
{
    if (hash.len >= crypto_pwhash_STRBYTES || !osp_str_starts_with(hash, OSP_STR(PREFIX)) ||
        memchr(hash.ptr, '\0', hash.len) != NULL) {
        return OSP_OK;
    }
    memcpy(h->hash, hash.ptr, hash.len);
    h->has_parts = h->known = read_parts(h->hash, &h->parts);
    if (h->known) {
        return OSP_OK;
    }
    errno = 0;
    /* -1: it cannot be parsed; 1: another cost, which verifies all the same. */
    h->known = crypto_pwhash_str_needs_rehash(h->hash, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                              crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
    return !h->known && errno == ENOMEM ? OSP_E_NOMEM : OSP_OK;
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
    hashing h = { .password = password };
    OSP_TRY(read_hash(&h, hash));
    OSP_TRY(run(task, check_job, &h));
    *ret_match = h.known && h.match;
    return OSP_OK;
}
