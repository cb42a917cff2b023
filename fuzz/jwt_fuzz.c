/* Tokens from anyone, and tokens that only the holder of the key can make.
 *
 * The first byte chooses.  0: the rest is a token.  1: the rest is claims, which are signed here,
 * so that the fuzzer gets past the signature; changing any one character must then be seen.  2: a
 * header, a line break and claims, signed as they are: whatever passes must name HS256 and hold at
 * the time of the check.  Nothing but OSP_OK and OSP_E_INVALID may ever be said. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "guard/jwt.h"

#define ARENA_MAX (1U << 20)
#define NOW_S 1700000000
#define KEY OSP_STR("a key of the fuzzer, 32 bytes long")
#define MODES 3

typedef struct Claims {
    osp_opt_str sub;
    osp_opt_int id;
    osp_opt_double exp, nbf;
    osp_str_list aud;
} Claims;
OSP_TYPE(Claims, FIELD(sub), FIELD(id), FIELD(exp), FIELD(nbf), LIST(aud, osp_str, .fallback = ""));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* True when the token passes. */
static bool passes(osp_task *task, osp_str token)
{
    Claims claims = { .id = { .value = 77 } };
    const osp_status status = osp_jwt_verify_at(task, KEY, token, &osp_type_Claims, &claims, NOW_S);
    if (status != OSP_OK) {
        require(status == OSP_E_INVALID);
        require(claims.id.value == 77); /* written on success only */
        return false;
    }
    require(claims.exp.is != OSP_NULL && claims.nbf.is != OSP_NULL);
    require(claims.exp.is == OSP_ABSENT || claims.exp.value > NOW_S);
    require(claims.nbf.is == OSP_ABSENT || claims.nbf.value <= NOW_S);
    return true;
}

static void check_token(osp_task *task, osp_str bytes)
{
    /* The key is public here, but no fuzzer computes a digest. */
    (void)passes(task, bytes);
}

static void check_claims(osp_task *task, osp_str bytes)
{
    const osp_str token = osp_task_jwt_sign(task, KEY, bytes);
    if (token.len == 0 || !passes(task, token)) {
        return;
    }
    char *text = (char *)(uintptr_t)token.ptr;
    const size_t at = (size_t)(uint8_t)bytes.ptr[bytes.len / 2] * 31 % token.len;
    const char was = text[at];
    text[at] = was == 'A' ? 'B' : 'A';
    require(!passes(task, token));
    text[at] = was;
    require(!passes(task, (osp_str){ token.ptr, token.len - 1 }));
    require(osp_jwt_verify_at(task, OSP_STR("another key that has 32 bytes too"), token,
                              &osp_type_Claims, &(Claims){ .id = { .value = 0 } },
                              NOW_S) == OSP_E_INVALID);
}

static void check_parts(osp_task *task, osp_str bytes)
{
    const char *line = memchr(bytes.ptr, '\n', bytes.len);
    if (line == NULL) {
        return;
    }
    const osp_str header = { bytes.ptr, (size_t)(line - bytes.ptr) };
    const osp_str claims = { line + 1, bytes.len - header.len - 1 };
    char *text = osp_task_alloc(task, bytes.len * 2 + 64);
    if (text == NULL) {
        return;
    }
    size_t len = osp_base64url_encode(header, text);
    text[len++] = '.';
    len += osp_base64url_encode(claims, text + len);
    uint8_t mac[OSP_SHA256_SIZE];
    osp_hmac_sha256(KEY, (osp_str){ text, len }, mac);
    text[len++] = '.';
    len += osp_base64url_encode((osp_str){ (const char *)mac, sizeof(mac) }, text + len);
    if (passes(task, (osp_str){ text, len })) {
        require(len <= OSP_JWT_BYTES_MAX);
        /* JSON may escape the word, as \u0048S256. */
        require(memmem(header.ptr, header.len, "HS256", 5) != NULL ||
                memchr(header.ptr, '\\', header.len) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const modes[MODES])(osp_task * task, osp_str bytes) = { check_token, check_claims,
                                                                          check_parts };
    if (size < 2) {
        return 0;
    }
    /* Exactly sized, so that a sanitizer sees every read past either end. */
    const size_t len = size - 1;
    char *text = malloc(len);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, len);
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_task_init(&task, &arena);
    modes[data[0] % MODES](&task, (osp_str){ text, len });
    osp_arena_done(&arena);
    free(text);
    return 0;
}
