/* GET /words?text=...: the words of a text, and how long each is. */
#include <openspeed/openspeed.h>

typedef struct WordsIn {
    osp_str text;
} WordsIn;
OSP_TYPE(WordsIn, QUERY(text, .min_len = 1, .max_len = 500));

typedef struct Word {
    osp_str text;
    int64_t bytes;
} Word;
OSP_LIST_OF(Word);
OSP_TYPE(Word, FIELD(text), FIELD(bytes));

typedef struct Words {
    osp_str message;
    Word_list words;
} Words;
OSP_TYPE(Words, FIELD(message), LIST(words, Word));

static osp_status words(osp_ctx *ctx, const WordsIn *in, Words *out)
{
    /* Zeroed memory that ends with the request; a text of n bytes has (n + 1) / 2 words at most. */
    out->words.items = osp_new_array(ctx, Word, (in->text.len + 1) / 2);
    if (out->words.items == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t at = 0; at < in->text.len;) {
        size_t end = at;
        while (end < in->text.len && in->text.ptr[end] != ' ') {
            end++;
        }
        if (end > at) { /* a slice of the text that the client sent: nothing is copied */
            const osp_str word = { in->text.ptr + at, end - at };
            out->words.items[out->words.count++] = (Word){ .text = word, .bytes = (int64_t)word.len };
        }
        at = end + 1;
    }
    if (out->words.count == 0) {
        return osp_fail(ctx, 422, "There is no word in \"%.*s\".", OSP_ARG(in->text));
    }
    const osp_str first = out->words.items[0].text;
    out->message = osp_str_equal(first, S("hello"))
                       ? S("hello yourself")
                       : osp_format(ctx, "it begins with \"%.*s\"", OSP_ARG(first));
    return OSP_OK;
}
OSP_ROUTE(GET, words, WordsIn, Words, .summary = "The words of a text", .errors = { 422 });
