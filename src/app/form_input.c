/* A form in parts, to the members of an input.
 *
 *     part --named as an upload--> sink --> osp_form_file --take_files--> member
 *          --another-------------> text --> osp_pair -----osp_param_decode-> member
 *          --a file for nobody---> passed over
 *
 * The member says what a part is: a file without a name is one, and a text that comes as a file a
 * text.  What is wrong with a file is an issue like any other, named beside all others; its content
 * is not kept.  A limit of the server ends the form at once. */
#include "app/form.h"

#include <string.h>

#include "base/utf8.h"

typedef struct form_reader {
    osp_ctx *ctx;
    const osp_type *in;
    const osp_decoding *how;
    osp_forms limits;
    osp_upload_sink files, texts;
    osp_pair *pairs;
    size_t pair_count, pair_room;
    uint64_t text_size;
    uint32_t file_count;
    osp_str ahead; /* of the part at hand, read already */
    osp_form_file **last;
} form_reader;

static osp_status no_memory(const form_reader *r)
{
    return osp_task_fail(&r->ctx->task, OSP_E_NOMEM, "no memory for a form");
}

/* The name of a member's item in an issue: "photos[2]". */
static osp_str name_of(const form_reader *r, const osp_field *field, size_t index)
{
    const osp_str name = osp_field_name(field);
    return field->kind_ == OSP_KIND_LIST
               ? osp_task_format_at(&r->ctx->task, NULL, "%.*s[%zu]", OSP_ARG(name), index)
               : name;
}

/* What holds for each file of a member. */
static const osp_field *rules_of(const osp_field *field)
{
    static const osp_field none = { 0 };
    return field->kind_ != OSP_KIND_LIST ? field : field->each_ != NULL ? field->each_ : &none;
}

/* ---------------------------------------------------------------- texts */

/* As it would stand in an urlencoded body, as far as who splits it must know. */
static osp_str raw_of(const form_reader *r, osp_str value)
{
    size_t more = 0;
    for (size_t i = 0; i < value.len; i++) {
        more += value.ptr[i] == '%' || value.ptr[i] == '+' ? 2 : 0;
    }
    char *raw = more > 0 ? osp_arena_try(r->how->arena, value.len + more) : NULL;
    if (raw == NULL) {
        return more > 0 ? (osp_str){ NULL, 0 } : value;
    }
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        const char byte = value.ptr[i];
        if (byte == '%' || byte == '+') {
            memcpy(raw + len, byte == '%' ? "%25" : "%2B", 3);
            len += 3;
        } else {
            raw[len++] = byte;
        }
    }
    return (osp_str){ raw, len };
}

static osp_status add_pair(form_reader *r, osp_str name, osp_str value)
{
    if (r->pair_count == r->pair_room) {
        const size_t room = r->pair_room > 0 ? r->pair_room * 2 : 8;
        osp_pair *more = osp_arena_try(r->how->arena, room * sizeof *more);
        if (more == NULL) {
            return no_memory(r);
        }
        if (r->pair_count > 0) {
            memcpy(more, r->pairs, r->pair_count * sizeof *more);
        }
        r->pairs = more;
        r->pair_room = room;
    }
    const osp_str raw = raw_of(r, value);
    r->pairs[r->pair_count++] = (osp_pair){ name, value, raw };
    return name.ptr != NULL && raw.ptr != NULL ? OSP_OK : no_memory(r);
}

static osp_status take_text(form_reader *r, const osp_part *part)
{
    if (r->pair_count == r->limits.form_fields) {
        return osp_fail_at(r->ctx, NULL, 413, OSP_FORM_TOO_MANY, (unsigned)r->limits.form_fields);
    }
    const osp_str name = osp_task_copy(&r->ctx->task, part->name);
    osp_str bytes;
    osp_status status;
    while ((status = osp_part_read(r->ctx, &bytes)) == OSP_OK) {
        r->text_size += bytes.len;
        if (r->text_size > r->limits.text_size) {
            return osp_fail_at(r->ctx, NULL, 413, OSP_BODY_TOO_LARGE,
                               (unsigned long long)r->limits.text_size);
        }
        OSP_TRY(osp_upload_sink_add(&r->texts, bytes));
    }
    OSP_TRY(status);
    osp_upload text;
    OSP_TRY(osp_upload_sink_end(&r->texts, &text));
    if (!osp_utf8_valid(text.content)) {
        return osp_fail_at(r->ctx, NULL, 400, "The fields of the form must be UTF-8.");
    }
    return add_pair(r, name, text.content);
}

/* ---------------------------------------------------------------- files */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether a media type, without its parameters, is one of a list like "image/png, text/" and a
 * star. */
