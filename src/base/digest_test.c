#include "base/digest.h"

#include "tests/unit/unit.h"

static void hex_of(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static bool is_hex(const uint8_t digest[OSP_SHA256_SIZE], const char *want, size_t len)
{
    char hex[2 * OSP_SHA256_SIZE];
    hex_of(digest, OSP_SHA256_SIZE, hex);
    return memcmp(hex, want, len) == 0;
}

static void sha256(osp_str text, uint8_t ret_digest[OSP_SHA256_SIZE])
{
    osp_sha256 sha;
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, text);
    osp_sha256_end(&sha, ret_digest);
}

OSP_UNIT_TEST(sha256_vectors, "SHA-256 of the FIPS 180 examples")
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
          "l"
          "mnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        uint8_t digest[OSP_SHA256_SIZE];
        sha256(osp_str_from(cases[i].text), digest);
        OSP_CHECK(is_hex(digest, cases[i].hex, 64));
    }
}

OSP_UNIT_TEST(sha256_padding, "SHA-256 of texts that end around the places where padding changes")
{
    /* Of so many letters a, computed by another implementation. */
    static const struct {
        size_t len;
        const char *hex;
    } cases[] = {
        { 1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" },
        { 54, "a3f01b6939256127582ac8ae9fb47a382a244680806a3f613a118851c1ca1d47" },
        { 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
        { 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
        { 57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe8c6" },
        { 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
        { 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
        { 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
        { 118, "879dc4f05b19ebc3b037f4683633df1332b054cf52fa372d323c421cb893a2aa" },
        { 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
        { 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
        { 121, "e9615320128cc7a3d6078e9af05603188e5ccbf0d07d8b735d3df5e8e0c1281f" },
        { 127, "c57e9278af78fa3cab38667bef4ce29d783787a2f731d4e12200270f0c32320a" },
        { 128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e" },
        { 129, "c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae" },
    };
    char letters[129];
    memset(letters, 'a', sizeof(letters));
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        uint8_t digest[OSP_SHA256_SIZE];
        sha256((osp_str){ letters, cases[i].len }, digest);
        OSP_CHECK(is_hex(digest, cases[i].hex, 64));
    }
}

OSP_UNIT_TEST(sha256_million, "SHA-256 of a million letters a, added in uneven steps")
{
    char letters[997];
    memset(letters, 'a', sizeof(letters));
    osp_sha256 sha;
    osp_sha256_init(&sha);
    for (size_t left = 1000000, step = 0; left != 0; left -= step) {
        step = (step * 7 + 13) % sizeof(letters);
        step = step < left ? step : left;
        osp_sha256_add(&sha, (osp_str){ letters, step });
    }
    uint8_t digest[OSP_SHA256_SIZE];
    osp_sha256_end(&sha, digest);
    OSP_CHECK(
        is_hex(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 64));
}

OSP_UNIT_TEST(sha256_splits, "every split of texts around the block size gives the same digest")
{
    char text[200];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i * 31 & 0x7F);
    }
    for (size_t len = 0; len <= sizeof(text); len++) {
        uint8_t want[OSP_SHA256_SIZE];
        sha256((osp_str){ text, len }, want);
        for (size_t at = 0; at <= len; at++) {
            osp_sha256 sha;
            uint8_t got[OSP_SHA256_SIZE];
            osp_sha256_init(&sha);
            osp_sha256_add(&sha, (osp_str){ text, at });
            osp_sha256_add(&sha, (osp_str){ NULL, 0 });
            osp_sha256_add(&sha, (osp_str){ text + at, len - at });
            osp_sha256_end(&sha, got);
            OSP_CHECK(memcmp(got, want, sizeof(got)) == 0);
        }
    }
}

OSP_UNIT_TEST(hmac_vectors, "HMAC-SHA-256 of RFC 4231")
{
    char aa[131], b0b[20], counting[25], dd[50], cd[50];
    memset(aa, 0xAA, sizeof(aa));
    memset(b0b, 0x0B, sizeof(b0b));
    memset(dd, 0xDD, sizeof(dd));
    memset(cd, 0xCD, sizeof(cd));
    for (size_t i = 0; i < sizeof(counting); i++) {
        counting[i] = (char)(i + 1);
    }
    const struct {
        osp_str key, message;
        const char *hex;
    } cases[] = {
        { { b0b, 20 },
          S("Hi There"),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { S("Jefe"), S("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { { aa, 20 },
          { dd, 50 },
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { { counting, 25 },
          { cd, 50 },
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
        { { aa, 131 },
          S("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { { aa, 131 },
          S("This is a test using a larger than block-size key and a larger than block-size data. "
            "The key needs to be hashed before being used by the HMAC algorithm."),
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    };
    uint8_t mac[OSP_SHA256_SIZE];
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_hmac_sha256(cases[i].key, cases[i].message, mac);
        OSP_CHECK(is_hex(mac, cases[i].hex, 64));
    }
    /* Test case 5 is truncated to 128 bits. */
    char key[20];
    memset(key, 0x0C, sizeof(key));
    osp_hmac_sha256((osp_str){ key, 20 }, S("Test With Truncation"), mac);
    OSP_CHECK(is_hex(mac, "a3b6167473100ee06e0c796c2955552b", 32));
    osp_hmac_sha256((osp_str){ NULL, 0 }, (osp_str){ NULL, 0 }, mac);
    OSP_CHECK(is_hex(mac, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", 64));
}

OSP_UNIT_TEST(hmac_key_sizes, "a key of 64 bytes is used as it is, one of 65 is hashed")
{
    char key[65];
    memset(key, 'k', sizeof(key));
    uint8_t mac[OSP_SHA256_SIZE], again[OSP_SHA256_SIZE], hashed[OSP_SHA256_SIZE];
    osp_hmac_sha256((osp_str){ key, 65 }, S("m"), mac);
    sha256((osp_str){ key, 65 }, hashed);
    osp_hmac_sha256((osp_str){ (char *)hashed, sizeof(hashed) }, S("m"), again);
    OSP_CHECK(memcmp(mac, again, sizeof(mac)) == 0);
    osp_hmac_sha256((osp_str){ key, 64 }, S("m"), mac);
    sha256((osp_str){ key, 64 }, hashed);
    osp_hmac_sha256((osp_str){ (char *)hashed, sizeof(hashed) }, S("m"), again);
    OSP_CHECK(memcmp(mac, again, sizeof(mac)) != 0);
}

OSP_UNIT_TEST(equal_constant_time, "one bit anywhere makes a difference")
{
    uint8_t a[64] = { 0 }, b[64] = { 0 };
    OSP_CHECK(osp_equal_constant_time(a, b, sizeof(a)));
    OSP_CHECK(osp_equal_constant_time(NULL, NULL, 0));
    for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
        b[bit / 8] = (uint8_t)(1U << bit % 8);
        OSP_CHECK(!osp_equal_constant_time(a, b, sizeof(a)));
        OSP_CHECK(osp_equal_constant_time(a, b, bit / 8));
        b[bit / 8] = 0;
    }
}

OSP_UNIT_TEST(secret_equal, "a secret is said as a whole, and an empty one by nobody")
{
    OSP_CHECK(osp_secret_equal(S("open"), S("open")));
    OSP_CHECK(!osp_secret_equal(S("ope"), S("open")) && !osp_secret_equal(S("openn"), S("open")));
    OSP_CHECK(!osp_secret_equal(S("Open"), S("open")) && !osp_secret_equal(S(""), S("open")));
    OSP_CHECK(!osp_secret_equal(S(""), S("")) && !osp_secret_equal((osp_str){ 0 }, (osp_str){ 0 }));
}
