/* Texts in the place of a password's hash.  One that is taken for a hash has the form of one, and
 * its parts lie within what there is room for.
 *
 * Nothing is hashed: a hash may say that it costs all the memory that there is. */
#include <stdlib.h>

#include "guard/password.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hashing h = { .known = false };
    char *text = malloc(size + 1); /* of its own, so that one byte behind it is seen */
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    const osp_status status = read_hash(&h, (osp_str){ text, size });
    free(text);
    require(status == OSP_OK || status == OSP_E_NOMEM);
    require(!h.known || (size < crypto_pwhash_STRBYTES && memcmp(h.hash, PREFIX, 10) == 0));
    require(!h.has_parts || h.known);
    if (h.has_parts) {
        require(h.parts.sum_size >= crypto_pwhash_BYTES_MIN && h.parts.sum_size <= SUM_MAX);
        require(h.parts.passes >= 1 && h.parts.memory_kib >= 8);
    }
    return 0;
}