static bool is_among(osp_str media_type, const char *list)
{
    size_t len = 0;
    while (len < media_type.len && media_type.ptr[len] != ';' && !is_blank(media_type.ptr[len])) {
        len++;
    }
    while (*list != '\0') {
        const osp_str one = osp_str_trim((osp_str){ list, strcspn(list, ",") });
        const bool any = one.len > 0 && one.ptr[one.len - 1] == '*';
        const size_t compared = any ? one.len - 1 : one.len;
        if ((any ? len >= compared : len == compared) &&
            osp_str_equal_nocase((osp_str){ media_type.ptr, compared },
                                 (osp_str){ one.ptr, compared })) {
            return true;
        }
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return false;
}

/* As osp_part_read, with what was read ahead. */
static osp_status next_bytes(form_reader *r, osp_str *ret)
{
    if (r->ahead.len == 0) {
        return osp_part_read(r->ctx, ret);
    }
    *ret = r->ahead;
    r->ahead.len = 0;
    return OSP_OK;
}

/* Keeps the content.  OSP_OK | OSP_DONE (too much for its member: an issue) | a failure. */
static osp_status keep(form_reader *r, const osp_field *rules, osp_form_file *file)
{
    osp_str bytes;
    osp_status status;
    while ((status = next_bytes(r, &bytes)) == OSP_OK) {
        const uint64_t size = r->files.size + bytes.len;
        if (size > r->limits.upload_file) {
            return osp_fail_at(r->ctx, NULL, 413, OSP_FILE_TOO_LARGE,
                               (unsigned long long)r->limits.upload_file);
        }
        if (rules->max_len != 0 && size > rules->max_len) {
            osp_upload_sink_drop(&r->files);
            osp_issues_add(r->how->issues, osp_source_name(OSP_SOURCE_FORM), file->name,
                           osp_flaw_count(OSP_SAY(MAX_BYTES), r->how->arena, rules->max_len));
            return OSP_DONE;
        }
        OSP_TRY(osp_upload_sink_add(&r->files, bytes));
    }
    OSP_TRY(status);
    return osp_upload_sink_end(&r->files, &file->upload);
}

/* How many files a member has already. */
static size_t count_of(const osp_form_content *content, const osp_field *field)
{
    size_t count = 0;
    for (const osp_form_file *file = content->files; file != NULL; file = file->next) {
        count += file->field == field;
    }
    return count;
}

static osp_status describe(form_reader *r, const osp_field *field, const osp_part *part,
                           osp_form_file **ret)
{
    osp_form_file *file = osp_task_alloc(&r->ctx->task, sizeof *file);
    if (file == NULL) {
        return OSP_E_NOMEM;
    }
    const osp_str named = part->file_name.ptr != NULL ? part->file_name : OSP_STR("");
    char safe[OSP_FILE_NAME_MAX];
    const osp_str safe_name = { safe, osp_file_name_safe(named, safe) };
    file->field = field;
    file->upload.name = osp_task_copy(&r->ctx->task, named);
    file->upload.safe_name = osp_task_copy(&r->ctx->task, safe_name);
    file->upload.media_type = osp_task_copy(&r->ctx->task, part->media_type);
    *ret = file;
    return r->ctx->task.error.status == OSP_OK ? OSP_OK : OSP_E_NOMEM;
}

static osp_status take_file(form_reader *r, osp_form_content *content, const osp_field *field,
                            const osp_part *part)
{
    const osp_field *rules = rules_of(field);
    const size_t index = count_of(content, field);
    const char *in = osp_source_name(OSP_SOURCE_FORM);
    osp_form_file *file;
    OSP_TRY(describe(r, field, part, &file));
    file->name = name_of(r, field, index);
    if (file->name.ptr == NULL) {
        return OSP_E_NOMEM;
    }
    const bool twice = field->kind_ != OSP_KIND_LIST && index == 1;
    const bool other_type =
        rules->media_types != NULL && !is_among(file->upload.media_type, rules->media_types);
    osp_status status = OSP_DONE;
    if (twice) {
        osp_issues_add(r->how->issues, in, file->name, osp_flaw_of(OSP_SAY(DUPLICATE)));
    } else if (other_type) {
        osp_issues_add(
            r->how->issues, in, file->name,
            osp_flaw_with(OSP_SAY(MEDIA_TYPE), r->how->arena, osp_str_from(rules->media_types)));
    } else {
        status = keep(r, rules, file);
        OSP_TRY(status);
    }
    file->bad = status == OSP_DONE;
    *r->last = file;
    r->last = &file->next;
    return OSP_OK;
}

/* What a browser sends for a field where nobody chose a file; its content is empty. */
static osp_status is_unchosen(form_reader *r, const osp_part *part, bool *ret_unchosen)
{
    r->ahead.len = 0;
    *ret_unchosen = false;
    if (part->file_name.ptr == NULL || part->file_name.len > 0) {
        return OSP_OK;
    }
    const osp_status status = osp_part_read(r->ctx, &r->ahead);
    *ret_unchosen = status == OSP_DONE;
    return status;
}

/* ---------------------------------------------------------------- the form */

static const osp_field *member_of(const osp_type *in, osp_str name)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_FORM && osp_str_equal(osp_field_name(field), name)) {
            return field;
        }
    }
    return NULL;
}

