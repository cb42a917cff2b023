/* Passwords and signed tokens. */
#ifndef OPENSPEED_GUARD_H
#define OPENSPEED_GUARD_H
#include <openspeed/base.h>
#include <openspeed/type.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Hashes a password with Argon2id at libsodium's interactive cost, on the crypto threads.
 * ret_hash   the hash with its parameters and salt as text, in the task's arena
 * Returns    OSP_OK | OSP_E_NOMEM | OSP_E_BUSY (the queue is full) | OSP_E_LIMIT (over 1024 bytes)
 * Yields: yes. */
#define osp_password_hash(task, password, ret_hash)                                                \
    osp_task_password_hash(OSP_TASK_OF(task), (password), (ret_hash))
OSP_API OSP_MUST_CHECK osp_status osp_task_password_hash(osp_task *task, osp_str password,
                                                         osp_str *ret_hash);

/* Compares a password with a hash of osp_password_hash, on the crypto threads.  An empty hash costs
 * the same time and never matches: use it when the user is unknown.
 * Returns    OSP_OK (ret_match is written) | OSP_E_NOMEM | OSP_E_BUSY | OSP_E_LIMIT
 * Yields: yes. */
#define osp_password_check(task, password, hash, ret_match)                                        \
    osp_task_password_check(OSP_TASK_OF(task), (password), (hash), (ret_match))
OSP_API OSP_MUST_CHECK osp_status osp_task_password_check(osp_task *task, osp_str password,
                                                          osp_str hash, bool *ret_match);

/* Signs `claims`, a JSON object, as a JSON Web Token with HMAC-SHA-256 (RFC 7519, RFC 7515).
 * key        at least 32 bytes, or the empty slice is returned
 * Returns    the compact form in the task's arena.  Yields: no. */
#define osp_jwt_sign(task, key, claims) osp_task_jwt_sign(OSP_TASK_OF(task), (key), (claims))
OSP_API osp_str osp_task_jwt_sign(osp_task *task, osp_str key, osp_str claims);

/* Verifies a token: its form, the algorithm (HS256 alone), the signature in constant time, and
 * `exp` and `nbf` where present.
 * ret_claims  the claims decoded as T, in the task's arena; written on OSP_OK only
 * Returns     OSP_OK | OSP_E_INVALID (whatever is wrong) | OSP_E_NOMEM.  Yields: no. */
#define osp_jwt_verify(task, key, token, T, ret_claims)                                            \
    osp_task_jwt_verify(OSP_TASK_OF(task), (key), (token), &osp_type_##T,                          \
                        (0 ? (T *)0 : (ret_claims)))
OSP_API OSP_MUST_CHECK osp_status osp_task_jwt_verify(osp_task *task, osp_str key, osp_str token,
                                                      const osp_type *claims, void *ret_claims);

#ifdef __cplusplus
}
#endif
#endif
