/* SHA-256, HMAC-SHA-256 and comparison in constant time.
 * Source: FIPS 180-4, RFC 2104. */
#ifndef OSP_BASE_DIGEST_H
#define OSP_BASE_DIGEST_H

#include <openspeed/base.h>

#define OSP_SHA256_SIZE 32

typedef struct osp_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} osp_sha256;

void osp_sha256_init(osp_sha256 *sha);
void osp_sha256_add(osp_sha256 *sha, osp_str bytes);
void osp_sha256_end(osp_sha256 *sha, uint8_t ret_digest[OSP_SHA256_SIZE]);

void osp_hmac_sha256(osp_str key, osp_str message, uint8_t ret_mac[OSP_SHA256_SIZE]);

/* True when equal; takes time by `len` alone. */
bool osp_equal_constant_time(const void *a, const void *b, size_t len);

#endif
