/* Answers tests/oracle/formats.mjs: for each line "FORMAT HEX" a line "1" when the text is of the
 * format, else "0". */
#include "type/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536

static bool is_date(osp_str text)
{
    osp_date date;
    return osp_text_read_date(text, &date) == NULL;
}

static bool is_time(osp_str text)
{
    osp_time time;
    return osp_text_read_time(text, &time) == NULL;
}

static bool is_duration(osp_str text)
{
    osp_duration duration;
    return osp_text_read_duration(text, &duration) == NULL;
}

static bool is_uuid(osp_str text)
{
    osp_uuid uuid;
    return osp_text_read_uuid(text, &uuid) == NULL;
}

static const struct {
    const char *name;
    bool (*check)(osp_str text); /* NULL: by `format` */
    osp_format format;
} formats[] = {
    { "date", is_date, 0 },
    { "date-time", is_time, 0 },
    { "duration", is_duration, 0 },
    { "uuid", is_uuid, 0 },
    { "email", NULL, OSP_FORMAT_EMAIL },
    { "hostname", NULL, OSP_FORMAT_HOSTNAME },
    { "ipv4", NULL, OSP_FORMAT_IPV4 },
    { "ipv6", NULL, OSP_FORMAT_IPV6 },
    { "uri", NULL, OSP_FORMAT_URI },
};

static bool answer(const char *name, osp_str text)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return formats[i].check != NULL
                       ? formats[i].check(text)
                       : osp_text_check_format(formats[i].format, text) == NULL;
        }
    }
    fprintf(stderr, "no format is called %s\n", name);
    exit(2);
}

int main(void)
{
    static char line[LINE_MAX_BYTES], text[LINE_MAX_BYTES / 2];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *hex = strchr(line, ' ');
        if (hex == NULL) {
            return 2;
        }
        *hex++ = '\0';
        size_t len = 0;
        for (char byte[3] = { hex[0], hex[1], '\0' }; hex[0] != '\n' && hex[0] != '\0';) {
            text[len++] = (char)(unsigned char)strtoul(byte, NULL, 16);
            hex += 2;
            byte[0] = hex[0];
            byte[1] = hex[0] == '\0' ? '\0' : hex[1];
        }
        puts(answer(line, (osp_str){ text, len }) ? "1" : "0");
    }
    return 0;
}
