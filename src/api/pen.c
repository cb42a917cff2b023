/* JSON by hand, with the escapes of the codec. */
#include "api/pen.h"

void osp_pen_text(osp_buf *out, osp_str text)
{
    if (osp_json_string(text, out) != OSP_OK && !out->failed) {
        osp_buf_str(out, OSP_STR("\"\""));
    }
}

void osp_pen_str(osp_buf *out, osp_str text)
{
    osp_pen_comma(out);
    osp_pen_text(out, text);
}

void osp_pen_raw(osp_buf *out, osp_str json)
{
    osp_pen_comma(out);
    osp_buf_str(out, json);
}

void osp_pen_key(osp_buf *out, osp_str name)
{
    osp_pen_str(out, name);
    osp_buf_byte(out, ':');
}

void osp_pen_member(osp_buf *out, const char *name, osp_str text)
{
    osp_pen_key(out, osp_str_from(name));
    osp_pen_str(out, text);
}

void osp_pen_member_raw(osp_buf *out, const char *name, const char *json)
{
    osp_pen_key(out, osp_str_from(name));
    osp_buf_str(out, osp_str_from(json));
}

void osp_pen_member_uint(osp_buf *out, const char *name, uint64_t value)
{
    osp_pen_key(out, osp_str_from(name));
    osp_buf_printf(out, "%llu", (unsigned long long)value);
}

void osp_pen_member_double(osp_buf *out, const char *name, double value)
{
    osp_pen_key(out, osp_str_from(name));
    if (osp_scalar_write(OSP_KIND_DOUBLE, NULL, &value, out) != OSP_OK && !out->failed) {
        osp_buf_byte(out, '0'); /* NaN and infinity are no bounds */
    }
}

void osp_pen_member_open(osp_buf *out, const char *name, char bracket)
{
    osp_pen_key(out, osp_str_from(name));
    osp_buf_byte(out, bracket);
}
