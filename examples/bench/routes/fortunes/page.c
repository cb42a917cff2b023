/* Rows in memory, as the other servers of the benchmark have them; /db/fortunes reads them. */
#include "lib/fortune.h"

#define M(literal) .ptr = (literal), .len = sizeof(literal) - 1

static Fortune rows[] = {
    { 1, { M("fortune: No such file or directory") } },
    { 2, { M("A computer scientist is someone who fixes things that aren't broken.") } },
    { 3, { M("After enough decimal places, nobody gives a damn.") } },
    { 4, { M("A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1") } },
    { 5, { M("A computer program does what you tell it to do, not what you want it to do.") } },
    { 6, { M("Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen") } },
    { 7, { M("Any program that runs right is obsolete.") } },
    { 8, { M("A list is only as strong as its weakest link. — Donald Knuth") } },
    { 9, { M("Feature: A bug with seniority.") } },
    { 10, { M("Computers make very fast, very accurate mistakes.") } },
    { 11, { M("<script>alert(\"This should not be displayed in a browser alert box.\");</script>") } },
    { 12, { M("フレームワークのベンチマーク") } },
};

static osp_status load(osp_ctx *ctx, const void *in, FortunesView *out)
{
    (void)in;
    return fortunes_show(ctx, (Fortune_list){ rows, sizeof rows / sizeof *rows }, out);
}
OSP_PAGE(load, void, FortunesView);