static osp_status take_part(form_reader *r, osp_form_content *content, const osp_part *part)
{
    const osp_field *field = member_of(r->in, part->name);
    const bool is_upload = field != NULL && osp_field_is_upload(field);
    if (!is_upload && (field != NULL || part->file_name.ptr == NULL)) {
        return take_text(r, part);
    }
    if (r->file_count++ == r->limits.upload_files) {
        return osp_fail_at(r->ctx, NULL, 413,
                           "The form has too many files: limits.upload_files is %u.",
                           (unsigned)r->limits.upload_files);
    }
    bool unchosen = !is_upload;
    if (is_upload) {
        OSP_TRY(is_unchosen(r, part, &unchosen));
    }
    return unchosen ? OSP_OK : take_file(r, content, field, part);
}

static osp_status read_form(osp_ctx *ctx, const osp_type *in, const osp_decoding *how,
                            osp_form_content *ret)
{
    form_reader r = { .ctx = ctx, .in = in, .how = how, .limits = osp_forms_of(ctx) };
    const osp_request *request = &ctx->request;
    *ret = (osp_form_content){ 0 };
    r.last = &ret->files;
    if (request->body_pends && request->body_length > 0 &&
        (uint64_t)request->body_length > r.limits.upload_total) {
        return osp_fail_at(ctx, NULL, 413, OSP_FORM_TOO_LARGE,
                           (unsigned long long)r.limits.upload_total);
    }
    if (osp_form_open(ctx, r.limits.upload_total) == NULL) {
        return ctx->failed ? OSP_E_FAILED : OSP_E_NOMEM;
    }
    osp_upload_sink_init(&r.files, ctx);
    osp_upload_sink_init(&r.texts, ctx);
    r.texts.forms = NULL; /* which have a limit of their own */
    osp_part part;
    osp_status status;
    while ((status = osp_form_next(ctx, &part)) == OSP_OK) {
        OSP_TRY(take_part(&r, ret, &part));
    }
    ret->pairs = (osp_params){ r.pairs, r.pair_count };
    return status == OSP_DONE ? OSP_OK : status;
}

static osp_status take_one(const osp_form_content *content, const osp_field *field, void *slot,
                           const osp_decoding *how)
{
    const osp_form_file *file = content->files;
    while (file != NULL && file->field != field) {
        file = file->next;
    }
    osp_flaw flaw = osp_flaw_of(OSP_SAY(REQUIRED));
    if (file != NULL) {
        osp_upload *upload = (osp_upload *)(void *)((char *)slot + field->value_at_);
        *upload = file->upload;
        if (field->value_at_ != 0) {
            *(osp_presence *)slot = OSP_SET;
        }
        flaw = file->bad ? (osp_flaw){ .says = NULL }
                         : osp_field_judge(field, OSP_KIND_UPLOAD, NULL, upload, true, how);
    } else if (osp_field_is_optional(field)) {
        return OSP_DONE;
    }
    if (flaw.says != NULL) {
        osp_issues_add(how->issues, osp_source_name(OSP_SOURCE_FORM), osp_field_name(field), flaw);
    }
    return flaw.says != NULL || file->bad ? OSP_E_TYPE_MISMATCH : OSP_OK;
}

/* Every file of a member, whose count is judged first: what is too many is not looked at. */
static osp_status take_list(const osp_form_content *content, const osp_field *field, void *value,
                            const osp_decoding *how)
{
    const char *in = osp_source_name(OSP_SOURCE_FORM);
    osp_upload_list list = { NULL, count_of(content, field) };
    osp_flaw flaw =
        osp_field_judge(field, OSP_KIND_LIST, field->type_, &list, list.count == 0, how);
    bool good = flaw.says == NULL;
    if (good && list.count > 0) {
        list.items = osp_arena_try(how->arena, list.count * sizeof(osp_upload));
        if (list.items == NULL) {
            return OSP_E_NOMEM;
        }
        size_t count = 0;
        for (const osp_form_file *file = content->files; file != NULL; file = file->next) {
            if (file->field != field) {
                continue;
            }
            list.items[count] = file->upload;
            const osp_flaw own = file->bad ? (osp_flaw){ .says = NULL }
                                           : osp_field_judge(rules_of(field), OSP_KIND_UPLOAD, NULL,
                                                             &list.items[count], true, how);
            if (own.says != NULL) {
                osp_issues_add(how->issues, in, file->name, own);
            }
            good = good && !file->bad && own.says == NULL;
            count++;
        }
        flaw = good ? osp_field_judge(field, OSP_KIND_LIST, field->type_, &list, true, how) : flaw;
    }
    if (flaw.says != NULL) {
        osp_issues_add(how->issues, in, osp_field_name(field), flaw);
    }
    memcpy(value, &list, sizeof list);
    return !good || flaw.says != NULL ? OSP_E_TYPE_MISMATCH : list.count > 0 ? OSP_OK : OSP_DONE;
}

static osp_status take_files(const osp_form_content *content, const osp_field *field, void *slot,
                             const osp_decoding *how)
{
    return field->kind_ == OSP_KIND_LIST ? take_list(content, field, slot, how)
                                         : take_one(content, field, slot, how);
}

const struct osp_form_parts osp_form_parts = { read_form, take_files };
