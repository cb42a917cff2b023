/* Who asks, as a document tells it: a requirement of each operation, and the schemes that prove it.
 *
 *     provider that authenticates --> what it reads --> header Authorization: http bearer or basic
 *                                                   --> a cookie, header or query: an API key
 *
 * A provider of that kind which reads nothing gets it from others, which stand for it.  Section
 * numbers are those of OpenAPI 3.1. */
#include "api/security.h"

#include "api/pen.h"
#include "api/schema.h"
#include "http/params.h"

static bool is_authorization(const osp_field *field)
{
    return field->source_ == OSP_SOURCE_HEADER &&
           osp_str_equal_nocase(osp_field_name(field), OSP_STR("authorization"));
}

const osp_field *osp_credential_of(const osp_provider *provider)
{
    static const osp_source order[] = { OSP_SOURCE_COOKIE, OSP_SOURCE_HEADER, OSP_SOURCE_QUERY };
    const osp_type *in = provider->in_;
    const osp_field *found = NULL;
    for (size_t k = 0; k < OSP_ARRAY_LEN(order) && provider->authenticates; k++) {
        for (uint16_t i = 0; i < in->field_count; i++) {
            const osp_field *field = &in->fields[i];
            if (is_authorization(field)) {
                return field;
            }
            if (found == NULL && field->source_ == order[k]) {
                found = field;
            }
        }
    }
    return found;
}

/* The scheme of the header Authorization that OpenAPI has a word for; NULL: it has none. */
static const char *scheme_of(const osp_provider *provider)
{
    const osp_str challenge =
        osp_str_from(provider->challenge != NULL ? provider->challenge : "Bearer");
    if (!is_authorization(osp_credential_of(provider))) {
        return NULL;
    }
    return osp_str_starts_with(challenge, OSP_STR("Bearer"))  ? "bearer"
           : osp_str_starts_with(challenge, OSP_STR("Basic")) ? "basic"
                                                              : NULL;
}

/* Whether the input itself reads the header Authorization; *ret_required: whether it must be there.
 */
static bool reads_authorization(const osp_type *in, bool *ret_required)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (is_authorization(&in->fields[i])) {
            *ret_required = osp_schema_requires(&in->fields[i]);
            return true;
        }
    }
    return false;
}

static void require_scheme(osp_security *s, const osp_provider *provider, osp_buf *out)
{
    osp_pen_member_raw(out, provider->name_, "[]");
    for (size_t i = 0; i < s->scheme_count; i++) {
        if (s->schemes[i] == provider) {
            return;
        }
    }
    if (s->scheme_count < OSP_PROVIDERS_MAX) {
        s->schemes[s->scheme_count++] = provider;
    }
}

/* One alternative: all schemes, or those alone that must be. */
static void write_requirement(osp_security *s, const osp_type *in, const osp_reached *reached,
                              size_t count, bool all, osp_buf *out)
{
    bool required = false;
    osp_pen_open(out, '{');
    if (reads_authorization(in, &required) && (all || required)) {
        s->authorization = true;
        osp_pen_member_raw(out, "authorization", "[]");
    }
    for (size_t i = 0; i < count; i++) {
        const osp_provider *provider = reached[i].provider;
        if (osp_credential_of(provider) != NULL && (all || reached[i].needed)) {
            require_scheme(s, provider, out);
        }
    }
    osp_pen_close(out, '}');
}

/* A second alternative makes optional what it lacks (section 4.8.30). */
void osp_security_write(osp_security *s, const osp_type *in, const osp_reached *reached,
                        size_t count, osp_buf *out)
{
    bool required = true;
    bool any = reads_authorization(in, &required), optional = any && !required;
    for (size_t i = 0; i < count; i++) {
        const bool proves = osp_credential_of(reached[i].provider) != NULL;
        any |= proves;
        optional |= proves && !reached[i].needed;
    }
    if (!any) {
        return;
    }
    osp_pen_member_open(out, "security", '[');
    write_requirement(s, in, reached, count, true, out);
    if (optional) {
        write_requirement(s, in, reached, count, false, out);
    }
    osp_pen_close(out, ']');
}

/* How each scheme proves who asks (section 4.8.27). */
void osp_security_schemes(const osp_security *s, osp_arena *arena, osp_buf *out)
{
    if (!s->authorization && s->scheme_count == 0) {
        return;
    }
    osp_pen_member_open(out, "securitySchemes", '{');
    if (s->authorization) {
        osp_pen_member_raw(out, "authorization",
                           "{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Authorization\"}");
    }
    for (size_t i = 0; i < s->scheme_count; i++) {
        const osp_field *field = osp_credential_of(s->schemes[i]);
        const char *http = scheme_of(s->schemes[i]);
        osp_pen_member_open(out, s->schemes[i]->name_, '{');
        osp_pen_member(out, "type", http != NULL ? OSP_STR("http") : OSP_STR("apiKey"));
        if (http != NULL) {
            osp_pen_member(out, "scheme", osp_str_from(http));
        } else {
            osp_pen_member(out, "in", osp_str_from(osp_source_name((osp_source)field->source_)));
            osp_pen_member(out, "name", osp_param_name(field, arena));
        }
        if (field->doc != NULL) {
            osp_pen_member(out, "description", osp_str_from(field->doc));
        }
        osp_pen_close(out, '}');
    }
    osp_pen_close(out, '}');
}
