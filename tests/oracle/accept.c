/* Answers tests/oracle/accept.mjs: for each line "KIND OFFER,OFFER HEX" the offer that is chosen by
 * a header of that value, or "-".  HEX: "-" when the header is not sent. */
#include "http/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536
#define OFFERS_MAX 16

static size_t read_hex(const char *hex, char *text)
{
    size_t len = 0;
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        const char byte[3] = { hex[0], hex[1], '\0' };
        text[len++] = (char)(unsigned char)strtoul(byte, NULL, 16);
    }
    return len;
}

int main(void)
{
    static char line[LINE_MAX_BYTES], text[LINE_MAX_BYTES / 2];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        const char *offers[OFFERS_MAX];
        size_t count = 0;
        char *save = NULL;
        line[strcspn(line, "\n")] = '\0';
        const char *kind = strtok_r(line, " ", &save);
        char *list = strtok_r(NULL, " ", &save);
        const char *hex = strtok_r(NULL, " ", &save);
        if (kind == NULL || list == NULL) {
            return 2;
        }
        for (char *offer = strtok_r(list, ",", &save); offer != NULL && count < OFFERS_MAX;
             offer = strtok_r(NULL, ",", &save)) {
            offers[count++] = offer;
        }
        const bool sent = hex == NULL || strcmp(hex, "-") != 0;
        const osp_str value = { text, hex != NULL && sent ? read_hex(hex, text) : 0 };
        const osp_accept_kind which = (osp_accept_kind)(kind[0] - '0');
        const osp_header_field field = { osp_accept_header(which), value };
        const osp_request request = { .headers = &field, .header_count = sent };
        osp_accept accept;
        osp_accept_read(&request, which, &accept);
        const size_t chosen = osp_accept_choose(&accept, offers, count);
        puts(chosen < count ? offers[chosen] : "-");
    }
    return 0;
}
