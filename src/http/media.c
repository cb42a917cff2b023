/* What the name of a file says of it.
 *
 *     app.3f2a9c1b.js    a hash: eight or more of 0-9a-f between marks, with a letter and a digit
 *     report-20240101.pdf, logo-facade.svg     none: a date, a word
 *
 * A name that is wrongly taken for one with a hash would be kept by browsers for a year, and one
 * that is not seen costs a question each time: so doubt means no.  Bundlers that write other hashes
 * put their files into a folder, which can be called immutable.
 *
 * Source: the IANA registry of media types; RFC 9239 for JavaScript. */
#include "http/media.h"

#include <string.h>
#include <strings.h>

#define HASH_MIN 8

#define TEXT(type) type "; charset=utf-8"

/* By the last extension, in the order of the alphabet. */
static const struct {
    const char *extension, *type;
} types[] = {
    { "7z", "application/x-7z-compressed" },
    { "aac", "audio/aac" },
    { "atom", "application/atom+xml" },
    { "avif", "image/avif" },
    { "bmp", "image/bmp" },
    { "br", "application/octet-stream" },
    { "bz2", "application/x-bzip2" },
    { "css", TEXT("text/css") },
    { "csv", TEXT("text/csv") },
    { "doc", "application/msword" },
    { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "eot", "application/vnd.ms-fontobject" },
    { "epub", "application/epub+zip" },
    { "flac", "audio/flac" },
    { "geojson", "application/geo+json" },
    { "gif", "image/gif" },
    { "glb", "model/gltf-binary" },
    { "gltf", "model/gltf+json" },
    { "gz", "application/gzip" },
    { "htm", TEXT("text/html") },
    { "html", TEXT("text/html") },
    { "ico", "image/vnd.microsoft.icon" },
    { "ics", TEXT("text/calendar") },
    { "jpeg", "image/jpeg" },
    { "jpg", "image/jpeg" },
    { "js", TEXT("text/javascript") },
    { "json", "application/json" },
    { "jsonld", "application/ld+json" },
    { "jxl", "image/jxl" },
    { "m3u8", "application/vnd.apple.mpegurl" },
    { "m4a", "audio/mp4" },
    { "m4s", "video/iso.segment" },
    { "map", "application/json" },
    { "md", TEXT("text/markdown") },
    { "mjs", TEXT("text/javascript") },
    { "mov", "video/quicktime" },
    { "mp3", "audio/mpeg" },
    { "mp4", "video/mp4" },
    { "mpd", "application/dash+xml" },
    { "oga", "audio/ogg" },
    { "ogg", "audio/ogg" },
    { "ogv", "video/ogg" },
    { "opus", "audio/ogg" },
    { "otf", "font/otf" },
    { "pdf", "application/pdf" },
    { "png", "image/png" },
    { "ppt", "application/vnd.ms-powerpoint" },
    { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { "rss", "application/rss+xml" },
    { "rtf", "application/rtf" },
    { "svg", "image/svg+xml" },
    { "tar", "application/x-tar" },
    { "tif", "image/tiff" },
    { "tiff", "image/tiff" },
    { "toml", "application/toml" },
    { "ts", "video/mp2t" },
    { "ttf", "font/ttf" },
    { "txt", TEXT("text/plain") },
    { "vtt", TEXT("text/vtt") },
    { "wasm", "application/wasm" },
    { "wav", "audio/wav" },
    { "weba", "audio/webm" },
    { "webm", "video/webm" },
    { "webmanifest", "application/manifest+json" },
    { "webp", "image/webp" },
    { "woff", "font/woff" },
    { "woff2", "font/woff2" },
    { "xhtml", "application/xhtml+xml" },
    { "xls", "application/vnd.ms-excel" },
    { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { "xml", "application/xml" },
    { "xsl", "application/xslt+xml" },
    { "yaml", "application/yaml" },
    { "yml", "application/yaml" },
    { "zip", "application/zip" },
    { "zst", "application/zstd" },
};

/* Names without an extension that others look for. */
static const struct {
    const char *name, *type;
} names[] = {
    { "apple-app-site-association", "application/json" },
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

const char *osp_media_type(const char *path)
{
    const char *name = file_name(path), *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < OSP_ARRAY_LEN(types); i++) {
        if (strcasecmp(dot + 1, types[i].extension) == 0) {
            return types[i].type;
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].type;
        }
    }
    return "application/octet-stream";
}

const char *osp_media_coding(const char *path, size_t *ret_len)
{
    static const struct {
        const char *end, *coding;
    } codings[] = { { ".br", "br" }, { ".gz", "gzip" }, { ".zst", "zstd" } };
    const size_t len = strlen(path);
    for (size_t i = 0; i < OSP_ARRAY_LEN(codings); i++) {
        const size_t end = strlen(codings[i].end);
        if (strlen(file_name(path)) > end && strcmp(path + len - end, codings[i].end) == 0) {
            *ret_len = len - end;
            return codings[i].coding;
        }
    }
    return NULL;
}

/* Whether a piece of a name is a hash in hexadecimal. */
static bool is_hash(const char *text, size_t len)
{
    bool letter = false, digit = false;
    for (size_t i = 0; i < len; i++) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_digit && (text[i] < 'a' || text[i] > 'f')) {
            return false;
        }
        digit |= is_digit;
        letter |= !is_digit;
    }
    return len >= HASH_MIN && letter && digit;
}

/* Whether the path goes through a folder of that name. */
static bool is_below(const char *path, const char *folder)
{
    const size_t len = strlen(folder);
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        if ((size_t)(slash - path) == len && memcmp(path, folder, len) == 0) {
            return true;
        }
    }
    return false;
}

bool osp_media_is_immutable(const char *path)
{
    if (is_below(path, "immutable") || is_below(path, "_immutable")) {
        return true;
    }
    const char *at = file_name(path);
    at += strcspn(at, ".-_"); /* in front of a hash stands a name */
    while (*at != '\0') {
        const size_t len = strcspn(at + 1, ".-_");
        if (at[1 + len] != '\0' && is_hash(at + 1, len)) { /* and behind it an extension */
            return true;
        }
        at += 1 + len;
    }
    return false;
}
